"""Figures, tables and the report page, from records alone."""

from plainweave.report.page import write_gradients, write_report

__all__ = ["write_gradients", "write_report"]
