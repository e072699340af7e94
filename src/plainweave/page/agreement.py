"""Pictures of predicted numbers: against the true ones, and of what is left between them."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from plainweave.arrays import FloatArray
from plainweave.page.axis import with_room
from plainweave.page.style import INK, OURS, drawing, inline_svg

MOST_POINTS = 600  # drawn one by one; more are counted in hexagons
_ACROSS = 32  # hexagons
_BINS = 40
_ROOM = 0.03  # of an axis, at its ends
_FAINTEST = 0.12  # of a hexagon with one point
_SQUARE, _FLAT = (3.6, 3.4), (3.6, 2.9)  # inches
_TICKS = 5  # of a horizontal axis, at most, so that large numbers stand apart


def predicted_against_true(id_: str, true: FloatArray, predicted: FloatArray, text: str) -> Markup:
    """Draw predictions (seeds, rows) against targets (rows,), with the line on which both are equal.

    Args:
        id_: of the picture.
        true: the targets.
        predicted: of every seed.
        text: what is to be seen.
    """
    with drawing():
        figure = Figure(figsize=_SQUARE, layout="constrained")
        axes = figure.subplots()
        _draw_points(axes, np.broadcast_to(true, predicted.shape).ravel(), predicted.ravel())
        ends = with_room(min(true.min(), predicted.min()), max(true.max(), predicted.max()), _ROOM)
        axes.plot(ends, ends, color=INK, linewidth=1, linestyle="--", label="equal")
        axes.set(xlabel="true", ylabel="predicted", xlim=ends, ylim=ends, aspect="equal")
        axes.xaxis.set_major_locator(MaxNLocator(_TICKS))
        axes.yaxis.set_major_locator(MaxNLocator(_TICKS))
        axes.legend(loc="upper left")
        return inline_svg(figure, id_, text)


def errors_against_predicted(id_: str, predicted: FloatArray, errors: FloatArray, text: str) -> Markup:
    """Draw errors (seeds, rows) against predictions (seeds, rows), with the line of no error."""
    with drawing():
        figure = Figure(figsize=_FLAT, layout="constrained")
        axes = figure.subplots()
        _draw_points(axes, predicted.ravel(), errors.ravel())
        axes.axhline(0, color=INK, linewidth=1, linestyle="--")
        axes.set(xlabel="predicted", ylabel="predicted − true")
        axes.xaxis.set_major_locator(MaxNLocator(_TICKS))
        return inline_svg(figure, id_, text)


def histogram_of_errors(id_: str, errors: FloatArray, text: str) -> Markup:
    """Draw how errors (seeds, rows) are spread, in percent of them all."""
    with drawing():
        figure = Figure(figsize=_FLAT, layout="constrained")
        axes = figure.subplots()
        values = errors.ravel()
        bins = min(_BINS, max(8, int(np.sqrt(values.size))))
        ends = with_room(values.min(), values.max(), 0.0)
        axes.hist(
            values, bins, range=ends, weights=np.full(values.size, 100 / values.size), color=OURS, alpha=0.75
        )
        axes.axvline(0, color=INK, linewidth=1, linestyle="--")
        axes.set(xlabel="predicted − true", ylabel="share (%)")
        axes.xaxis.set_major_locator(MaxNLocator(_TICKS))
        return inline_svg(figure, id_, text)


def _draw_points(axes: Axes, x: FloatArray, y: FloatArray) -> None:
    """Draw few points one by one, and many as hexagons, the more in one the darker it is."""
    if x.size <= MOST_POINTS:
        axes.plot(x, y, "o", color=OURS, markersize=3.5, markeredgewidth=0, alpha=0.4)
        return
    hexagons = axes.hexbin(x, y, gridsize=_ACROSS, mincnt=1, linewidths=0)
    counts = np.log1p(np.asarray(hexagons.get_array(), np.float64))
    _shade(hexagons, counts / counts.max())


def _shade(hexagons: PolyCollection, shares: Sequence[float] | FloatArray) -> None:
    hexagons.set_array(None)
    hexagons.set_facecolor([to_rgba(OURS, _FAINTEST + (1 - _FAINTEST) * share) for share in shares])
    hexagons.set_edgecolor("none")
