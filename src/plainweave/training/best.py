"""The weights of the lowest validation loss."""

from collections.abc import Sequence

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.network import Network


class BestWeights:
    """Keeps, for each model, a copy of the weights at the moment they were scored best.

    Only a strictly lower validation loss is better, so of equals the earliest stays. Before the first
    epoch the best weights are the initial ones, of epoch 0 and infinite loss.

    Attributes:
        network: holds the best weights.
        loss: lowest validation loss of each model, of shape () or (models,).
        epoch: at whose end it was reached, of the same shape.
    """

    def __init__(self, network: Network) -> None:
        self.network = network.astype(network.dtype)
        self.loss: FloatArray = np.full(network.stack, np.inf)
        self.epoch: IntArray = np.zeros(network.stack, dtype=int)

    def copy(self) -> "BestWeights":
        """Return a copy that further training leaves alone."""
        return self.of(self.network.astype(self.network.dtype), self.loss.copy(), self.epoch.copy())

    def member(self, model: int) -> "BestWeights":
        """Return what is kept of one model of a stack."""
        return self.of(self.network.member(model), self.loss[model], self.epoch[model])

    @classmethod
    def stacked(cls, several: Sequence["BestWeights"]) -> "BestWeights":
        """Put what is kept of several models together as a stack."""
        return cls.of(
            Network.stacked([each.network for each in several]),
            np.stack([each.loss for each in several]),
            np.stack([each.epoch for each in several]),
        )

    @classmethod
    def of(cls, network: Network, loss: FloatArray, epoch: IntArray) -> "BestWeights":
        """Return best weights that are known already, with their losses and epochs."""
        best = cls.__new__(cls)
        best.network, best.loss, best.epoch = network, loss, epoch
        return best

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
            name: np.where(chosen, current[name], kept) for name, kept in self.network.parameters.items()
        }
        # All at once, so that Ctrl-C finds the old best weights or the new ones, whole.
        self.network, self.loss, self.epoch = (
            self.network.with_parameters(weights),
            np.where(better, validation_loss, self.loss),
            np.where(better, epoch, self.epoch),
        )
