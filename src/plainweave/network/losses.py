"""Softmax and cross-entropy: the value and the gradient of one function."""

import numpy as np
import numpy.typing as npt

from plainweave.arrays import FloatArray
from plainweave.errors import ShapeError
from plainweave.network.floats import as_floats


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


class SoftmaxCrossEntropy:
    """The mean over the batch of -sum_k t_k log p_k, with p = softmax(logits) and one-hot targets t.

    Targets have the shape of the logits, (..., batch, classes), or stacks of models share (batch, classes).
    The targets of an example sum to 1.

    Raises:
        DataError: logits or targets are not real numbers.
        ShapeError: their shapes do not go together, or there are no examples or classes.
    """

    def value(self, logits: npt.ArrayLike, targets: npt.ArrayLike) -> FloatArray:
        """Return the loss of each model (...) for logits and targets (..., batch, classes)."""
        z, t = _checked(logits, targets)
        shifted, _, rest = _shifted(z)
        return _mean_loss(shifted, rest, t)

    def value_and_gradient(
        self, logits: npt.ArrayLike, targets: npt.ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Return the losses (...) and their gradient by the logits (..., batch, classes).

        With log p_k = z_k - log sum_j exp(z_j), d(log p_k)/dz_i = [k = i] - p_i. As the targets of an
        example sum to 1, the gradient of the mean is (p - t) / batch.
        """
        z, t = _checked(logits, targets)
        shifted, total, rest = _shifted(z)
        gradient: FloatArray = np.exp(shifted - np.log(total)[..., np.newaxis])
        gradient -= t
        gradient /= z.shape[-2]
        return _mean_loss(shifted, rest, t), gradient


def _checked(logits: npt.ArrayLike, targets: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    z, t = as_floats("logits", logits), as_floats("targets", targets)
    if z.ndim < 2 or not z.shape[-1] or not z.shape[-2]:
        raise ShapeError(
            f"logits have shape {z.shape}; expected (batch, classes), with at least 1 example and 1 class."
        )
    if t.shape not in (z.shape, z.shape[-2:]):
        labels = " np.eye(classes)[labels] makes such targets of labels." if t.ndim < z.ndim else ""
        raise ShapeError(
            f"targets have shape {t.shape} and logits {z.shape}; expected the same shape, with a 1 for the "
            f"class of each example.{labels}"
        )
    return z, t


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


def _mean_loss(shifted: FloatArray, rest: FloatArray, targets: FloatArray) -> FloatArray:
    """Return the mean over the batch of sum_k t_k (log(1 + rest) - z_k), of which no term is negative.

    What no target asks for is taken out of the shifted logits: 0 times -infinity is not a number.
    """
    np.copyto(shifted, 0, where=targets == 0)
    losses = np.log1p(rest) - np.vecdot(shifted, targets)
    return np.asarray(losses.sum(axis=-1) / shifted.shape[-2])
