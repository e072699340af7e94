"""The batches of an epoch: their sizes, their weights, and what the losses of their steps come to."""

import warnings

import numpy as np

from plainweave.arrays import FloatArray, IntArray
from plainweave.estimators.objective import Objective


class Batches:
    """Cuts examples into batches, and tells their loss as scikit-learn does.

    Args:
        examples: how many there are.
        batch_size: "auto" for 200; at most all.
        weights: of the examples (examples,), or None.
        objective: what is made small.

    Attributes:
        size: examples of a batch.
        steps: batches of an epoch; the last may be smaller.
        shares: of each batch in the examples (steps,).
        per_trace: what loss and penalty, as the engine has them, are multiplied by (2,).
    """

    def __init__(
        self, examples: int, batch_size: int | str, weights: FloatArray | None, objective: Objective
    ) -> None:
        if isinstance(batch_size, str):
            batch_size = 200
        elif batch_size > examples:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
                stacklevel=1,
            )
        self.size = int(np.clip(batch_size, 1, examples))  # partial_fit does not check it anew
        self._starts = np.arange(0, examples, self.size)
        self.steps = len(self._starts)
        self._counts = np.diff(self._starts, append=examples).astype(np.float64)
        self._weights, self._objective = weights, objective
        self.shares = self._counts / examples
        self.per_trace = np.array([objective.scale, objective.slope])

    def weights(self, orders: IntArray) -> FloatArray:
        """Return the sum of the weights of each batch (epochs, steps), of examples in those orders."""
        if self._weights is None:
            return np.broadcast_to(self._counts, (len(orders), self.steps))
        return np.add.reduceat(self._weights[orders], self._starts, axis=1, dtype=np.float64)

    def told(self, trace: FloatArray, orders: IntArray, weights: FloatArray) -> FloatArray:
        """Return the loss of each epoch: the mean over the batches, by their sizes, with penalties.

        Args:
            trace: loss and penalty of each step (epochs, steps, 2), as the engine has them.
            orders: of the examples (epochs, examples).
            weights: of the batches (epochs, steps).
        """
        objective = self._objective
        losses = trace @ self.per_trace
        if objective.offsets is not None:
            offsets = objective.offsets[orders]
            if self._weights is not None:
                offsets = offsets * self._weights[orders]
            losses += np.add.reduceat(offsets, self._starts, axis=1) / weights
        each: FloatArray = losses[:, np.newaxis] @ self.shares[:, np.newaxis]  # a dot product for each
        return each[:, 0, 0]
