"""The squared error."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.losses.regression import Regression


@dataclass(frozen=True)
class SquaredError(Regression):
    """The mean over batch and outputs of (z - t)^2, without a factor of 1/2; as `torch.nn.MSELoss`."""

    name = "squared-error"
    scales_targets = True

    def terms(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """E = (z - t)^2, de/dz = 2 (z - t)."""
        residuals = outputs - targets
        return np.square(residuals), 2 * residuals
