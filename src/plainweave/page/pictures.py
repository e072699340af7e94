"""The page's other pictures: scores with intervals, the choice of epsilon, the first layer."""

import base64
import io
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from plainweave.arrays import FloatArray, RawArray
from plainweave.evidence import OverSeeds, Row, StepSizes
from plainweave.page import words
from plainweave.page.study import References
from plainweave.page.style import INK, OURS, THEIRS, TRAINING, VALIDATION, drawing, inline_svg

_COLUMNS = 10  # of the first layer's units
_LEAST_ERROR = 1e-18  # for a logarithmic axis, where gradients and their approximations are 0
_MOST_PIXELS = 100 * 28 * 28  # of all units drawn, so that the page stays small


def scores(name: str, rows: Sequence[Row], references: References | None) -> Markup:
    """Draw each network's score: the seeds, their mean with its interval, and the reference's value.

    Args:
        name: of the picture.
        rows: of the summary, those that were tested, of one kind; with values of the references only those
            that have one, without only those that never diverged, if there are any.
        references: with values that stand beside ours, or None.
    """
    values = references.accuracies if references else {}
    source = references.name if references else ""
    are_there = any(row.id in values for row in rows)
    wanted = [
        row
        for row in rows
        if (row.id in values if are_there else all(epoch is None for epoch in row.diverged))
    ]
    rows = wanted or rows
    measure = rows[0].measure
    called = f"test {words.score(measure.score)}"
    with drawing():
        figure = Figure(figsize=(4.6, 0.9 + 0.25 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for place, row in enumerate(rows):
            _draw_score(axes, place, row.shown)
            if row.id in values:
                axes.plot(values[row.id], place, "D", color=THEIRS, markersize=4.5)
        axes.plot([], [], "|", color=OURS, label="a seed")
        axes.errorbar([], [], xerr=[], fmt="o", color=OURS, capsize=3, label="mean, 95 % interval")
        if are_there:
            axes.plot([], [], "D", color=THEIRS, linestyle="none", label=words.shortened(source))
        axes.set_yticks(range(len(rows)), [words.shortened(row.id) for row in rows])
        unit = f" ({measure.unit})" if measure.unit else ""
        axes.set(xlabel=called + unit, ylim=(len(rows) - 0.4, -0.6))
        figure.legend(loc="outside lower center", ncols=3)
        text = "; ".join(_in_words(row, source, values.get(row.id)) for row in rows)
        return inline_svg(figure, name, f"{words.title(called)}{words.in_unit(measure.unit)}. {text}.")


def _draw_score(axes: Axes, place: int, score: OverSeeds | None) -> None:
    if score is None:
        return
    seeds = [value for value in score.values if value is not None]
    axes.plot(seeds, [place] * len(seeds), "|", color=OURS, markersize=7, alpha=0.55)
    if score.mean is not None:
        error = None if score.low is None else score.mean - score.low
        axes.errorbar(score.mean, place, xerr=error, fmt="o", color=OURS, markersize=4.5, capsize=3)


def _in_words(row: Row, source: str, value: float | None) -> str:
    score, measure = row.shown, row.measure
    text = f"{row.id}: {words.number(measure, score.mean if score else None)}"
    if score is not None and score.low is not None:
        text += f" ({words.ends(score, measure)})"
    return text if value is None else f"{text}, {source} {words.number(measure, value)}"


def step_sizes(errors: StepSizes, marks: Mapping[str, float]) -> Markup | None:
    """Draw the error of central differences against their step, in both precisions.

    Args:
        errors: to be drawn.
        marks: steps to point at, by what is written there.

    Returns:
        None if there is no error to draw, as where there is one class and every gradient is 0.
    """
    curves = {"float64": errors.float64, "float32": errors.float32}
    if not all(any(values) for values in curves.values()):
        return None
    with drawing():
        figure = Figure(figsize=(4.6, 2.9), layout="constrained")
        axes = figure.subplots()
        for (precision, values), color in zip(curves.items(), (TRAINING, VALIDATION), strict=True):
            shown = np.maximum(values, _LEAST_ERROR)
            axes.loglog(errors.steps, shown, "o-", color=color, markersize=3.5, label=precision)
        for name, step in marks.items():
            axes.axvline(step, color=INK, linewidth=0.8, linestyle="--")
            axes.annotate(
                name,
                (step, 0.98),
                xycoords=("data", "axes fraction"),
                xytext=(3, 0),
                textcoords="offset points",
                va="top",
                fontsize=8,
            )
        axes.set(xlabel="step epsilon", ylabel="relative error, by norm")
        axes.grid(which="minor", visible=False)
        axes.legend(loc="lower left")
        best = {precision: int(np.argmin(values)) for precision, values in curves.items()}
        text = "; ".join(
            f"in {precision} the smallest error is {curves[precision][at]:.1e}, "
            f"at a step of {errors.steps[at]:.0e}"
            for precision, at in best.items()
        )
        return inline_svg(figure, "step-sizes", f"Error of central differences against their step: {text}.")


def first_layer(weight: FloatArray, image_shape: tuple[int, int]) -> str | None:
    """Draw the weights of the first layer's units as pictures, and return them as a data address.

    Blue weights are negative, red ones positive; all units share one scale. Of pictures in colour the mean
    of a pixel's three weights is drawn.

    Args:
        weight: (inputs, units); as many units are drawn as the page has room for, a hundred of 28x28.
        image_shape: (rows, columns), of as many pixels as inputs, or a third of them.

    Returns:
        None if there is no room for a single one.
    """
    rows, columns = image_shape
    units = weight.T[: _MOST_PIXELS // (rows * columns)].reshape(
        -1, rows, columns, len(weight) // (rows * columns)
    )
    units = units.mean(axis=-1)
    if not units.size:
        return None
    limit = float(np.percentile(np.abs(units), 99.5)) or 1.0
    across = min(_COLUMNS, len(units))
    down = -(-len(units) // across)
    sheet = np.zeros((down * (rows + 1) - 1, across * (columns + 1) - 1, 4), np.uint8)
    colors = matplotlib.colormaps["RdBu_r"](np.clip(units / limit, -1, 1) / 2 + 0.5, bytes=True)
    for number, picture in enumerate(colors):
        top, left = number // across * (rows + 1), number % across * (columns + 1)
        sheet[top : top + rows, left : left + columns] = picture
    return data_address(sheet)


def data_address(pixels: RawArray) -> str:
    """Return bytes (rows, columns) of gray, or (rows, columns, 3 or 4) of colour, as a PNG in an address."""
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
