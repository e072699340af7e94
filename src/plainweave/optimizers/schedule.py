"""What a schedule is: factors of the learning rate, by the epochs done."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.checks import number
from plainweave.named import Named

ScheduleFunction = Callable[[float], float]  # of the epochs done, a fraction within an epoch, to the factor


class Schedule(ABC, Named):
    """What the learning rate is multiplied by at each step; settings alone.

    One's own is a frozen dataclass with a `__call__`, or a plain function of the epochs done.
    """

    family = "schedule"
    registry: ClassVar[dict[str, type[Named]]] = {}
    needs_validation: ClassVar[bool] = False  # whether it follows the losses of a validation part

    @abstractmethod
    def __call__(self, epochs: FloatArray) -> FloatArray:
        """Return the factors (steps,) of steps before which so many epochs (steps,) were done."""

    def of_epoch(self, epoch: int, steps: int, losses: FloatArray) -> FloatArray:
        """Return the factors of an epoch's steps: (steps,), or (models, steps) where models differ.

        Args:
            epoch: its number, from 1.
            steps: how many it has.
            losses: validation losses of all epochs before it, (epochs,) or (epochs, models).
        """
        return self(epoch - 1 + np.arange(steps) / steps)

    @property
    def spans_training(self) -> bool:
        """Whether it ends where training does, so that a longer training would have been another."""
        return False

    def bound(self, epochs: int) -> Self:
        """Return the schedule of a training of so many epochs."""
        return self

    @classmethod
    def of(cls, given: object) -> "Schedule":
        """Return the schedule that is given as itself, as a text or as a function of the epochs done.

        Raises:
            ConfigurationError: it is none of them.
        """
        if callable(given) and not isinstance(given, Schedule | type):
            return FromFunction(given)
        return cls.named(given)


@dataclass(frozen=True)
class FromFunction(Schedule):
    """A function of one's own, called with the epochs done before a step (`torch`'s LambdaLR).

    Raises:
        ConfigurationError: it returned what is no number of at least 0.
    """

    function: ScheduleFunction

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """f(e), for each step alone."""
        return np.array(
            [
                number(f"the schedule after {epoch:g} epochs", self.function(epoch))
                for epoch in epochs.tolist()
            ]
        )


@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate as it is."""

    name = "constant"

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """1."""
        return np.ones(epochs.shape)


def checked_factor(value: float) -> float:
    """Check by what a schedule multiplies again and again."""
    return number("factor", value, above=0, at_most=1)
