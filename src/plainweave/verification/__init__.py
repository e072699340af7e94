"""Proof that the gradients are right."""

from plainweave.verification.gradients import (
    GradientReport,
    TensorCheck,
    check_gradients,
    numerical_gradient,
)
from plainweave.verification.report_table import TableRow, report_table

__all__ = [
    "GradientReport",
    "TableRow",
    "TensorCheck",
    "check_gradients",
    "numerical_gradient",
    "report_table",
]
