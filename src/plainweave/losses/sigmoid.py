"""Cross-entropy of yes and no: two classes by one output, or several labels at once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plainweave.arrays import FloatArray, IntArray
from plainweave.losses.batch import per_weight, weighted_sum
from plainweave.losses.elementwise import Elementwise
from plainweave.losses.targets import as_rows, check_targets
from plainweave.network.floats import as_floats


@dataclass(frozen=True)
class SigmoidCrossEntropy(Elementwise):
    """The mean over batch and outputs of -t log p - (1 - t) log(1 - p), with p = 1 / (1 + exp(-z)), in nats.

    Targets are 0 or 1, or probabilities between them: (examples,) of one output, which tells two classes
    apart, or (examples, outputs) of several, each of which says yes or no of its own; as
    `torch.nn.BCEWithLogitsLoss`.

    Metric: accuracy, the percentage of right answers, each example's over its outputs. Yes is p > 1/2.
    """

    name = "sigmoid"
    unit = "nats"

    def terms(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """E = log(1 + exp(-abs(z))) + m abs(z), de/dz = p - t, with m = 1 - t where z > 0, else t.

        No term is negative, so the small loss of a network that is sure is not lost.
        """
        sizes, p = np.abs(outputs), _sigmoid(outputs)
        against = np.where(outputs > 0, 1 - targets, targets)
        asked = np.where(against == 0, 0, sizes)  # 0 times infinity is not a number
        return np.log1p(np.exp(-sizes)) + against * asked, p - targets

    def encode(
        self, targets: object, outputs: int, dtype: npt.DTypeLike, example: str = "example"
    ) -> FloatArray:
        """Return the targets (examples, outputs).

        Raises:
            DataError: one is not from 0 to 1.
            ShapeError: they need another number of outputs.
        """
        rows = as_rows(targets)
        check_targets(
            example,
            rows,
            (rows >= 0) & (rows <= 1),
            "0 or 1, or a number between. pw.SoftmaxCrossEntropy() takes classes from 0.",
        )
        return super().encode(targets, outputs, dtype, example)

    def tally(
        self, outputs: FloatArray, targets: FloatArray, weights: FloatArray | None = None
    ) -> dict[str, FloatArray]:
        """Return the weight of the right answers, "correct", of several outputs their mean."""
        right = (outputs > 0) == (targets > 0.5)
        return {"correct": weighted_sum(right.mean(axis=-1), weights)}

    @property
    def metrics(self) -> tuple[str, ...]:
        """The accuracy."""
        return ("accuracy",)

    def scores(self, sums: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return the accuracy in percent."""
        return {"accuracy": per_weight(100 * sums["correct"], sums["weight"])}

    def predict(self, outputs: npt.ArrayLike) -> IntArray:
        """Return 1 where p > 1/2, else 0 (..., batch, outputs); (..., batch) of a single output."""
        yes = (as_floats("outputs", outputs) > 0).astype(np.int64)
        return yes[..., 0] if yes.shape[-1] == 1 else yes

    def probabilities(self, outputs: npt.ArrayLike) -> FloatArray:
        """Return 1 - p and p (..., batch, 2) of a single output (..., batch, 1).

        Of several outputs (..., batch, outputs) it is the p of each, in the same shape.

        Raises:
            DataError: the outputs are not real numbers.
        """
        z = as_floats("outputs", outputs)
        return _sigmoid(np.concatenate([-z, z], axis=-1) if z.shape[-1] == 1 else z)

    def blind_loss(self, outputs: int) -> float:
        """Return log(2), in nats."""
        return math.log(2)


def _sigmoid(z: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-z)), as exact for z far below 0 as above it."""
    small = np.exp(-np.abs(z))
    return np.asarray(np.where(z > 0, 1, small) / (1 + small))
