"""The absolute error."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import BoolArray, FloatArray
from plainweave.losses.regression import Regression


@dataclass(frozen=True)
class AbsoluteError(Regression):
    """The mean over batch and outputs of abs(z - t); as `torch.nn.L1Loss`. Its minimum is the median."""

    name = "absolute-error"
    scales_targets = True

    def terms(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """E = abs(z - t), de/dz = sign(z - t), at the kink, z = t, taken as 0."""
        residuals = outputs - targets
        return np.abs(residuals), np.sign(residuals)

    def above_kink(self, outputs: FloatArray, targets: FloatArray) -> BoolArray:
        """Return where z > t."""
        return outputs > targets
