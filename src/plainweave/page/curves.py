"""Panels of curves: a loss or an accuracy over the epochs, from records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plainweave.arrays import FloatArray
from plainweave.experiments import RunRecord
from plainweave.page.style import INK, TRAINING, VALIDATION, drawing, inline_svg

MEASURES: Mapping[str, str] = {"loss": "mean cross-entropy (nats)", "accuracy": "accuracy (%)"}
_PARTS = {"training": TRAINING, "validation": VALIDATION}


@dataclass(frozen=True)
class Scale:
    """The axes of panels that are to be compared.

    Attributes:
        epochs: right end of the abscissa.
        limits: of the ordinate, by measure.
    """

    epochs: int
    limits: Mapping[str, tuple[float, float]]


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


def scale_of(records: Sequence[RunRecord], everything: Sequence[RunRecord]) -> Scale:
    """Return the scale of some records, whose abscissa is that of all of them."""
    epochs = max((record.epochs for record in everything), default=0) + 1
    return Scale(epochs, {measure: _limits(records, measure) for measure in MEASURES})


def page_panel(records: Sequence[RunRecord], measure: str, scale: Scale, text: str) -> Panel:
    """Draw a panel for the page.

    Args:
        records: of one experiment.
        measure: "loss" or "accuracy".
        scale: of the axes.
        text: what is to be seen.
    """
    with drawing():
        figure = Figure(figsize=(4.6, 2.7), layout="constrained")
        axes = figure.subplots()
        draw_panel(axes, records, measure, scale)
        svg = inline_svg(figure, f"{records[0].experiment.id}-{measure}", text)
        box = axes.get_position()
        first, last = axes.get_xlim()
    series = {}
    for part in _PARTS:
        means = np.round(_mean(_curves(records, part, measure)), 4)
        series[f"{part} {measure}"] = [float(value) if np.isfinite(value) else None for value in means]
    return Panel(svg, Readout(round(box.x0, 4), round(box.x1, 4), first, last, series))


def draw_panel(axes: Axes, records: Sequence[RunRecord], measure: str, scale: Scale) -> None:
    """Draw the mean over seeds, a band from the lowest to the highest, and each seed's best weights."""
    for part, color in _PARTS.items():
        curves = _curves(records, part, measure)
        epochs = np.arange(1, curves.shape[1] + 1)
        axes.plot(epochs, _mean(curves), color=color, linewidth=1.2, label=part)
        if len(records) > 1:
            low, high = (np.ma.filled(extreme(curves, axis=0), np.nan) for extreme in (np.ma.min, np.ma.max))
            axes.fill_between(epochs, low, high, color=color, alpha=0.25, linewidth=0)
    best = [
        (record.best_epoch, _history(record, "validation", measure)[record.best_epoch - 1])
        for record in records
        if record.best_epoch
    ]
    if best:
        axes.plot(*zip(*best, strict=True), "o", color=INK, markersize=3, alpha=0.7, label="best weights")
    axes.set(xlabel="epoch", xlim=(0, scale.epochs), ylabel=MEASURES[measure], ylim=scale.limits[measure])


def _history(record: RunRecord, part: str, measure: str) -> FloatArray:
    return np.asarray(getattr(record.history, f"{part}_{measure}"))


def _curves(
    records: Sequence[RunRecord], part: str, measure: str
) -> "np.ma.MaskedArray[tuple[int, int], np.dtype[np.float64]]":
    """Return the values (seeds, epochs), masked where there is none or it is not finite."""
    longest = max(record.epochs for record in records)
    values = np.full((len(records), longest), np.nan)
    for row, record in zip(values, records, strict=True):
        row[: record.epochs] = _history(record, part, measure)
    return np.ma.masked_invalid(values)


def _mean(curves: "np.ma.MaskedArray[tuple[int, int], np.dtype[np.float64]]") -> FloatArray:
    return np.asarray(np.ma.filled(curves.mean(axis=0), np.nan))


def _limits(records: Sequence[RunRecord], measure: str) -> tuple[float, float]:
    """Return limits that hold all but the wildest hundredth of all curves, and some room."""
    curves = [_history(record, part, measure) for record in records for part in _PARTS]
    values = np.concatenate(curves) if curves else np.empty(0)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return (0.0, 1.0)
    if measure == "loss":
        return 0.0, float(np.percentile(finite, 99)) * 1.1 or 1.0
    low = min(float(np.percentile(finite, 1)), 99.0)
    return max(0.0, low - 0.1 * (100 - low)), min(100.0, float(finite.max()) + 1)
