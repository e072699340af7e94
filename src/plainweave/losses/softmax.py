"""Softmax and cross-entropy: the value and the gradient of one function."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plainweave.arrays import FloatArray, IntArray, RawArray, precision
from plainweave.checks import number, put, whole_number
from plainweave.data.labels import HOW_TO_LABEL, check_labels
from plainweave.display import counted
from plainweave.errors import DataError, ShapeError
from plainweave.losses.batch import per_weight, weighted_sum
from plainweave.losses.loss import Loss
from plainweave.losses.targets import as_rows, check_targets, in_precision
from plainweave.network.floats import as_floats

_LARGEST_LABEL = 2**53  # up to there floats, too, count one by one
_NEAR_1 = 1e-3  # how far from 1 the sum of an example's targets may be: half precision rounds so


def softmax(logits: npt.ArrayLike) -> FloatArray:
    """Return class probabilities p (..., classes): p_k = exp(z_k) / sum_j exp(z_j).

    Shifting all logits of an example by the same number changes nothing, so the largest is moved to 0
    and no exponential overflows. A logit of -infinity has the probability 0; where one is NaN or
    +infinity, all are NaN.

    Raises:
        DataError: the logits are not real numbers.
        ShapeError: there are no classes.
    """
    z = as_floats("logits", logits)
    if not z.ndim or not z.shape[-1]:
        raise ShapeError(f"logits have shape {z.shape}; expected (..., classes), with at least 1 class.")
    exponentials: FloatArray = np.exp(z - z.max(axis=-1, keepdims=True))
    exponentials /= exponentials.sum(axis=-1, keepdims=True)
    return exponentials


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss):
    """The mean over the batch of l = -sum_k t_k log p_k, with p = softmax(z), in nats.

    Targets are labels (examples,), classes from 0, or probabilities of the classes (examples, classes),
    which sum to 1. The gradient is dl/dz = p - t.

    Metrics: accuracy, and with label smoothing the log loss, which is the loss without it.

    Args:
        label_smoothing: s, from 0 up to, not including, 1: the part of each target that is spread over all
            classes, t' = (1 - s) t + s / classes (Szegedy et al. 2016; as `torch.nn.CrossEntropyLoss`).

    Raises:
        ConfigurationError: the label smoothing is not such a number.
    """

    label_smoothing: float = 0.0

    name = "softmax"
    unit = "nats"

    def __post_init__(self) -> None:
        smoothing = number("label_smoothing", self.label_smoothing, below=1)
        put(self, label_smoothing=smoothing)

    def losses(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """Return l_n (..., batch)."""
        shifted, _, rest = _shifted(outputs)
        return _losses(shifted, rest, self._smoothed(targets))

    def losses_and_gradients(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return l_n (..., batch) and dl_n/dz (..., batch, classes).

        With log p_k = z_k - log sum_j exp(z_j), d(log p_k)/dz_i = [k = i] - p_i. As the targets of an
        example sum to 1, dl/dz = p - t.
        """
        targets = self._smoothed(targets)
        shifted, total, rest = _shifted(outputs)
        gradients: FloatArray = np.exp(shifted - np.log(total)[..., np.newaxis])
        gradients -= targets
        return _losses(shifted, rest, targets), gradients

    def _smoothed(self, targets: FloatArray) -> FloatArray:
        if not self.label_smoothing:
            return targets
        return np.asarray((1 - self.label_smoothing) * targets + self.label_smoothing / targets.shape[-1])

    def outputs_of(self, targets: object) -> int:
        """Return how many classes the targets tell of: of labels the largest and one more."""
        rows = as_rows(targets)
        return rows.shape[1] if rows.shape[1] > 1 else _largest(_labels("example", rows)) + 1

    def encode(
        self, targets: object, outputs: int, dtype: npt.DTypeLike, example: str = "example"
    ) -> FloatArray:
        """Return a row for each example (examples, classes): a 1 for its class, or the given probabilities.

        Probabilities are divided by their sum, which may be off by rounding.

        Raises:
            DataError: a label is no class; a probability is negative, or those of an example do not sum to 1.
            ShapeError: there are not as many probabilities as outputs.
        """
        rows = as_rows(targets)
        if rows.shape[1] > 1:
            self._check_outputs(targets, outputs)
            return _probabilities(example, in_precision(example, rows, np.dtype(np.float64)), dtype)
        labels = self.labels(targets, outputs, example)
        one_hot = np.zeros((len(labels), outputs), precision(dtype))
        one_hot[np.arange(len(labels)), labels] = 1
        return one_hot

    def labels(self, targets: object, outputs: int, example: str = "example") -> IntArray:
        """Return targets (examples,) as labels of as many classes as there are outputs.

        Raises:
            DataError: one is no class.
        """
        labels, outputs = _labels(example, as_rows(targets)), whole_number("outputs", outputs, at_least=1)
        enough = f"Network(..., outputs={_largest(labels) + 1}) has enough."
        if outputs == 1:
            enough += " One output is for 'sigmoid' or for a loss of numbers, as 'squared-error'."
        check_labels(example, labels, outputs, f", for {counted(outputs, 'output')}. {enough}")
        return labels

    def tally(
        self, outputs: FloatArray, targets: FloatArray, weights: FloatArray | None = None
    ) -> dict[str, FloatArray]:
        """Return the weight of the right answers, "correct", and with label smoothing "log_loss"."""
        right = outputs.argmax(axis=-1) == targets.argmax(axis=-1)
        sums = {"correct": weighted_sum(right, weights)}
        if self.label_smoothing:
            sums["log_loss"] = weighted_sum(SoftmaxCrossEntropy().losses(outputs, targets), weights)
        return sums

    @property
    def metrics(self) -> tuple[str, ...]:
        """Accuracy, and with label smoothing the log loss."""
        return ("accuracy", "log loss") if self.label_smoothing else ("accuracy",)

    def scores(self, sums: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return accuracy in percent, and the log loss in nats."""
        scores = {"accuracy": per_weight(100 * sums["correct"], sums["weight"])}
        if self.label_smoothing:
            scores["log loss"] = per_weight(sums["log_loss"], sums["weight"])
        return scores

    def predict(self, outputs: npt.ArrayLike) -> IntArray:
        """Return the most probable class (..., batch); of equals the lowest."""
        return np.asarray(as_floats("outputs", outputs).argmax(axis=-1))

    def probabilities(self, outputs: npt.ArrayLike) -> FloatArray:
        """Return softmax(outputs), of and in the shape (..., batch, classes).

        Raises:
            DataError: the outputs are not real numbers.
            ShapeError: there are no classes.
        """
        return softmax(outputs)

    def blind_loss(self, outputs: int) -> float:
        """Return log(classes), in nats."""
        return math.log(outputs)


def _labels(example: str, rows: RawArray) -> IntArray:
    fits = (rows >= 0) & (rows <= _LARGEST_LABEL) & (rows == np.floor(rows))
    check_targets(
        example,
        rows,
        fits,
        f"the number of a class, from 0. {HOW_TO_LABEL} Where targets "
        "are numbers to be predicted, give a loss of numbers, as 'squared-error'.",
    )
    return rows[:, 0].astype(np.int64)


def _largest(labels: IntArray) -> int:
    return int(labels.max(initial=0))


def _probabilities(example: str, rows: FloatArray, dtype: npt.DTypeLike) -> FloatArray:
    check_targets(example, rows, rows >= 0, "a probability, from 0 to 1.")
    sums = rows.sum(axis=1, keepdims=True)
    off = np.abs(sums - 1) > _NEAR_1
    if off.any():
        row = int(off.argmax())
        raise DataError(
            f"{example} {row} has targets that sum to {sums[row, 0]:g}; expected 1, for they are "
            "probabilities of the classes. pw.SigmoidCrossEntropy() takes several classes at once."
        )
    return np.asarray((rows / sums).astype(precision(dtype)))


def _shifted(logits: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return logits z (..., batch, classes) less the largest of their example, and two sums (..., batch).

    The sums are of exp(z): of all classes, and of all but the largest, whose own is 1. For an example that
    the network is sure of the rest is far smaller than 1, and would be lost in the sum of all.
    """
    shape = logits.shape
    flat = logits.reshape(-1, shape[-1])
    example, largest = np.arange(len(flat)), flat.argmax(axis=-1)
    shifted: FloatArray = flat - flat[example, largest, np.newaxis]
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=-1)
    exponentials[example, largest] = 0
    rest = exponentials.sum(axis=-1)
    return shifted.reshape(shape), total.reshape(shape[:-1]), rest.reshape(shape[:-1])


def _losses(shifted: FloatArray, rest: FloatArray, targets: FloatArray) -> FloatArray:
    """Return sum_k t_k (log(1 + rest) - z_k) (..., batch), of which no term is negative.

    What no target asks for is taken out of the shifted logits: 0 times -infinity is not a number.
    """
    np.copyto(shifted, 0, where=targets == 0)
    return np.asarray(np.log1p(rest) - np.vecdot(shifted, targets))
