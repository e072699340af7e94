"""The contract of a loss, the only part that knows what targets are and what outputs mean."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from plainweave.arrays import BoolArray, FloatArray, IntArray, precision
from plainweave.checks import whole_number
from plainweave.display import counted
from plainweave.errors import ConfigurationError, DataError, ShapeError
from plainweave.losses.batch import mean, mean_gradient
from plainweave.losses.targets import as_rows, in_precision
from plainweave.named import Named
from plainweave.network.floats import as_floats


class Loss(ABC, Named):
    """The weighted mean over the batch of what each example's outputs cost: sum_n w_n l_n / sum_n w_n.

    Without weights all w_n are 1. An example of weight 2 counts as two, one of weight 0 as none, whatever
    it costs; a batch without any weight has the loss 0 and the gradient 0.

    Outputs z are (..., batch, outputs) of any stack of models, targets t (..., batch, width) or, shared by
    the models, (batch, width), weights (..., batch) or (batch,). Targets are such as `encode` makes.

    A loss of one's own is a subclass with `losses_and_gradients`. Of all else the defaults serve a loss
    with a number for each output as its target, and no metrics. With a `name` settings can ask for it.

    Attributes:
        unit: of the loss, "nats"; "" where it has none of its own.
        scales_targets: whether its predictions follow when all targets are shifted and stretched, so that it
            may be trained on standardized ones: y(a t + b) = a y(t) + b.
    """

    family = "loss"
    registry: ClassVar[dict[str, type[Named]]] = {}
    unit: ClassVar[str] = ""
    scales_targets: ClassVar[bool] = False

    @abstractmethod
    def losses_and_gradients(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the loss l_n of each example (..., batch) and dl_n/dz (..., batch, outputs)."""

    def losses(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """Return the loss of each example (..., batch), of outputs and targets as in the class.

        A subclass may have it at less cost than `losses_and_gradients`.
        """
        return self.losses_and_gradients(outputs, targets)[0]

    def told(self, outputs: FloatArray, targets: FloatArray, largest: float) -> FloatArray:
        """Return the loss of each example (..., batch), no term of it above `largest`."""
        return np.minimum(self.losses(outputs, targets), largest)

    def value(
        self, outputs: npt.ArrayLike, targets: npt.ArrayLike, weights: npt.ArrayLike | None = None
    ) -> FloatArray:
        """Return the loss of each model (...).

        Raises:
            DataError: an array does not hold real numbers, or a weight is not a finite one of at least 0.
            ShapeError: the shapes do not go together, or there are no examples or outputs; or a loss of one's
                own gives losses or gradients of another shape.
        """
        z, t, w = self._checked(outputs, targets, weights)
        return mean(self._one_each(self.losses(z, t), z.shape[:-1], "losses"), w)

    def value_and_gradient(
        self, outputs: npt.ArrayLike, targets: npt.ArrayLike, weights: npt.ArrayLike | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Return the losses (...) and their gradient by the outputs (..., batch, outputs).

        Raises:
            DataError, ShapeError: as `value`.
        """
        z, t, w = self._checked(outputs, targets, weights)
        losses, gradients = self.losses_and_gradients(z, t)
        return (
            mean(self._one_each(losses, z.shape[:-1], "losses"), w),
            mean_gradient(self._one_each(gradients, z.shape, "gradients"), w),
        )

    def outputs_of(self, targets: object) -> int:
        """Return how many outputs such targets need: one for each of their numbers.

        Raises:
            DataError: they are not real numbers.
            ShapeError: they are neither (examples,) nor (examples, numbers).
        """
        return int(as_rows(targets).shape[1])

    def width(self, outputs: int) -> int:
        """Return how many numbers a target for so many outputs has when it is encoded."""
        return outputs

    def encode(
        self, targets: object, outputs: int, dtype: npt.DTypeLike, example: str = "example"
    ) -> FloatArray:
        """Return targets (examples,) or (examples, numbers) as `value` takes them, (examples, width).

        Args:
            targets: real numbers, in anything that NumPy can make an array of.
            outputs: of the network.
            dtype: the network's precision.
            example: what messages call an example, as in "training example".

        Raises:
            DataError: a target is not a finite number in that precision, or none that this loss can take.
            ShapeError: the targets need another number of outputs, or have more than two dimensions.
        """
        rows = as_rows(targets)
        self._check_outputs(targets, outputs)
        return in_precision(example, rows, precision(dtype))

    def tally(
        self, outputs: FloatArray, targets: FloatArray, weights: FloatArray | None = None
    ) -> dict[str, FloatArray]:
        """Return what the metrics need of a batch, to be added up: weighted sums over it, in float64.

        Args:
            outputs: (..., batch, outputs).
            targets: (..., batch, width) or (batch, width), as `encode` makes them.
            weights: (..., batch) or (batch,); None for 1 each.
        """
        return {}

    def totals(self, targets: FloatArray, weights: FloatArray | None = None) -> dict[str, FloatArray]:
        """Return what the metrics need of the targets of all examples, at once, in float64.

        Args:
            targets: (examples, width), as `encode` makes them.
            weights: (examples,); None for 1 each.
        """
        return {}

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of what `scores` gives, the most telling first; see `metrics.METRICS`."""
        return ()

    def in_units(self, sums: Mapping[str, FloatArray], spread: FloatArray) -> Mapping[str, FloatArray]:
        """Return sums of standardized targets as `scores` takes them for metrics in the targets' own units.

        Args:
            sums: added up `tally` and `totals`.
            spread: what the targets were divided by (targets,).
        """
        return sums

    def scores(self, sums: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return each of `metrics` (...), from added up `tally`, `totals` and "weight", the sum of weights.

        Without weights that is the number of examples. Of no weight at all the metrics are not a number.
        """
        return {}

    def predict(self, outputs: npt.ArrayLike) -> FloatArray | IntArray:
        """Return what outputs (..., batch, outputs) say: these numbers, (..., batch) of a single one."""
        z = as_floats("outputs", outputs)
        return z[..., 0] if z.shape[-1] == 1 else z

    def probabilities(self, outputs: npt.ArrayLike) -> FloatArray:
        """Return the probabilities of classes (..., batch, classes).

        Raises:
            ConfigurationError: the loss is not one of classes.
        """
        raise ConfigurationError(
            f"the loss is {self}, which has no probabilities; expected a loss of classes, as "
            "pw.SoftmaxCrossEntropy(). Take what predict gives."
        )

    def classes_of(self, outputs: int) -> int:
        """Return how many classes a network of so many outputs tells apart; 0 where it predicts numbers."""
        try:
            return int(self.probabilities(np.zeros((1, outputs))).shape[-1])
        except ConfigurationError:
            return 0

    def blind_loss(self, outputs: int) -> float | None:
        """Return the loss of a network that takes all classes for equally likely; None where it has none."""
        return None

    def above_kink(self, outputs: FloatArray, targets: FloatArray) -> BoolArray | None:
        """Return on which side of its kinks each output lies (..., batch, outputs or more).

        A kink is where the first or the second derivative jumps: central differences do not hold across it.
        None is for a loss without.
        """
        return None

    def _one_each(self, given: FloatArray, shape: tuple[int, ...], what: str) -> FloatArray:
        if np.shape(given) != shape:
            raise ShapeError(
                f"{type(self).__name__} gives {what} of shape {np.shape(given)}; expected {shape}, for "
                + ("each example one." if what == "losses" else "each output of each example one.")
            )
        return given

    def _check_outputs(self, targets: object, outputs: int) -> None:
        outputs, needed = whole_number("outputs", outputs, at_least=1), self.outputs_of(targets)
        numbers = as_rows(targets).shape[1]
        if outputs != needed:
            raise ShapeError(
                f"the network has {counted(outputs, 'output')}; expected {needed}, for "
                f"{type(self).__name__} and targets of {counted(numbers, 'number')}. "
                f"Network(..., outputs={needed}) has as many."
            )

    def _checked(
        self, outputs: npt.ArrayLike, targets: npt.ArrayLike, weights: npt.ArrayLike | None
    ) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        z, t = as_floats("outputs", outputs), as_floats("targets", targets)
        if z.ndim < 2 or 0 in z.shape[-2:]:
            raise ShapeError(
                f"outputs have shape {z.shape}; expected (batch, outputs), with at least 1 example and 1 "
                "output."
            )
        expected = (*z.shape[:-1], self.width(z.shape[-1]))
        if t.shape not in (expected, expected[-2:]):
            encode = f" encode(targets, {z.shape[-1]}, dtype) makes such targets." if t.ndim < z.ndim else ""
            raise ShapeError(
                f"targets have shape {t.shape}; expected {expected}, for outputs of shape {z.shape}.{encode}"
            )
        return z, t, None if weights is None else _checked_weights(weights, z)


def _checked_weights(weights: npt.ArrayLike, outputs: FloatArray) -> FloatArray:
    w = as_floats("weights", weights)
    expected = outputs.shape[:-1]
    if w.shape not in (expected, expected[-1:]):
        raise ShapeError(
            f"weights have shape {w.shape}; expected {expected}, for outputs of shape {outputs.shape}."
        )
    fits = (w >= 0) & (w < np.inf)
    if not fits.all():
        first = tuple(np.argwhere(~fits)[0].tolist())
        raise DataError(f"weights{list(first)} is {w[first]:g}; expected a finite number of at least 0.")
    return np.ascontiguousarray(w, outputs.dtype)  # summed in one order, however it was strided
