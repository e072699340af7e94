"""The page of a study: tables, figures and a network to try, from records alone, as a list of sections."""

from plainweave.extras import need
from plainweave.page.bare_import import import_matplotlib

need("page")
import_matplotlib()  # before the files below do

from plainweave.page.page import Judge, check_output, check_page, read_study, write_page  # noqa: E402
from plainweave.page.section import Section  # noqa: E402
from plainweave.page.sections import SECTIONS  # noqa: E402
from plainweave.page.study import References, Study  # noqa: E402
from plainweave.page.workflow import run_study  # noqa: E402

__all__ = [
    "SECTIONS",
    "Judge",
    "References",
    "Section",
    "Study",
    "check_output",
    "check_page",
    "read_study",
    "run_study",
    "write_page",
]
