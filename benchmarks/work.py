"""The work that every side does: one network, or several, trained on the same examples."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import plainweave as pw


@dataclass(frozen=True)
class Work:
    """What is to be trained. The defaults are the report's default network on Fashion-MNIST.

    Attributes:
        hidden: units of each hidden layer.
        batch_size: examples of a step.
        models: networks trained at once.
        examples: of the training part, None for all; more than there are are repeats.
        density: share of the pixels that are not zero, None for the data's own.
        activation: of the hidden layers; only JAX and plainweave take another than tanh.
        learning_rate, weight_decay, momentum: of SGD without dampening, which every side can do. A rate of
            0.05 is the report's 0.5 with a dampening of 0.9, but for the very first step.
    """

    hidden: tuple[int, ...] = (50, 50)
    batch_size: int = 64
    models: int = 1
    examples: int | None = None
    density: float | None = None
    activation: str = "tanh"
    learning_rate: float = 0.05
    weight_decay: float = 1e-4
    momentum: float = 0.9

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "Work":
        """Build from what JSON holds."""
        return cls(**{**settings, "hidden": tuple(settings.get("hidden", (50, 50)))})

    def split(self) -> pw.Split:
        """Load Fashion-MNIST and give it the size and the density asked for."""
        parts = pw.split(pw.load_dataset("fashion-mnist").train, seed=0)
        if self.examples is not None:
            parts = pw.Split(
                parts.training[np.arange(self.examples) % len(parts.training)],
                parts.validation,
                parts.standardizer,
                parts.validation_rows,
            )
        if self.density is not None:
            for number, part in enumerate((parts.training, validation_of(parts))):
                bright = np.random.default_rng(number).random(part.inputs.shape) < self.density
                part.inputs[...] = np.where(bright, np.maximum(part.inputs, 1), 0)
        return parts

    def multiply_adds(self, parts: pw.Split) -> int:
        """Return those of an epoch with its validation, all networks together.

        A layer takes one for each weight and example forward, one for the weights' gradient and, but for
        the first layer, one for the gradient that is passed on.
        """
        sizes: list[int] = [parts.training.inputs.shape[1], *self.hidden, 10]
        weights = [inputs * outputs for inputs, outputs in pairwise(sizes)]
        training = 3 * sum(weights) - weights[0]
        return self.models * (training * len(parts.training) + sum(weights) * len(validation_of(parts)))


def validation_of(parts: pw.Split) -> pw.Examples:
    """Return the validation part, which all splits here have."""
    assert parts.validation is not None
    return parts.validation
