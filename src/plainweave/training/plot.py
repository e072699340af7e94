"""A history as a picture: a panel for the loss, and one for each metric, over the epochs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.extras import need
from plainweave.losses import metric, score_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = 4.2, 3.2  # inches of a panel
_COLORS = {"training": "C0", "validation": "C1"}
_Parts: TypeAlias = Mapping[str, Mapping[str, Sequence[FloatArray]]]


def plotted(parts: _Parts) -> "list[Axes]":
    """Draw a history, by part and name, as `History.plot` says."""
    try:
        from matplotlib import pyplot
    except ImportError:
        need("page", "A plot")
        raise
    names = list(parts["training"])
    _, axes = pyplot.subplots(
        1, len(names), figsize=(_SIZE[0] * len(names), _SIZE[1]), layout="constrained", squeeze=False
    )
    panels: list[Axes] = list(axes[0])
    for panel, name in zip(panels, names, strict=True):
        _draw(panel, parts, name)
    return panels


def _draw(panel: "Axes", parts: _Parts, name: str) -> None:
    """Draw the loss or a metric: a line for each part, of a stack the mean and a band of all models."""
    epochs = np.arange(1, len(parts["training"][name]) + 1)
    for part, columns in parts.items():
        if not columns:
            continue
        values = np.ma.masked_invalid(np.asarray(columns[name], np.float64).reshape(len(epochs), -1))
        mean = np.ma.filled(values.mean(axis=1), np.nan)
        label = part
        if values.shape[1] > 1:
            low, high = (np.ma.filled(ends, np.nan) for ends in (values.min(axis=1), values.max(axis=1)))
            band = f"{part}, lowest to highest"
            panel.fill_between(epochs, low, high, color=_COLORS[part], alpha=0.25, linewidth=0, label=band)
            label = f"{part}, mean of {values.shape[1]} models"
        panel.plot(epochs, mean, color=_COLORS[part], label=label, marker="o" if len(epochs) == 1 else "")
        title = _title(part, name, mean)  # of the validation part, if there is one
    panel.set_title(title, loc="left", fontsize="medium")
    panel.set(xlabel="epoch", ylabel=metric(name).label)
    panel.locator_params(axis="x", integer=True)
    panel.legend()


def _title(part: str, name: str, values: FloatArray) -> str:
    """Say what a panel shows: the best value, and where it is."""
    seen = f"{part.capitalize()} {name}"
    if not np.isfinite(values).any():
        return f"{seen}\nnot finite"
    highest = metric(name).higher_is_better
    best = int(np.nanargmax(values) if highest else np.nanargmin(values))
    word = "highest" if highest else "lowest"
    return f"{seen}\n{word} {score_in_words(name, values[best])}, at epoch {best + 1}"
