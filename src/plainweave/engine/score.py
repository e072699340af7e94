"""How well a network does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import BoolArray, FloatArray
from plainweave.checks import did_you_mean
from plainweave.display import Displayed, Rows
from plainweave.errors import ConfigurationError, shown
from plainweave.losses import score_in_words, scores_in_words


@dataclass(frozen=True, repr=False)
class Score(Displayed):
    """How a network, or each of a stack, does on a set of examples.

    `score["accuracy"]` is a metric, and `score["loss"]` the loss.

    Attributes:
        loss: weighted mean of the loss of an example, without penalties, of shape () or (models,).
        metrics: of the loss, by name, of the same shape: "accuracy" in percent, "r2", "absolute error" ...
    """

    loss: FloatArray
    metrics: dict[str, FloatArray]

    def _in_words(self) -> str:
        return scores_in_words(self.by_name)

    def _as_rows(self) -> Rows:
        return Rows((), [(name, score_in_words(name, value)) for name, value in self.by_name.items()])

    @property
    def by_name(self) -> dict[str, FloatArray]:
        """The loss and the metrics."""
        return {"loss": self.loss, **self.metrics}

    def __getitem__(self, name: str) -> FloatArray:
        values = self.by_name
        if name not in values:
            raise ConfigurationError(
                f"a score was asked for {shown(name)}; expected one of {', '.join(values)}."
                + did_you_mean(name, values)
            )
        return values[name]

    def at(self, epoch: int) -> "Score":
        """Return that of one epoch, of a score of several (epochs,)."""
        return Score(self.loss[epoch], {name: values[epoch] for name, values in self.metrics.items()})

    def only_of(self, chosen: BoolArray, others: Mapping[str, FloatArray]) -> "Score":
        """Return that of chosen models (models,), and for the rest other values by name; NaN without any."""
        kept = {
            name: np.where(chosen, value, others.get(name, np.nan)) for name, value in self.by_name.items()
        }
        return Score(kept.pop("loss"), kept)

    @classmethod
    def of_epochs(cls, scores: Sequence["Score"]) -> "Score":
        """Return those of several epochs as one (epochs, ...)."""
        names = scores[0].metrics
        return cls(
            np.array([score.loss for score in scores]),
            {name: np.array([score.metrics[name] for score in scores]) for name in names},
        )

    @property
    def accuracy(self) -> FloatArray:
        """Percentage of examples whose class is right, of a classifier."""
        return self["accuracy"]
