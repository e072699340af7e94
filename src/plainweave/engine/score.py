"""How well a network does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.checks import did_you_mean
from plainweave.errors import ConfigurationError, shown


@dataclass(frozen=True)
class Score:
    """How a network, or each of a stack, does on a set of examples.

    `score["accuracy"]` is a metric, and `score["loss"]` the loss.

    Attributes:
        loss: weighted mean of the loss of an example, without penalties, of shape () or (models,).
        metrics: of the loss, by name, of the same shape: "accuracy" in percent, "r2", "absolute error" ...
    """

    loss: FloatArray
    metrics: dict[str, FloatArray]

    def __getitem__(self, name: str) -> FloatArray:
        values = {"loss": self.loss, **self.metrics}
        if name not in values:
            raise ConfigurationError(
                f"a score was asked for {shown(name)}; expected one of {', '.join(values)}."
                + did_you_mean(name, values)
            )
        return values[name]

    def at(self, epoch: int) -> "Score":
        """Return that of one epoch, of a score of several (epochs,)."""
        return Score(self.loss[epoch], {name: values[epoch] for name, values in self.metrics.items()})

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
