"""The page's other pictures: the choice of epsilon, the first layer."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib
import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from PIL import Image

from plainweave.arrays import FloatArray, RawArray
from plainweave.evidence import StepSizes
from plainweave.page.style import INK, TRAINING, VALIDATION, drawing, inline_svg
from plainweave.page.words import significant

_COLUMNS = 10  # of the first layer's units
_SHADES = 65  # of weights: an odd number, so that one of them is white
_LEAST_ERROR = 1e-18  # for a logarithmic axis, where gradients and their approximations are 0
_MOST_PIXELS = 100 * 28 * 28  # of all units drawn, so that the page stays small


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
        figure.legend(loc="outside lower center", ncols=2)
        best = {precision: int(np.argmin(values)) for precision, values in curves.items()}
        text = "; ".join(
            f"in {precision} the smallest error is {curves[precision][at]:.1e}, "
            f"at a step of {errors.steps[at]:.0e}"
            for precision, at in best.items()
        )
        return inline_svg(figure, "step-sizes", f"Error of central differences against their step: {text}.")


@dataclass(frozen=True)
class FirstLayer:
    """Pictures of the first layer's weights.

    Attributes:
        address: of all of them, as data.
        units: how many are drawn.
        limit: the weight of the strongest colour, in text.
    """

    address: str
    units: int
    limit: str


def first_layer(weight: FloatArray, image_shape: tuple[int, int]) -> FirstLayer | None:
    """Draw the weights of the first layer's units as pictures.

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
    sheet = np.full((down * (rows + 1) - 1, across * (columns + 1) - 1), _SHADES, np.uint8)
    shades = np.rint((np.clip(units / limit, -1, 1) + 1) / 2 * (_SHADES - 1))
    for number, picture in enumerate(shades):
        top, left = number // across * (rows + 1), number % across * (columns + 1)
        sheet[top : top + rows, left : left + columns] = picture
    return FirstLayer(_in_colours(sheet), len(units), significant(limit, 2))


def _in_colours(sheet: RawArray) -> str:
    """Return shades (rows, columns) from blue over white to red as a PNG; the last one is transparent."""
    colours = matplotlib.colormaps["RdBu_r"](np.linspace(0, 1, _SHADES), bytes=True)[:, :3]
    image = Image.fromarray(sheet, "P")
    image.putpalette([*colours.ravel().tolist(), 255, 255, 255])
    return _png(image, transparency=_SHADES)


def data_address(pixels: RawArray) -> str:
    """Return bytes (rows, columns) of gray, or (rows, columns, 3 or 4) of colour, as a PNG in an address."""
    return _png(Image.fromarray(np.asarray(pixels, np.uint8)))


def _png(image: Image.Image, **options: object) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True, **options)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
