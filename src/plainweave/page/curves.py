"""Panels of curves: a loss or a metric over the epochs, from records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plainweave.arrays import FloatArray
from plainweave.evidence.measures import kind_of_score, of_validation
from plainweave.experiments import Experiment, RunRecord
from plainweave.losses import metric
from plainweave.page import words
from plainweave.page.style import INK, TRAINING, VALIDATION, drawing, inline_svg

_LARGE, _SMALL = (4.6, 2.7), (3.5, 2.4)  # inches: two panels side by side, or three
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


@dataclass(frozen=True)
class Readout:
    """What the page's script needs to read values out of a panel.

    Attributes:
        left, right: ends of the plot, as shares of the picture's width.
        first, last: the epochs at these ends.
        series: the values of each curve, one for each epoch; None where one is not finite.
    """

    left: float
    right: float
    first: float
    last: float
    series: Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class Panel:
    """A panel in the page."""

    svg: Markup
    readout: Readout


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


def page_panel(records: Sequence[RunRecord], name: str, scale: Scale, text: str) -> Panel:
    """Draw a panel for the page.

    Args:
        records: of one experiment.
        name: "loss", or that of a metric.
        scale: of the axes.
        text: what is to be seen.
    """
    with drawing():
        size = _SMALL if len(names_of(records[0].experiment)) > 2 else _LARGE
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        draw_panel(axes, records, name, scale)
        svg = inline_svg(figure, f"{records[0].experiment.id}-{name}".replace(" ", "-"), text)
        box = axes.get_position()
        first, last = axes.get_xlim()
    series = {
        f"{part} {words.score(name)}": [_rounded(value) for value in _mean(curves)]
        for part in _PARTS
        if (curves := _curves(records, part, name)).size
    }
    return Panel(svg, Readout(round(box.x0, 4), round(box.x1, 4), first, last, series))


def draw_panel(axes: Axes, records: Sequence[RunRecord], name: str, scale: Scale) -> None:
    """Draw the mean over seeds, a band from the lowest to the highest, and each seed's best weights."""
    for part, color in _PARTS.items():
        curves = _curves(records, part, name)
        if not curves.size:
            continue
        epochs = np.arange(1, curves.shape[1] + 1)
        axes.plot(epochs, _mean(curves), color=color, linewidth=1.2, label=part)
        if len(records) > 1:
            low, high = (np.ma.filled(extreme(curves, axis=0), np.nan) for extreme in (np.ma.min, np.ma.max))
            axes.fill_between(epochs, low, high, color=color, alpha=0.25, linewidth=0)
    best = [
        (record.best_epoch, record.best_validation[name])
        for record in records
        if record.best_validation is not None
    ]
    if best:
        axes.plot(*zip(*best, strict=True), "o", color=INK, markersize=3, alpha=0.7, label="best weights")
    experiment = records[0].experiment
    limits = scale.limits[kind_of_score(name, experiment.loss)]
    axes.set(xlabel="epoch", xlim=(0, scale.epochs), ylabel=words.axis(experiment, name), ylim=limits)
    axes.locator_params(axis="x", integer=True)


def _values(record: RunRecord, part: str, name: str) -> FloatArray:
    columns = record.history.training if part == "training" else record.history.validation
    return np.asarray(columns.get(name, []), np.float64)


def _curves(
    records: Sequence[RunRecord], part: str, name: str
) -> "np.ma.MaskedArray[tuple[int, int], np.dtype[np.float64]]":
    """Return the values (seeds, epochs), masked where there is none or it is not finite."""
    curves = [_values(record, part, name) for record in records]
    values = np.full((len(records), max(map(len, curves))), np.nan)
    for row, curve in zip(values, curves, strict=True):
        row[: len(curve)] = curve
    return np.ma.masked_invalid(values)


def _rounded(value: float) -> float | None:
    return float(f"{value:.5g}") if np.isfinite(value) else None


def _mean(curves: "np.ma.MaskedArray[tuple[int, int], np.dtype[np.float64]]") -> FloatArray:
    return np.asarray(np.ma.filled(curves.mean(axis=0), np.nan))


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
        room = 0.1 * (float(finite.max()) - least) or 1.0
        return least - room, float(finite.max()) + room
    if least < 0:  # as that of counts
        return least - 0.1 * (most - least), most + 0.1 * (most - least)
    return 0.0, most * 1.1 or 1.0
