"""What is checked: the loss of one batch as a function of a network's parameters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import BoolArray, Cache, FloatArray, as_dense
from plainweave.data import Examples
from plainweave.errors import ConfigurationError
from plainweave.losses import Loss
from plainweave.network import Network
from plainweave.randomness import Draw

EPOCH = 1  # whose dropout masks are held fixed

Sides = Sequence[BoolArray]  # (..., batch, units or more) of each part that has kinks


@dataclass(frozen=True)
class Objective:
    """The loss of a batch, with its dropout masks held fixed, in float64.

    Attributes:
        loss: of which it is the value.
        examples: the batch, as it was given.
        seed: of dropout.
        x: inputs (batch, features).
        targets: (batch, width).
        weights: (batch,), or None where each example weighs 1.
        draw: decides the masks.
    """

    loss: Loss
    examples: Examples
    seed: int
    x: FloatArray
    targets: FloatArray
    weights: FloatArray | None
    draw: Draw

    @classmethod
    def of(cls, network: Network, loss: Loss, examples: Examples, seed: int) -> "Objective":
        """Return that of examples which fit a network and a loss.

        Raises:
            ConfigurationError: there are none.
            DataError, ShapeError: they do not fit.
        """
        if not len(examples):
            raise ConfigurationError("there are no examples; expected at least 1.")
        double = np.dtype(np.float64)
        return cls(
            loss=loss,
            examples=examples,
            seed=seed,
            x=as_dense(examples.inputs).astype(double),
            targets=loss.encode(examples.targets, network.outputs, double),
            weights=None if examples.weights is None else examples.weights.astype(double),
            draw=Draw.of(seed, EPOCH, np.arange(len(examples))),
        )

    def __call__(self, network: Network) -> tuple[FloatArray, Sides]:
        """Return the loss of each model (...), and on which sides of their kinks all units lie."""
        outputs, caches = self.forward(network)
        sides = [layer.above_kink(cache) for layer, cache in zip(network.layers, caches, strict=True)]
        sides.append(self.loss.above_kink(outputs, self.targets))
        value = self.loss.value(outputs, self.targets, self.weights)
        return value, [side for side in sides if side is not None]

    def forward(self, network: Network) -> tuple[FloatArray, list[Cache]]:
        """Return the network's outputs and what each of its layers keeps.

        Raises:
            ConfigurationError: a `forward` of the user's own keeps something else.
        """
        outputs, caches = network.forward(self.x, self.draw)
        if len(caches) != len(network.layers):
            raise ConfigurationError(
                f"{type(network).__name__}.forward returns {len(caches)} caches; expected "
                f"{len(network.layers)}, one of each layer, for they tell where kinks are."
            )
        return outputs, caches
