"""What training did, epoch by epoch."""

import csv
import io
from dataclasses import dataclass, field, fields

import numpy as np

from plainweave import tree
from plainweave.arrays import BoolArray, FloatArray
from plainweave.checks import whole_number
from plainweave.engine import Score
from plainweave.errors import ConfigurationError


@dataclass
class History:
    """One value for each epoch; with a stack, one for each model, in arrays (models,).

    Losses are mean cross-entropies without the L2 penalty, accuracies are percentages. Training values
    are those of the mini-batches, each scored just before its step; validation values are of the
    weights at the epoch's end.
    """

    training_loss: list[FloatArray] = field(default_factory=list)
    training_accuracy: list[FloatArray] = field(default_factory=list)
    validation_loss: list[FloatArray] = field(default_factory=list)
    validation_accuracy: list[FloatArray] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.validation_loss)

    @property
    def lowest_validation_loss(self) -> float:
        """The lowest finite one of all epochs and models, infinity if there is none."""
        losses = np.asarray(self.validation_loss)
        return float(losses.min(initial=np.inf, where=np.isfinite(losses)))

    def learned(self, classes: int) -> BoolArray:
        """Whether each model (...) ever had a validation loss below log(classes).

        That is the loss of giving every class the same probability; a network that never beats it has
        learned nothing that serves on other examples, even if no loss was infinite.
        """
        better: BoolArray = np.asarray(self.validation_loss) < np.log(classes)
        return np.asarray(better.any(axis=0))

    def append(self, training: Score, validation: Score) -> None:
        """Add an epoch."""
        self.training_loss.append(training.loss)
        self.training_accuracy.append(training.accuracy)
        self.validation_loss.append(validation.loss)
        self.validation_accuracy.append(validation.accuracy)

    def drop_after(self, epochs: int) -> None:
        """Drop what is there, of all values or of some, of later epochs."""
        for column in self._columns():
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
        first = History(*(column[:epochs] for column in self._columns()))
        return tree.member(first, model)

    def copy(self) -> "History":
        """Return a copy that further training leaves alone, with the same values: nobody changes them."""
        return History(*(list(column) for column in self._columns()))

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
        writer.writerow(["epoch", *(column.name for column in fields(self))])
        for epoch, values in enumerate(zip(*self._columns(), strict=True), start=1):
            writer.writerow([epoch, *(repr(float(value)) for value in values)])
        return text.getvalue()

    @classmethod
    def from_csv(cls, text: str) -> "History":
        """Read back what `to_csv` wrote.

        Raises:
            ValueError: the text is something else.
        """
        lines = io.StringIO(text)
        history, names = cls(), ["epoch", *(column.name for column in fields(cls))]
        if next(lines, "").rstrip("\n") != ",".join(names):
            raise ValueError(f"the history does not begin with {','.join(names)}")
        for epoch, line in enumerate(lines, start=1):
            number, *values = line.split(",")
            if number != str(epoch) or len(values) != len(names) - 1:
                raise ValueError(f"line {epoch + 1} of the history is no epoch {epoch} with its values")
            for column, value in zip(history._columns(), values, strict=True):
                column.append(np.asarray(float(value)))
        return history

    def _models(self) -> int:
        """Return how many models a stack's history is of, 0 if it is no stack's or empty."""
        return sum(np.shape(self.validation_loss[0])) if len(self) else 0

    def _columns(self) -> list[list[FloatArray]]:
        return [getattr(self, column.name) for column in fields(self)]
