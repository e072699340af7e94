"""Proof that the gradients are right."""

from plainweave.verification.gradients import (
    GradientReport,
    TensorCheck,
    check_gradients,
    numerical_gradient,
)

__all__ = [
    "GradientReport",
    "TensorCheck",
    "check_gradients",
    "numerical_gradient",
]
