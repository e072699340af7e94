"""Poisson's loss, for counts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plainweave.arrays import FloatArray
from plainweave.losses.regression import Regression
from plainweave.losses.targets import as_rows, check_targets


@dataclass(frozen=True)
class Poisson(Regression):
    """The mean over batch and outputs of exp(z) - t z, for counts t whose mean is exp(z), in nats.

    It is -log of the probability of t without log(t!), which no weight changes; as
    `torch.nn.PoissonNLLLoss(log_input=True)`. Targets are numbers of at least 0. Predictions are exp(z).
    """

    name = "poisson"
    unit = "nats"

    def terms(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """E = exp(z) - t z, de/dz = exp(z) - t."""
        means = np.exp(outputs)
        return means - targets * outputs, means - targets

    def encode(
        self, targets: object, outputs: int, dtype: npt.DTypeLike, example: str = "example"
    ) -> FloatArray:
        """Return the counts (examples, outputs).

        Raises:
            DataError: one is negative or not finite.
            ShapeError: they need another number of outputs.
        """
        rows = as_rows(targets)
        check_targets(
            example, rows, ~(rows < 0), "a count, of at least 0. pw.SquaredError() takes any number."
        )
        return super().encode(targets, outputs, dtype, example)

    def numbers(self, outputs: FloatArray) -> FloatArray:
        """Return the means exp(z)."""
        return np.exp(outputs)
