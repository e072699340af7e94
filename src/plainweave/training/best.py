"""The weights that did best on the validation part."""

from dataclasses import dataclass

import numpy as np

from plainweave import tree
from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.network import Network


@dataclass
class BestWeights:
    """Keeps, for each model, a copy of the weights at the moment they were scored best.

    What chooses is a number that is the better the lower it is: the validation loss, or minus a metric. Only
    a strictly lower one is better, so of equals the earliest stays. Before the first epoch the best weights
    are the initial ones, of epoch 0 and infinity.

    Attributes:
        network: holds the best weights.
        value: lowest number of each model, of shape () or (models,).
        epoch: at whose end it was reached, of the same shape.
    """

    network: Network
    value: FloatArray
    epoch: IntArray

    @classmethod
    def begin(cls, network: Network) -> "BestWeights":
        """Return those before the first epoch."""
        return cls(tree.copied(network), np.full(network.stack, np.inf), np.zeros(network.stack, dtype=int))

    def put(self, numbers: FloatArray, epoch: int, value: float) -> None:
        """Set those of one network to packed numbers, of an epoch."""
        network = tree.copied(self.network)
        tree.unpack(numbers, network.parameters)
        self.network, self.value, self.epoch = network, np.asarray(value), np.asarray(epoch)

    def update(self, network: Network, epoch: int, value: FloatArray, running: BoolArray) -> None:
        """Copy the weights, if finite, of the running models whose value is their lowest yet."""
        better = running & (value < self.value)
        if not better.any():
            return
        current = network.parameters
        # A weight of a unit that is always off may be infinite, and the loss not.
        for array in current.values():
            better &= np.isfinite(array).all(axis=(-2, -1))
        chosen = better[..., np.newaxis, np.newaxis]
        weights = {
            name: np.where(chosen, current[name], best) for name, best in self.network.parameters.items()
        }
        # All at once, so that Ctrl-C finds the old best weights or the new ones, whole.
        self.network, self.value, self.epoch = (
            self.network.with_parameters(weights),
            np.where(better, value, self.value),
            np.where(better, epoch, self.epoch),
        )
