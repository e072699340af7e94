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
        self._shares = self._counts / examples
        self._per_trace = np.array([objective.scale, objective.slope])

    def weights(self, order: IntArray) -> FloatArray:
        """Return the sum of the weights of each batch (steps,), of examples in that order."""
        if self._weights is None:
            return self._counts
        return np.add.reduceat(self._weights[order], self._starts, dtype=np.float64)

    def told(self, trace: FloatArray, order: IntArray, weights: FloatArray) -> float:
        """Return the loss of an epoch: the mean over the batches, by their sizes, with penalties.

        Args:
            trace: loss and penalty of each step (steps, 2), as the engine has them.
            order: of the examples.
            weights: of the batches (steps,).
        """
        objective = self._objective
        losses = trace @ self._per_trace
        if objective.offsets is not None:
            offsets = objective.offsets[order]
            if self._weights is not None:
                offsets = offsets * self._weights[order]
            losses += np.add.reduceat(offsets, self._starts) / weights
        return float(self._shares @ losses)
