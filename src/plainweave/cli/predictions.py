"""What a network says of examples: classes with their probabilities, or numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.table import Table

from plainweave.arrays import FloatArray
from plainweave.cli.rows import Cell
from plainweave.cli.runs import has_classes
from plainweave.cli.tables import new_table
from plainweave.doing import doing
from plainweave.errors import DataError
from plainweave.evidence.statistics import CONFIDENCE, t_quantile
from plainweave.losses import Quantile
from plainweave.training import Model


@dataclass(frozen=True)
class Predictions:
    """Predictions of some examples.

    Attributes:
        target: what the targets are called; "" for nothing.
        names: of the classes, or of the numbers that are predicted of each example; "" for a single one.
        values: (examples, names), probabilities or numbers; of several networks their mean.
        are_probabilities: whether they are.
        reach: (examples, names), how far the 95 % interval of the mean over networks, Student's t, goes to
            either side of numbers; None of probabilities, and of a single network.
        spread: of the targets, where they were standardized, of which digits count; else 0.
    """

    target: str
    names: tuple[str, ...]
    values: FloatArray
    are_probabilities: bool
    reach: FloatArray | None = None
    spread: float = 0.0

    @classmethod
    @doing("predicting")
    def of(cls, models: Sequence[Model], inputs: object) -> "Predictions":
        """Let a network predict, or several of one experiment together.

        Raises:
            ShapeError, DataError: as of `Model.predict`, or a prediction is not finite.
        """
        model, of_classes = models[0], has_classes(models[0])
        members = np.stack([_values(member, inputs, of_classes) for member in models])
        reach = None
        if len(models) > 1 and not of_classes:
            errors = members.std(axis=0, ddof=1) / np.sqrt(len(models))
            reach = t_quantile(CONFIDENCE, len(models) - 1) * errors
        names = model.class_names or tuple(map(str, range(members.shape[-1])))
        names = names if of_classes else _outputs(model)
        spread = min(model.target_scale.spread) if model.target_scale else 0.0
        return cls(model.target_name, names, members.mean(axis=0), of_classes, reach, spread)

    def best(self, row: int, top: int | None) -> list[tuple[str, float]]:
        """Return names and values of an example: of classes the most probable, first; else all, in order."""
        values = self.values[row]
        order = range(len(values))
        if self.are_probabilities:
            order = np.argsort(-values, kind="stable")[:top].tolist()
        return [(self.names[place], float(values[place])) for place in order]

    def line(self, row: int, top: int) -> str:
        """Return the predictions of an example in a line: "coat 93.12 %, shirt 4.01 %"."""
        best = self.best(row, top)
        if self.are_probabilities:
            return ", ".join(f"{name} {100 * value:.2f} %" for name, value in best)
        reach = self._reach_of(row)
        return ", ".join(
            f"{name} {value:.6g}{end}".lstrip() for (name, value), end in zip(best, reach, strict=True)
        )

    def table(self, row: int, top: int | None) -> Table:
        """Return the predictions of an example as a table."""
        if self.are_probabilities:
            table = new_table(["class"], ["probability (%)"])
        else:
            table = new_table([], ["output", "prediction"])
        for (name, value), reach in zip(self.best(row, top), self._reach_of(row), strict=False):
            shown = f"{100 * value:.2f}" if self.are_probabilities else f"{value:.6g}{reach}"
            table.add_row(name or self.target or "0", shown)
        return table

    def _reach_of(self, row: int) -> list[str]:
        """Return how far each number's interval reaches, " ± 0.12"; nothing where there is none."""
        if self.reach is None:
            return [""] * len(self.names)
        return [f" ± {reach:.2g}" for reach in self.reach[row]]

    def cells(self, row: int, top: int) -> dict[str, Cell]:
        """Return the predictions of an example by the names of their columns.

        These are "predicted" and the target's name; of numbers that of each is behind it, as in
        predicted_price_q0.9, and "_low" and "_high" where they have intervals; of classes "_probability", and
        before that from the second class on its rank.
        """
        stem = f"predicted_{self.target}" if self.target else "predicted"
        best = self.best(row, top)
        cells: dict[str, Cell] = {}
        if not self.are_probabilities:
            for place, (name, value) in enumerate(best):
                called = f"{stem}_{name}" if name else stem
                cells[called] = _rounded(value, self.spread)
                if self.reach is not None:
                    reach = float(self.reach[row, place])
                    cells |= {
                        f"{called}_low": _rounded(value - reach, self.spread),
                        f"{called}_high": _rounded(value + reach, self.spread),
                    }
            return cells
        for rank, (name, value) in enumerate(best, 1):
            ranked = stem if rank == 1 else f"{stem}_{rank}"
            cells |= {ranked: name, f"{ranked}_probability": _rounded(value)}
        return cells


def _values(model: Model, inputs: object, of_classes: bool) -> FloatArray:
    """Return the probabilities or the numbers (examples, names) that a network predicts."""
    with np.errstate(over="ignore", invalid="ignore"):
        results = model.probabilities(inputs) if of_classes else model.predict(inputs)
    values = np.asarray(results, np.float64).reshape(len(results), -1)
    if not np.isfinite(values).all():
        what = "probabilities" if of_classes else "predictions"
        scale = f" (the model's full scale: {model.full_scale:g})" if model.image_shape else ""
        raise DataError(f"the {what} are not finite{scale}. Take another model.")
    return values


def _rounded(value: float, spread: float = 0.0) -> float:
    """Return a number to six digits, for the seventh of float32 may differ with the examples beside it.

    Args:
        value: the number.
        spread: of which it has six digits, where the number is larger.
    """
    more = math.ceil(math.log10(abs(value) / spread)) if spread and abs(value) > spread else 0
    return float(f"{value:.{min(6 + more, 17)}g}")


def _outputs(model: Model) -> tuple[str, ...]:
    """Return the names of the numbers that a network predicts."""
    levels = model.loss.levels if isinstance(model.loss, Quantile) else ()
    targets = model.network.outputs // (len(levels) or 1)
    names = [str(target) for target in range(targets)] if targets > 1 else [""]
    if len(levels) < 2:
        return tuple(names)
    return tuple(f"{name}_q{level:g}".lstrip("_") for name in names for level in levels)
