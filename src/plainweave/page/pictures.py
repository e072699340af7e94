"""The page's other pictures: accuracies with intervals, the choice of epsilon, the first layer."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from plainweave.arrays import FloatArray, RawArray
from plainweave.page import words
from plainweave.page.style import INK, OURS, THEIRS, TRAINING, VALIDATION, drawing, inline_svg

_COLUMNS = 10  # of the first layer's units
_LEAST_ERROR = 1e-18  # for a logarithmic axis, where gradients and their approximations are 0
_MOST_PIXELS = 100 * 28 * 28  # of all units drawn, so that the page stays small


def accuracies(rows: Sequence[Mapping[str, Any]], compares: bool) -> str:
    """Draw each network's test accuracy: the seeds, their mean with its interval, and the report's value.

    Args:
        rows: of the summary, those that were tested; with the report's values only those that have one,
            without them only those that never diverged, if there are any.
        compares: whether the report's values are shown.
    """
    wanted = [row for row in rows if (row["report_accuracy"] if compares else not any(row["diverged"]))]
    rows = wanted or rows
    with drawing():
        figure = Figure(figsize=(4.6, 0.9 + 0.25 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for place, row in enumerate(rows):
            of_seeds = row["test_accuracy"]
            values = of_seeds["values"]
            axes.plot(values, [place] * len(values), "|", color=OURS, markersize=7, alpha=0.55)
            error = None if of_seeds["low"] is None else of_seeds["mean"] - of_seeds["low"]
            axes.errorbar(of_seeds["mean"], place, xerr=error, fmt="o", color=OURS, markersize=4.5, capsize=3)
            if compares and row["report_accuracy"] is not None:
                axes.plot(row["report_accuracy"], place, "D", color=THEIRS, markersize=4.5)
        axes.plot([], [], "|", color=OURS, label="a seed")
        axes.errorbar([], [], xerr=[], fmt="o", color=OURS, capsize=3, label="mean, 95 % interval")
        if compares:
            axes.plot([], [], "D", color=THEIRS, linestyle="none", label="the report")
        axes.set_yticks(range(len(rows)), [words.shortened(row["id"]) for row in rows])
        axes.set(xlabel="test accuracy (%)", ylim=(len(rows) - 0.4, -0.6))
        figure.legend(loc="outside lower center", ncols=3)
        text = "; ".join(_in_words(row, compares) for row in rows)
        return inline_svg(figure, "accuracies", f"Test accuracy in percent. {text}.")


def _in_words(row: Mapping[str, Any], compares: bool) -> str:
    of_seeds = row["test_accuracy"]
    text = f"{row['id']}: {of_seeds['mean']:.2f}"
    if of_seeds["low"] is not None:
        text += f" ({of_seeds['low']:.2f} to {of_seeds['high']:.2f})"
    if compares and row["report_accuracy"] is not None:
        text += f", report {row['report_accuracy']:.2f}"
    return text


def step_sizes(evidence: Mapping[str, Any]) -> str | None:
    """Draw the error of central differences against their step, in both precisions.

    Args:
        evidence: as `gradient_evidence` has it.

    Returns:
        None if there is no error to draw, as where there is one class and every gradient is 0.
    """
    curves = evidence["step_sizes"]
    if not (any(curves["float64"]) and any(curves["float32"])):
        return None
    with drawing():
        figure = Figure(figsize=(4.6, 2.9), layout="constrained")
        axes = figure.subplots()
        for precision, color in (("float64", TRAINING), ("float32", VALIDATION)):
            errors = np.maximum(curves[precision], _LEAST_ERROR)
            axes.loglog(curves["steps"], errors, "o-", color=color, markersize=3.5, label=precision)
        for step, name in (
            (evidence["whole_network"][0]["epsilon"], "plainweave"),
            (evidence["table_1"]["epsilon"], "the report"),
        ):
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
        axes.legend(loc="lower right")
        best = {name: int(np.argmin(curves[name])) for name in ("float64", "float32")}
        text = "; ".join(
            f"in {name} the smallest error is {curves[name][at]:.1e}, at a step of {curves['steps'][at]:.0e}"
            for name, at in best.items()
        )
        return inline_svg(figure, "step-sizes", f"Error of central differences against their step: {text}.")


def first_layer(weight: FloatArray, image_shape: tuple[int, int]) -> str | None:
    """Draw the weights of the first layer's units as pictures, and return them as a data address.

    Blue weights are negative, red ones positive; all units share one scale.

    Args:
        weight: (inputs, units); as many units are drawn as the page has room for, a hundred of 28x28.
        image_shape: (rows, columns), of as many pixels as inputs.

    Returns:
        None if there is no room for a single one.
    """
    rows, columns = image_shape
    units = weight.T[: _MOST_PIXELS // (rows * columns)].reshape(-1, rows, columns)
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
    """Return bytes (rows, columns) of gray, or (rows, columns, 4) of colour, as a PNG in a data address."""
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
