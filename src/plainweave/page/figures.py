"""The report's figures: losses and accuracies over the epochs, drawn from records."""

import io
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plainweave.arrays import FloatArray
from plainweave.data import FASHION_MNIST
from plainweave.experiments import Experiment, RunRecord, by_experiment
from plainweave.page import words
from plainweave.page.style import INK, TRAINING, VALIDATION, drawing, inline_svg

FIGURES_FOLDER = "figures"
_FIGURE = re.compile(r"(?:Fig\.|Figure)\s*(\d+)([a-z]?)")
_LIKE_A_FIGURES = re.compile(r"(own-)*figure-")
_PARTS = {"training": TRAINING, "validation": VALIDATION}
_UNITS = {"loss": "mean cross-entropy (nats)", "accuracy": "accuracy (%)"}


@dataclass(frozen=True)
class Panels:
    """One figure: a row of two panels for each of its experiments.

    Attributes:
        name: of its files, "figure-6".
        title: for people.
        groups: the records of each experiment in it.
    """

    name: str
    title: str
    groups: list[list[RunRecord]]

    @property
    def caption(self) -> str:
        """What is to be seen, in a sentence, for those who cannot see it."""
        results = "; ".join(f"{describe(group[0])}: {result(group)}" for group in self.groups)
        return (
            f"Training and validation loss, and training and validation accuracy, over the epochs. {results}."
        )


def arrange(records: Sequence[RunRecord]) -> list[Panels]:
    """Put experiments with the report's figure number together; any other has a figure of its own."""
    figures: dict[tuple[str, str], list[list[RunRecord]]] = {}
    for group in by_experiment(records):
        figures.setdefault(_name_and_title(group[0].experiment), []).append(group)
    return [Panels(name, title, groups) for (name, title), groups in figures.items()]


def figure_files(experiments: Iterable[Experiment]) -> list[str]:
    """Return the files that experiments will be drawn into, "figures/figure-6.png" and the like."""
    names = dict.fromkeys(_name_and_title(each)[0] for each in experiments if each.test)
    return [f"{FIGURES_FOLDER}/{name}.{kind}" for name in names for kind in ("png", "svg")]


def _name_and_title(experiment: Experiment) -> tuple[str, str]:
    if match := _FIGURE.match(experiment.figure or ""):
        return f"figure-{match[1]}", f"Figure {match[1]}"
    # An id such as "figure-1" must not fall in with the report's figures, nor "own-figure-1" with that.
    is_alike = _LIKE_A_FIGURES.match(experiment.id)
    return f"own-{experiment.id}" if is_alike else experiment.id, experiment.id


def draw(panels: Panels, records: Sequence[RunRecord]) -> dict[str, bytes]:
    """Draw a figure, and return its files by name, "figures/figure-6.png" and the same as SVG.

    Args:
        panels: what to draw.
        records: all that were tested. The report's figures share one scale, so that they can be compared,
            and so do all others.
    """
    rows = len(panels.groups)
    with drawing(), warnings.catch_warnings():
        figure = Figure(figsize=(8.4, 0.9 + 2.4 * rows), layout="constrained")
        axes = figure.subplots(rows, 2, squeeze=False)
        for group, row in zip(panels.groups, axes, strict=True):
            for panel, measure in zip(row, _UNITS, strict=True):
                _draw_panel(panel, group, measure, records)
            row[0].set_title(letter(group[0]) + describe(group[0]))
            row[1].set_title(result(group))
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        # A folder may be called by what is no formula, or in a script that the font draws as boxes.
        title = f"{words.shortened(panels.title)} ({words.shortened(data_label(records[0]))})"
        figure.suptitle(title, fontsize=10, parse_math=False)
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        files = {"png": io.BytesIO(), "svg": io.BytesIO()}
        figure.savefig(files["png"], format="png", dpi=150)
        figure.savefig(files["svg"], format="svg", metadata={"Date": None})
    return {f"{FIGURES_FOLDER}/{panels.name}.{kind}": file.getvalue() for kind, file in files.items()}


