"""Huber's loss: squared near 0, absolute far from it."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import BoolArray, FloatArray
from plainweave.checks import number, put
from plainweave.losses.regression import Regression


@dataclass(frozen=True)
class Huber(Regression):
    """The mean over batch and outputs of a term of the residual r = z - t (Huber 1964).

    It is r^2 / 2 where abs(r) <= delta, else delta (abs(r) - delta / 2); as `torch.nn.HuberLoss`.

    Args:
        delta: the size of the residuals beyond which the gradient grows no more, above 0.

    Raises:
        ConfigurationError: delta is not a number above 0.
    """

    delta: float = 1.0

    name = "huber"
    scales_targets = True

    def __post_init__(self) -> None:
        put(self, delta=number("delta", self.delta, above=0))

    def terms(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """E = c (r - c / 2), de/dz = c, with c = r kept within -delta to delta: no square of a large r."""
        residuals = outputs - targets
        clipped = np.clip(residuals, -self.delta, self.delta)
        return clipped * (residuals - clipped / 2), clipped

    def above_kink(self, outputs: FloatArray, targets: FloatArray) -> BoolArray:
        """Return where r > -delta, and where r > delta: the second derivative jumps there."""
        residuals = outputs - targets
        return np.concatenate([residuals > -self.delta, residuals > self.delta], axis=-1)
