"""Curves: a loss or a metric over the epochs, from records, and panels of them in files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from plainweave.arrays import FloatArray
from plainweave.evidence.measures import kind_of_score, of_validation
from plainweave.experiments import Experiment, RunRecord
from plainweave.losses import metric
from plainweave.page import words
from plainweave.page.axis import with_room
from plainweave.page.style import INK, TRAINING, VALIDATION

_PARTS = {"training": TRAINING, "validation": VALIDATION}


@dataclass(frozen=True)
class Scale:
    """The axes of panels that are to be compared.

    Attributes:
        epochs: right end of the abscissa.
        limits: of the ordinate, by kind of score.
    """

    epochs: int
    limits: Mapping[tuple[str, str], tuple[float, float]]


def names_of(experiment: Experiment) -> tuple[str, ...]:
    """Return what there are curves of: the loss, and each metric that is not the loss itself."""
    metrics = experiment.loss_function.metrics
    return ("loss", *(name for name in metrics if not of_validation(name).is_of_one_loss))


def scale_of(records: Sequence[RunRecord], everything: Sequence[RunRecord]) -> Scale:
    """Return the scale of some records, whose abscissa is that of all of them."""
    epochs = max((record.epochs for record in everything), default=0) + 1
    kinds: dict[tuple[str, str], list[RunRecord]] = {}
    for record in records:
        for name in names_of(record.experiment):
            kinds.setdefault(kind_of_score(name, record.experiment.loss), []).append(record)
    return Scale(epochs, {kind: _limits(of_kind, kind[0]) for kind, of_kind in kinds.items()})


@dataclass(frozen=True)
class Curve:
    """A loss or a metric over the epochs, of all seeds of one experiment; NaN where it is not finite.

    Attributes:
        part: "training" or "validation".
        mean: over seeds, (epochs,).
        low, high: the lowest and the highest seed, (epochs,); None where there is one seed.
    """

    part: str
    mean: FloatArray
    low: FloatArray | None
    high: FloatArray | None


@dataclass(frozen=True)
class Beyond:
    """The farthest value of some curves beyond an end of the axis, and its epoch."""

    epoch: int
    value: float
    above: bool


def curves_of(records: Sequence[RunRecord], name: str) -> list[Curve]:
    """Return the curves of one experiment: of training, and of validation where there is such a part."""
    found = []
    for part in _PARTS:
        values = _values_of_seeds(records, part, name)
        if values.size:
            low, high = (np.ma.filled(end(values, axis=0), np.nan) for end in (np.ma.min, np.ma.max))
            ends = (low, high) if len(records) > 1 else (None, None)
            found.append(Curve(part, np.asarray(np.ma.filled(values.mean(axis=0), np.nan)), *ends))
    return found


def best_of_seeds(records: Sequence[RunRecord], name: str) -> list[tuple[int, float]]:
    """Return the epoch and the validation score of each seed's kept weights."""
    return [
        (record.best_epoch, record.best_validation[name])
        for record in records
        if record.best_validation is not None
    ]


def beyond_the_axis(curves: Sequence[Curve], limits: tuple[float, float]) -> list[Beyond]:
    """Return what an axis with these limits leaves out of the means, at each of its ends."""
    found = []
    for above, limit in ((False, limits[0]), (True, limits[1])):
        sign = 1 if above else -1
        values = [(sign * value, epoch) for curve in curves for epoch, value in enumerate(curve.mean, 1)]
        farthest, epoch = max((pair for pair in values if np.isfinite(pair[0])), default=(sign * limit, 1))
        if farthest > sign * limit:
            found.append(Beyond(epoch, sign * farthest, above))
    return found


def draw_panel(axes: Axes, records: Sequence[RunRecord], name: str, scale: Scale) -> None:
    """Draw the mean over seeds, a band from the lowest to the highest, and each seed's best weights."""
    found = curves_of(records, name)
    for curve in found:
        epochs, color = np.arange(1, len(curve.mean) + 1), _PARTS[curve.part]
        axes.plot(epochs, curve.mean, color=color, linewidth=1.2, label=curve.part)
        if curve.low is not None and curve.high is not None:
            label = f"{curve.part}, lowest to highest seed"
            axes.fill_between(
                epochs, curve.low, curve.high, color=color, alpha=0.25, linewidth=0, label=label
            )
    if best := best_of_seeds(records, name):
        axes.plot(*zip(*best, strict=True), "o", color=INK, markersize=3, alpha=0.7, label="best weights")
    experiment = records[0].experiment
    limits = scale.limits[kind_of_score(name, experiment.loss)]
    axes.set(xlabel="epoch", xlim=(0, scale.epochs), ylabel=words.axis(experiment, name), ylim=limits)
    axes.locator_params(axis="x", integer=True)
    for beyond in beyond_the_axis(found, limits):
        _mark(axes, beyond)


def _mark(axes: Axes, beyond: Beyond) -> None:
    """Say at the end of the axis which value lies beyond it."""
    place, side, arrow = (1, "top", "▲") if beyond.above else (0, "bottom", "▼")
    axes.annotate(
        f"{arrow} {beyond.value:.4g}",
        (beyond.epoch, place),
        xycoords=("data", "axes fraction"),
        xytext=(3, -2 if beyond.above else 2),
        textcoords="offset points",
        va=side,
        fontsize=7,
    )


def _values(record: RunRecord, part: str, name: str) -> FloatArray:
    columns = record.history.training if part == "training" else record.history.validation
    return np.asarray(columns.get(name, []), np.float64)


def _values_of_seeds(
    records: Sequence[RunRecord], part: str, name: str
) -> "np.ma.MaskedArray[tuple[int, int], np.dtype[np.float64]]":
    """Return the values (seeds, epochs), masked where there is none or it is not finite."""
    curves = [_values(record, part, name) for record in records]
    values = np.full((len(records), max(map(len, curves))), np.nan)
    for row, curve in zip(values, curves, strict=True):
        row[: len(curve)] = curve
    return np.ma.masked_invalid(values)


def _limits(records: Sequence[RunRecord], name: str) -> tuple[float, float]:
    """Return limits that hold all but the wildest hundredth of all curves, and some room."""
    values = np.concatenate([_values(record, part, name) for record in records for part in _PARTS])
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return (0.0, 1.0)
    least, most = (float(np.percentile(finite, share)) for share in (1, 99))
    if metric(name).unit == "%":
        low = min(least, 99.0)
        return max(0.0, low - 0.1 * (100 - low)), min(100.0, float(finite.max()) + 1)
    if metric(name).higher_is_better:
        least = max(least, most - 2) if name == "r2" else least  # before it learns, it may be far below 0
        return with_room(least, float(finite.max()), 0.1)
    if least < 0:  # as that of counts
        return with_room(least, most, 0.1)
    return 0.0, most * 1.1 or 1.0


def limits_of_means(curves: Sequence[Curve], *, higher_is_better: bool) -> tuple[float, float]:
    """Return limits that hold all but the first steps of the means of several networks, and some room."""
    values = np.concatenate([curve.mean for curve in curves])
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return (0.0, 1.0)
    worst, best = (2.0, 100.0) if higher_is_better else (98.0, 0.0)
    low, high = sorted(float(np.percentile(finite, share)) for share in (worst, best))
    return with_room(low, high, 0.05)
