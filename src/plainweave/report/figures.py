"""The report's figures: losses and accuracies over the epochs, drawn from records."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plainweave.data import FASHION_MNIST
from plainweave.experiments import RunRecord, by_experiment

_FIGURE = re.compile(r"(?:Fig\.|Figure)\s*(\d+)([a-z]?)")
_TRAINING, _VALIDATION, _BEST = "#4477aa", "#cc5533", "#555555"
_STYLE: Any = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "svg.hashsalt": "plainweave",  # the same records give the same file
}


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
        results = "; ".join(
            f"{describe(group[0])}: test accuracy {_mean_accuracy(group):.2f} %" for group in self.groups
        )
        return (
            f"Training and validation loss, and training and validation accuracy, over the epochs. {results}."
        )


def arrange(records: Sequence[RunRecord]) -> list[Panels]:
    """Put experiments with the report's figure number together; any other has a figure of its own."""
    figures: dict[str, list[list[RunRecord]]] = {}
    for group in by_experiment(records):
        match = _FIGURE.match(group[0].experiment.figure or "")
        name = f"figure-{match[1]}" if match else group[0].experiment.id
        figures.setdefault(name, []).append(group)
    return [Panels(name, name.replace("figure-", "Figure "), groups) for name, groups in figures.items()]


def draw(panels: Panels, records: Sequence[RunRecord], folder: Path) -> None:
    """Draw a figure into `folder`, as PNG and as SVG.

    Args:
        panels: what to draw.
        records: all of the report; all its figures share one scale, so that they can be compared.
        folder: is there already.
    """
    rows = len(panels.groups)
    longest = max(record.epochs for record in records)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(8.4, 0.9 + 2.4 * rows), layout="constrained")
        axes = figure.subplots(rows, 2, squeeze=False, sharex=True)
        for group, (loss, accuracy) in zip(panels.groups, axes, strict=True):
            _draw_curves(loss, group, "loss")
            _draw_curves(accuracy, group, "accuracy")
            loss.set(ylabel="mean cross-entropy (nats)", ylim=_limits(records, "loss"))
            accuracy.set(ylabel="accuracy (%)", ylim=_limits(records, "accuracy"))
            loss.set_title(_letter(group[0]) + describe(group[0]), loc="left")
            accuracy.set_title(f"test accuracy {_mean_accuracy(group):.2f} %", loc="left")
        for panel in axes[-1]:
            panel.set(xlabel="epoch", xlim=(0, longest + 1))
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        figure.suptitle(f"{panels.title} ({data_label(records[0])})", fontsize=10)
        figure.savefig(folder / f"{panels.name}.png", dpi=150)
        figure.savefig(folder / f"{panels.name}.svg", metadata={"Date": None})


def describe(record: RunRecord) -> str:
    """Say in a few words which network a record is of."""
    experiment = record.experiment
    activation = experiment.activation
    functions = activation if isinstance(activation, str) else ", ".join(activation)
    sizes = "x".join(map(str, experiment.hidden)) or "no hidden layer"
    return f"{sizes} {functions}, learning rate {experiment.learning_rate:g}, L2 {experiment.weight_decay:g}"


def data_label(record: RunRecord) -> str:
    """Name the data, and say so where it is not the report's."""
    name = record.dataset.name
    return "Fashion-MNIST" if name == FASHION_MNIST else f"{name}, not Fashion-MNIST"


def _letter(record: RunRecord) -> str:
    """Return "(a) " for a figure of several parts, or nothing."""
    match = _FIGURE.match(record.experiment.figure or "")
    return f"({match[2]}) " if match and match[2] else ""


def _draw_curves(axes: Axes, group: Sequence[RunRecord], measure: str) -> None:
    for number, record in enumerate(group):
        epochs = np.arange(1, record.epochs + 1)
        for part, color in (("training", _TRAINING), ("validation", _VALIDATION)):
            values = getattr(record.history, f"{part}_{measure}")
            label = part if number == 0 else None
            axes.plot(epochs, values, color=color, linewidth=1.1, label=label)
        if record.best_epoch:
            label = "best weights" if number == 0 else None
            best = getattr(record.history, f"validation_{measure}")[record.best_epoch - 1]
            axes.plot(record.best_epoch, best, "o", color=_BEST, markersize=4, label=label)


def _limits(records: Sequence[RunRecord], measure: str) -> tuple[float, float]:
    """Return limits that hold all but the wildest hundredth of all curves of the report, and some room."""
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


def _mean_accuracy(group: Sequence[RunRecord]) -> float:
    return sum(record.test_accuracy for record in group) / len(group)
