"""The work that every side does: networks that are trained, or predict, on the same examples."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """What a turn of a side came to.

    Attributes:
        loss: of the validation part, NaN where the side does not tell it.
        accuracy: of the validation part in percent, NaN where there are no classes.
        seconds: where a side must measure by itself what is asked; None where the whole turn is.
    """

    loss: float = math.nan
    accuracy: float = math.nan
    seconds: float | None = None


@dataclass(frozen=True)
class Work:
    """What is to be done. The defaults are the report's default network on Fashion-MNIST.

    Attributes:
        data: "fashion-mnist", or, made up and without zeros, "classes", "two classes", or "exponentials" of
            matrices of two rows, as in SimpleChains' example.
        features: of an example.
        examples: of the training part, None for all of Fashion-MNIST; more than there are are repeats.
        density: share of the pixels that are not zero, None for the data's own.
        hidden: units of each hidden layer.
        outputs: of the network.
        activation: of the hidden layers.
        scale: whether a layer that scales each feature stands in front.
        optimizer: "sgd", without dampening, which every side can do, or "adam".
        learning_rate, weight_decay, momentum: of the optimizer. A rate of 0.05 is the report's 0.5 with a
            dampening of 0.9, but for the very first step.
        batch_size: examples of a step; where it is all, nothing is shuffled.
        models: networks trained at once.
        epochs: that a turn trains, before its validation.
        threads: of every side.
        rows: that are predicted at once; 0 where the network is trained.
    """

    data: str = "fashion-mnist"
    features: int = 784
    examples: int | None = None
    density: float | None = None
    hidden: tuple[int, ...] = (50, 50)
    outputs: int = 10
    activation: str = "tanh"
    scale: bool = False
    optimizer: str = "sgd"
    learning_rate: float = 0.05
    weight_decay: float = 1e-4
    momentum: float = 0.9
    batch_size: int = 64
    models: int = 1
    epochs: int = 1
    threads: int = 1
    rows: int = 0

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "Work":
        """Build from what JSON holds."""
        return cls(**{**settings, "hidden": tuple(settings["hidden"])})

    def with_adam(self) -> "Work":
        """Return the same work with Adam."""
        return replace(self, optimizer="adam", learning_rate=1e-3)

    @property
    def loss(self) -> str:
        """What is made small: "softmax", "sigmoid" or "squared-error"."""
        return {"exponentials": "squared-error", "two classes": "sigmoid"}.get(self.data, "softmax")

    @property
    def calls(self) -> int:
        """Predictions of a turn."""
        return max(3, 2000 // self.rows)

    @property
    def parts_of_a_turn(self) -> int:
        """By how much the seconds of a turn are divided: epochs of one network, or predictions."""
        return self.calls if self.rows else self.models * self.epochs

    @property
    def weights(self) -> list[int]:
        """Of each layer."""
        return [inputs * outputs for inputs, outputs in pairwise([self.features, *self.hidden, self.outputs])]

    def multiply_adds(self, training: int, validation: int) -> int:
        """Return those of a part of a turn: an epoch and the validation, or a prediction.

        A layer takes one for each weight and example forward, one for the weights' gradient and, but for
        the first layer, one for the gradient that is passed on.
        """
        weights = self.weights
        if self.rows:
            return sum(weights) * self.rows
        return (3 * sum(weights) - weights[0]) * training + sum(weights) * validation // self.epochs
