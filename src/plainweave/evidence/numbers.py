"""How far predicted numbers lie from the true ones: over all test examples, for each seed."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import numpy as np

from plainweave.arrays import FloatArray, RawArray
from plainweave.evidence.columns import evenly
from plainweave.losses import Loss, Quantile
from plainweave.storage.forms import Range

_MOST_OUTPUTS = 4  # that are shown
_MOST_ROWS, _MOST_NUMBERS = 5000, 300_000  # kept of the predictions, so that the file stays small
_LARGEST = 1e100  # prediction whose square is finite

_Number: TypeAlias = Annotated[float, Range(-_LARGEST, _LARGEST)]


@dataclass(frozen=True)
class OutputErrors:
    """The errors, prediction less target, of one output: one number for each seed, in the targets' units.

    Attributes:
        name: of the output.
        bias: mean error.
        absolute: mean absolute error.
        root_mean_square: the root of the mean squared error.
        nine_in_ten: the absolute error that nine of ten examples do not exceed.
        at_or_below: the share of targets that are not above the prediction, as a quantile promises it.
        spread: the root of the mean squared error of the training targets' mean, whatever the example.
    """

    name: str
    bias: tuple[_Number, ...]
    absolute: tuple[_Number, ...]
    root_mean_square: tuple[_Number, ...]
    nine_in_ten: tuple[_Number, ...]
    at_or_below: tuple[Annotated[float, Range(0, 1)], ...]
    spread: _Number


@dataclass(frozen=True)
class PredictedNumbers:
    """Predictions of numbers on the test examples.

    Attributes:
        outputs: their errors over all test examples, each counted once.
        rows: how many of the test examples, taken evenly, are kept.
        true: of these, float32s (rows, outputs) as base64.
        predicted: float32s (seeds, rows, outputs).
        all_outputs: how many the network has.
    """

    outputs: tuple[OutputErrors, ...]
    rows: int
    true: str = field(repr=False)
    predicted: str = field(repr=False)
    all_outputs: int

    def __post_init__(self) -> None:
        if not self.outputs or not self.rows:
            raise ValueError("there are no predicted numbers; expected outputs and rows")
        seeds = {len(numbers) for output in self.outputs for numbers in _by_seed(output)}
        if len(seeds) != 1 or 0 in seeds:
            raise ValueError("errors have several numbers of seeds, or none")
        for name, floats in (("true", self.true_numbers), ("predicted", self.predicted_numbers)):
            if not np.isfinite(floats).all():
                raise ValueError(f"{name} has a number that is not finite")

    @property
    def seeds(self) -> int:
        """Of how many seeds' networks the predictions are."""
        return len(self.outputs[0].bias)

    @property
    def true_numbers(self) -> FloatArray:
        """The targets (rows, outputs)."""
        return _decoded("true", self.true, (self.rows, len(self.outputs)))

    @property
    def predicted_numbers(self) -> FloatArray:
        """The predictions (seeds, rows, outputs)."""
        return _decoded("predicted", self.predicted, (self.seeds, self.rows, len(self.outputs)))


def predicted_numbers(
    predictions: Sequence[RawArray], targets: RawArray, training: RawArray, loss: Loss, name: str
) -> PredictedNumbers | None:
    """Compare predictions with targets.

    Args:
        predictions: of each seed, as the loss's `predict` gives them.
        targets: of the test examples, (examples,) or (examples, targets).
        training: targets of the training examples.
        loss: which the networks were trained by; quantiles have several outputs for a target.
        name: of the target, "" for none.

    Returns:
        None where predictions are no such numbers, or one is not finite.
    """
    true = np.asarray(targets, np.float64).reshape(len(targets), -1)
    found = np.stack([np.asarray(one, np.float64).reshape(len(one), -1) for one in predictions])
    levels, rest = divmod(found.shape[-1], true.shape[-1])
    if (
        rest
        or levels != (len(loss.levels) if isinstance(loss, Quantile) else 1)
        or not (np.abs(found) < _LARGEST).all()
    ):
        return None
    names = output_names(loss, found.shape[-1], name)
    means = np.asarray(training, np.float64).reshape(len(training), -1).mean(axis=0)
    outputs = range(min(len(names), _MOST_OUTPUTS))
    errors = tuple(
        _errors(names[at], found[..., at], true[:, at // levels], float(means[at // levels]))
        for at in outputs
    )
    rows = evenly(len(true), min(_MOST_ROWS, _MOST_NUMBERS // ((len(found) + 1) * len(outputs))))
    kept = np.repeat(true, levels, axis=-1)[rows][:, outputs]
    return PredictedNumbers(
        errors, len(rows), _encoded(kept), _encoded(found[:, rows][..., outputs]), len(names)
    )


def _errors(name: str, found: FloatArray, true: FloatArray, guess: float) -> OutputErrors:
    """Return the errors of predictions (seeds, examples) of targets (examples,)."""
    errors = found - true
    sizes = np.abs(errors)
    return OutputErrors(
        name=name,
        bias=tuple(errors.mean(axis=-1).tolist()),
        absolute=tuple(sizes.mean(axis=-1).tolist()),
        root_mean_square=tuple(np.sqrt(np.square(errors).mean(axis=-1)).tolist()),
        nine_in_ten=tuple(np.quantile(sizes, 0.9, axis=-1, method="inverted_cdf").tolist()),
        at_or_below=tuple((true <= found).mean(axis=-1).tolist()),
        spread=float(np.sqrt(np.square(true - guess).mean())),
    )


def output_names(loss: Loss, outputs: int, target: str) -> tuple[str, ...]:
    """Return what each output is called: the target, its number among several, and its quantile.

    Args:
        loss: which the network was trained by; quantiles have several outputs for a target.
        outputs: of the network.
        target: its name, "" for none.
    """
    levels: Sequence[float | None] = loss.levels if isinstance(loss, Quantile) else (None,)
    targets = outputs // len(levels)
    return tuple(
        " ".join(
            [
                (target or "target") if targets == 1 else f"{target or 'target'} {number}",
                *([] if level is None else [f"quantile {level:g}"]),
            ]
        )
        for number in range(targets)
        for level in levels
    )


def _by_seed(output: OutputErrors) -> tuple[tuple[float, ...], ...]:
    return (output.bias, output.absolute, output.root_mean_square, output.nine_in_ten, output.at_or_below)


def _encoded(numbers: FloatArray) -> str:
    return base64.b64encode(numbers.astype("<f4").tobytes()).decode()


def _decoded(name: str, text: str, shape: tuple[int, ...]) -> FloatArray:
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError(f"{name} is no base64") from None
    expected = 4 * math.prod(shape)
    if len(content) != expected:
        raise ValueError(f"{name} is {len(content)} bytes; expected {expected}, for numbers {shape}")
    return np.frombuffer(content, "<f4").reshape(shape).astype(np.float64)
