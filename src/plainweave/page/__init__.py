"""Figures, tables and the report page, from records alone."""

from plainweave.extras import need
from plainweave.page.bare_import import import_matplotlib

need("page")
import_matplotlib()  # before the files below do

from plainweave.page.found import find_gradients  # noqa: E402
from plainweave.page.page import (  # noqa: E402
    AUDIT_FOLDER,
    check_output,
    check_page,
    write_gradients,
    write_learned,
    write_report,
)

__all__ = [
    "AUDIT_FOLDER",
    "check_output",
    "check_page",
    "find_gradients",
    "write_gradients",
    "write_learned",
    "write_report",
]
