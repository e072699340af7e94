"""Figures, tables and the report page, from records alone."""

from plainweave.report.page import (
    AUDIT_FOLDER,
    write_gradients,
    write_learned,
    write_report,
)

__all__ = ["AUDIT_FOLDER", "write_gradients", "write_learned", "write_report"]