def page_panel(group: Sequence[RunRecord], measure: str, records: Sequence[RunRecord]) -> dict[str, Any]:
    """Return one panel for the page: its `svg`, and what its script needs to read values out.

    The plot's left and right end are shares of the picture's width.
    """
    experiment = group[0].experiment.id
    text = f"{describe(group[0])}: training and validation {measure} over the epochs"
    with drawing():
        figure = Figure(figsize=(4.6, 2.7), layout="constrained")
        axes = figure.subplots()
        _draw_panel(axes, group, measure, records)
        svg = inline_svg(figure, f"{experiment}-{measure}", text)
        box = axes.get_position()
        first, last = axes.get_xlim()
    means = {part: np.round(_mean(_curves(group, part, measure)), 4) for part in _PARTS}
    return {
        "svg": svg,
        "readout": {
            "left": round(box.x0, 4),
            "right": round(box.x1, 4),
            "first": first,
            "last": last,
            "series": {
                f"{part} {measure}": [float(value) if np.isfinite(value) else None for value in values]
                for part, values in means.items()
            },
        },
    }


def describe(record: RunRecord) -> str:
    """Say in a few words which network a record is of."""
    experiment = record.experiment
    network = f"{words.sizes(experiment.hidden)} {words.activation(experiment.activation)}"
    return f"{network}, learning rate {experiment.learning_rate:g}, L2 {experiment.weight_decay:g}"


def result(group: Sequence[RunRecord]) -> str:
    """Say what came of the runs of an experiment."""
    accuracy = f"test accuracy {fmean(record.test_accuracy or 0.0 for record in group):.2f} %"
    diverged = sum(record.diverged is not None for record in group)
    return f"{accuracy}, {diverged} of {words.counted(len(group), 'run')} diverged" if diverged else accuracy


def data_label(record: RunRecord) -> str:
    """Name the data, and say so where it is not the report's."""
    name = record.dataset.name
    return "Fashion-MNIST" if name == FASHION_MNIST else f"{name}, not Fashion-MNIST"


def letter(record: RunRecord) -> str:
    """Return "(a) " for a figure of several parts, or nothing."""
    match = _FIGURE.match(record.experiment.figure or "")
    return f"({match[2]}) " if match and match[2] else ""


def _draw_panel(axes: Axes, group: Sequence[RunRecord], measure: str, records: Sequence[RunRecord]) -> None:
    """Draw the mean over seeds, a band from the lowest to the highest, and each seed's best weights."""
    for part, color in _PARTS.items():
        curves = _curves(group, part, measure)
        epochs = np.arange(1, curves.shape[1] + 1)
        axes.plot(epochs, _mean(curves), color=color, linewidth=1.2, label=part)
        if len(group) > 1:
            low, high = (np.ma.filled(each(curves, axis=0), np.nan) for each in (np.ma.min, np.ma.max))
            axes.fill_between(epochs, low, high, color=color, alpha=0.25, linewidth=0)
    best = [
        (record.best_epoch, getattr(record.history, f"validation_{measure}")[record.best_epoch - 1])
        for record in group
        if record.best_epoch
    ]
    if best:
        axes.plot(*zip(*best, strict=True), "o", color=INK, markersize=3, alpha=0.7, label="best weights")
    axes.set(xlabel="epoch", xlim=(0, max(record.epochs for record in records) + 1))
    shown_in_report = group[0].experiment.figure is not None
    alike = [each for each in records if (each.experiment.figure is not None) == shown_in_report]
    axes.set(ylabel=_UNITS[measure], ylim=_limits(alike, measure))


def _curves(group: Sequence[RunRecord], part: str, measure: str) -> np.ma.MaskedArray[Any, Any]:
    """Return the values (seeds, epochs), masked where there is none or it is not finite."""
    longest = max(record.epochs for record in group)
    values = np.full((len(group), longest), np.nan)
    for row, record in zip(values, group, strict=True):
        row[: record.epochs] = getattr(record.history, f"{part}_{measure}")
    return np.ma.masked_invalid(values)


def _mean(curves: "np.ma.MaskedArray[Any, Any]") -> FloatArray:
    return np.asarray(np.ma.filled(curves.mean(axis=0), np.nan))


def _limits(records: Sequence[RunRecord], measure: str) -> tuple[float, float]:
    """Return limits that hold all but the wildest hundredth of all curves, and some room."""
    values = np.concatenate(
        [
            np.asarray(getattr(record.history, f"{part}_{measure}"))
            for record in records
            for part in ("training", "validation")
        ]
    )
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return (0.0, 1.0)
    if measure == "loss":
        return 0.0, float(np.percentile(finite, 99)) * 1.1 or 1.0
    low = min(float(np.percentile(finite, 1)), 99.0)
    return max(0.0, low - 0.1 * (100 - low)), min(100.0, float(finite.max()) + 1)
