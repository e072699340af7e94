"""Proof that the gradients are right."""

from plainweave.verification.gradients import check_gradients
from plainweave.verification.numerical import numerical_gradient
from plainweave.verification.report import GradientReport, TensorCheck

__all__ = [
    "GradientReport",
    "TensorCheck",
    "check_gradients",
    "numerical_gradient",
]
