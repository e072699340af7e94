"""When a training that has stopped becoming better ends."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.training.best import BestWeights

PatienceSetting = int | None | Sequence[int | None]


@dataclass
class Improvement:
    """The last time that each model became better by more than a small difference.

    Attributes:
        value: what it reached then, the lower the better; of shape () or (models,).
        epoch: at whose end.
    """

    value: FloatArray
    epoch: IntArray

    def update(self, best: BestWeights, min_delta: float) -> None:
        """Take note of best values that are lower by more than `min_delta`."""
        better = best.value < self.value - min_delta
        self.value, self.epoch = (
            np.where(better, best.value, self.value),
            np.where(better, best.epoch, self.epoch),
        )


@dataclass(frozen=True)
class Patience:
    """How long training goes on without becoming better.

    Attributes:
        epochs: without an improvement after which a model stops; None for never; a list has one for each.
        min_delta: what is no improvement: a difference of at most this.
        start: the epoch after which the count begins.
    """

    epochs: PatienceSetting = None
    min_delta: float = 0.0
    start: int = 0

    def left(self, epoch: int, improvement: Improvement) -> float:
        """Return for how many epochs more, after one, a model alone goes on without an improvement."""
        assert not isinstance(self.epochs, Sequence)
        return (self.epochs or np.inf) - (epoch - max(int(improvement.epoch), self.start))

    def allows(self, epoch: int, improvement: Improvement) -> BoolArray:
        """Whether each model may go on after an epoch."""
        limits: FloatArray | float
        if isinstance(self.epochs, Sequence):
            limits = np.array([limit or np.inf for limit in self.epochs])
        else:
            limits = self.epochs or np.inf
        return np.asarray(epoch - np.maximum(improvement.epoch, self.start) < limits)
