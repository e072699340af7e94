"""How well a network does."""

from dataclasses import dataclass

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

    @property
    def accuracy(self) -> FloatArray:
        """Percentage of examples whose class is right, of a classifier."""
        return self["accuracy"]
