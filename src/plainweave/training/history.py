"""What training did, epoch by epoch."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from plainweave import tree
from plainweave.arrays import BoolArray, FloatArray
from plainweave.checks import choice, did_you_mean, whole_number
from plainweave.display import MOST_ROWS, Displayed, Rows, counted
from plainweave.elsewhere import Elsewhere
from plainweave.engine import Score
from plainweave.errors import ConfigurationError, shown
from plainweave.losses import score_in_words, scores_in_words
from plainweave.training.frame import frame_of
from plainweave.training.plot import plotted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

_PARTS = ("training", "validation")
_Column = list[FloatArray]


@dataclass(repr=False)
class History(Displayed, Elsewhere):
    """The loss and the metrics of both parts, one value for each epoch; with a stack, arrays (models,).

    Losses are without penalties, accuracies are percentages. Training values are those of the mini-batches,
    each scored just before its step; validation values are of the weights at the epoch's end.

    Attributes:
        training: by name, "loss", "accuracy", "r2" ..., a list of one value for each epoch, () or (models,).
        validation: the same; empty where there is no validation part.
    """

    training: dict[str, _Column] = field(default_factory=dict)
    validation: dict[str, _Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return min(map(len, chain(self.training.values(), self.validation.values())), default=0)

    def _in_words(self) -> str:
        of = f" of {counted(self._models(), 'model')}" if self._models() else ""
        parts = [
            f"{part} {scores_in_words({name: column[-1] for name, column in columns.items()})}"
            for part, columns in (("training", self.training), ("validation", self.validation))
            if columns and len(self)
        ]
        return f"{counted(len(self), 'epoch')}{of}" + (f", the last: {'; '.join(parts)}" if parts else "")

    def _as_rows(self) -> Rows:
        epochs = np.unique(np.linspace(1, len(self), min(len(self), MOST_ROWS)).round().astype(int)).tolist()
        return Rows(
            ["epoch", *(name.replace("_", " ", 1) for name in self.names())],
            [
                [epoch, *(score_in_words(name, column[epoch - 1]) for _, name, column in self._parts())]
                for epoch in epochs
            ],
        )

    @property
    def training_loss(self) -> _Column:
        """The loss of the training part: of each epoch the mean over its examples, () or (models,)."""
        return self.values("training", "loss")

    @property
    def validation_loss(self) -> _Column:
        """The loss of the validation part at the end of each epoch, () or (models,)."""
        return self.values("validation", "loss")

    @property
    def training_accuracy(self) -> _Column:
        """The accuracy of the training part, of each epoch, in percent, () or (models,); of classifiers."""
        return self.values("training", "accuracy")

    @property
    def validation_accuracy(self) -> _Column:
        """The accuracy of the validation part, of each epoch, in percent, () or (models,); of classifiers."""
        return self.values("validation", "accuracy")

    def values(self, part: str, name: str) -> _Column:
        """Return the values of a part, "training" or "validation", by the name of the metric or "loss".

        There is one for each epoch, () or, of a stack, (models,), in the unit of the metric.

        Raises:
            ConfigurationError: there is no such part, or nothing of that name in it.
        """
        columns = self.training if choice("part", part, _PARTS) == "training" else self.validation
        if name not in columns and len(self):
            of_part = f"the history's {part} part"
            raise ConfigurationError(
                f"{of_part} has no {shown(name)}; expected one of {', '.join(columns)}."
                + did_you_mean(name, columns)
                if columns
                else f"{of_part} is empty: there was none to score. Give split a validation_fraction above 0."
            )
        return columns.get(name, [])

    @property
    def lowest_validation_loss(self) -> float:
        """The lowest finite one of all epochs and models, infinity if there is none."""
        losses = np.asarray(self.validation.get("loss", []))
        return float(losses.min(initial=np.inf, where=np.isfinite(losses)))

    def learned(self, blind_loss: float) -> BoolArray:
        """Whether each model (...) ever had a validation loss below that of a network that knows nothing.

        A network that never beats it has learned nothing that serves on other examples, even if no loss was
        infinite. Without a validation part the training loss tells.
        """
        losses = np.asarray((self.validation or self.training).get("loss", []))
        return np.asarray((losses < blind_loss).any(axis=0))

    def append(self, training: Score, validation: Score | None) -> None:
        """Add an epoch.

        Raises:
            ConfigurationError: it has other scores than the epochs before it.
        """
        for column, value in self._places(training, validation):
            column.append(value)

    def extend(self, training: Score, epochs: int, validation: Score | None = None) -> None:
        """Add the first so many of several epochs, of one network, whose scores are (epochs,).

        Raises:
            ConfigurationError: they have other scores than the epochs before them.
        """
        for column, values in self._places(training, validation):
            column.extend(values[:epochs])

    def _places(self, training: Score, validation: Score | None) -> list[tuple[_Column, FloatArray]]:
        """Return the column that each score belongs to."""
        parts = {"training": self.training, "validation": self.validation}
        scores = {
            part: {} if score is None else {"loss": score.loss, **score.metrics}
            for part, score in zip(parts, (training, validation), strict=True)
        }
        has_begun = len(self) > 0
        for part, columns in parts.items():
            if has_begun and columns.keys() != scores[part].keys():
                raise ConfigurationError(
                    f"the history's {part} part has {', '.join(columns) or 'nothing'}, and a new epoch "
                    f"{', '.join(scores[part]) or 'nothing'}; expected the same scores in every epoch. Go on "
                    "with the loss and the parts that training began with."
                )
        return [
            (columns.setdefault(name, []), value)
            for part, columns in parts.items()
            for name, value in scores[part].items()
        ]

    def last(self, part: str) -> dict[str, FloatArray]:
        """Return the last values of a part, "training" or "validation", by name; none of no epoch."""
        columns = self.training if part == "training" else self.validation
        return {name: column[-1] for name, column in columns.items() if column}

    def drop_after(self, epochs: int) -> None:
        """Drop what is there, of all values or of some, of later epochs."""
        for column in self.columns():
            del column[epochs:]

    def member(self, model: int, epochs: int) -> "History":
        """Return the first epochs of one model of a stack.

        Raises:
            ConfigurationError: the history is of no stack, or of fewer models.
        """
        models = self._models()
        if len(self) and whole_number("model", model, at_least=0) >= models:
            raise ConfigurationError(
                f"model is {model}, of a history of {models or 'no stack'}; expected one of a stack's models."
            )
        first = self.copy()
        first.drop_after(epochs)
        return tree.member(first, model)

    def copy(self) -> "History":
        """Return a copy that further training leaves alone, with the same values: nobody changes them."""
        return History(
            *(
                {name: list(column) for name, column in part.items()}
                for part in (self.training, self.validation)
            )
        )

    def names(self) -> list[str]:
        """Return the names of all columns, as a table has them: "training_loss", "validation_r2"."""
        return [f"{part}_{name}" for part, name, _ in self._parts()]

    def table(self) -> FloatArray:
        """Return all values (columns, epochs, ...) in float64, in the order of `names`."""
        return np.array([column for _, _, column in self._parts()], np.float64)

    @classmethod
    def of_table(cls, names: list[str], table: FloatArray) -> "History":
        """Return the history with these columns (columns, epochs).

        Raises:
            ValueError: a name is none of a column's, or stands there twice, or there is no training loss.
        """
        history = cls()
        for name, values in zip(names, table, strict=True):
            part, _, metric = name.partition("_")
            columns = {"training": history.training, "validation": history.validation}.get(part)
            if columns is None or not metric or metric in columns:
                raise ValueError(f"the history has a column {name}")
            columns[metric] = [np.asarray(value) for value in values]
        if "loss" not in history.training or (history.validation and "loss" not in history.validation):
            raise ValueError("the history has no loss")
        return history

    def to_csv(self) -> str:
        """Return the history as text: a line of names, then a line for each epoch, from 1.

        Raises:
            ConfigurationError: the history is of a stack.
        """
        if self._models():
            raise ConfigurationError(
                f"the history is of {self._models()} models; expected that of one. Take one by member()."
            )
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *self.names()])
        for epoch, values in enumerate(zip(*self.columns(), strict=True), start=1):
            writer.writerow([epoch, *(repr(float(value)) for value in values)])
        return text.getvalue()

    def to_frame(self) -> "DataFrame":
        """Return the history as a Polars data frame, a row for each epoch; `to_pandas()` of it makes another.

        Columns are called and measured as those of history.csv: "epoch", from 1, "training_loss",
        "validation_accuracy" in percent. That of a stack has a row for each epoch and model, and a column
        "model", from 0.

        Raises:
            MissingExtraError: Polars, of the extra `tables`, is not installed.
        """
        return frame_of(self.names(), self.table())

    def plot(self) -> "list[Axes]":
        """Draw the history with matplotlib's pyplot: a panel for the loss and one for each metric.

        Lines are the training and the validation part; those of a stack are means over its models, with a
        band from the lowest to the highest. A notebook shows the picture; `axes[0].figure.savefig` keeps it.

        Returns:
            The panels' axes, the loss first.

        Raises:
            ConfigurationError: no epoch has ended.
            MissingExtraError: matplotlib, of the extra `page`, is not installed.
        """
        if not len(self):
            raise ConfigurationError("the history has 0 epochs; expected at least 1 to draw. Train first.")
        return plotted({"training": self.training, "validation": self.validation})

    @classmethod
    def from_csv(cls, text: str) -> "History":
        """Read back what `to_csv` wrote.

        Raises:
            ValueError: the text is something else.
        """
        lines = csv.reader(io.StringIO(text))
        first, *names = next(lines, None) or [""]
        if first != "epoch":
            raise ValueError("the history does not begin with epoch")
        rows = []
        for epoch, (number, *values) in enumerate(filter(None, lines), start=1):
            if number != str(epoch) or len(values) != len(names):
                raise ValueError(f"line {epoch + 1} of the history is no epoch {epoch} with its values")
            rows.append([float(value) for value in values])
        if not names and not rows:
            return cls()
        return cls.of_table(names, np.array(rows, np.float64).reshape(len(rows), len(names)).T)

    def _parts(self) -> Iterator[tuple[str, str, _Column]]:
        for part, columns in zip(_PARTS, (self.training, self.validation), strict=True):
            for name, column in columns.items():
                yield part, name, column

    def _models(self) -> int:
        """How many models the values are of, 0 of no stack."""
        return np.size(self.training_loss[0]) if len(self) and np.ndim(self.training_loss[0]) else 0

    def columns(self) -> list[_Column]:
        """Return the values of all columns, in the order of `names`."""
        return [column for _, _, column in self._parts()]
