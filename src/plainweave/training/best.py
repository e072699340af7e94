"""The weights of the lowest validation loss."""

from dataclasses import dataclass

import numpy as np

from plainweave import tree
from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.network import Network


@dataclass
class BestWeights:
    """Keeps, for each model, a copy of the weights at the moment they were scored best.

    Only a strictly lower validation loss is better, so of equals the earliest stays. Before the first
    epoch the best weights are the initial ones, of epoch 0 and infinite loss.

    Attributes:
        network: holds the best weights.
        loss: lowest validation loss of each model, of shape () or (models,).
        epoch: at whose end it was reached, of the same shape.
    """

    network: Network
    loss: FloatArray
    epoch: IntArray

    @classmethod
    def begin(cls, network: Network) -> "BestWeights":
        """Return those before the first epoch."""
        return cls(tree.copied(network), np.full(network.stack, np.inf), np.zeros(network.stack, dtype=int))

    def update(self, network: Network, epoch: int, validation_loss: FloatArray, running: BoolArray) -> None:
        """Copy the weights, if finite, of the running models whose validation loss is their lowest yet."""
        better = running & (validation_loss < self.loss)
        if not better.any():
            return
        current = network.parameters
        # A weight of a unit that is always off may be infinite, and the loss not.
        for value in current.values():
            better &= np.isfinite(value).all(axis=(-2, -1))
        chosen = better[..., np.newaxis, np.newaxis]
        weights = {
            name: np.where(chosen, current[name], best) for name, best in self.network.parameters.items()
        }
        # All at once, so that Ctrl-C finds the old best weights or the new ones, whole.
        self.network, self.loss, self.epoch = (
            self.network.with_parameters(weights),
            np.where(better, validation_loss, self.loss),
            np.where(better, epoch, self.epoch),
        )
