"""Schedules that fall along half a cosine, once or again and again."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.checks import number, put, whole_number
from plainweave.errors import ConfigurationError
from plainweave.optimizers.schedule import Schedule


@dataclass(frozen=True)
class Cosine(Schedule):
    """From 1 to `lowest` along half a cosine, after a linear rise from 0 if there is a warm-up.

    The cosine is a period of SGDR (Loshchilov and Hutter, 2017).

    With e epochs done: e / warm_up while e < warm_up, then, with x = (e - warm_up) / (epochs - warm_up)::

        lowest + (1 - lowest) * (1 + cos(pi * x)) / 2        (x = 1 from the end on)

    `torch`'s CosineAnnealingLR(T_max=epochs, eta_min=lowest * learning_rate), which falls epoch by epoch;
    optax's warmup_cosine_decay_schedule.

    Args:
        epochs: where it ends, warm-up included; None for the epochs of the training.
        warm_up: epochs, below `epochs`.
        lowest: from 0 to 1.

    Raises:
        ConfigurationError: a setting is out of its range.
    """

    name = "cosine"
    epochs: int | None = None
    warm_up: float = 0.0
    lowest: float = 0.0

    def __post_init__(self) -> None:
        epochs = None if self.epochs is None else whole_number("epochs", self.epochs, at_least=1)
        warm_up = number("warm_up", self.warm_up, below=epochs)
        put(self, epochs=epochs, warm_up=warm_up, lowest=number("lowest", self.lowest, at_most=1))

    @property
    def spans_training(self) -> bool:
        """Whether it ends where training does."""
        return self.epochs is None

    def bound(self, epochs: int) -> Self:
        """Return the schedule that ends with a training of so many epochs, if no end was given.

        Raises:
            ConfigurationError: the warm-up is longer.
        """
        return replace(self, epochs=epochs) if self.epochs is None else self

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """The formula of the class."""
        if self.epochs is None:
            raise ConfigurationError(
                "the cosine has no epochs, and where training ends is not known here. Give epochs, or take "
                "bound(epochs)."
            )
        done = np.minimum((epochs - self.warm_up) / (self.epochs - self.warm_up), 1)
        return _warmed_up(epochs, self.warm_up, _half_a_cosine(done, self.lowest))


@dataclass(frozen=True)
class CosineRestarts(Schedule):
    """From 1 to `lowest` along half a cosine, again and again: SGDR (Loshchilov and Hutter, 2017).

    The first period has `period` epochs, each of the others `growth` times as many as the one before. Within
    one, x being the share of it that is done, the factor is lowest + (1 - lowest) * (1 + cos(pi * x)) / 2.
    A warm-up comes before the first: a linear rise from 0.

    `torch`'s CosineAnnealingWarmRestarts(T_0=period, T_mult=growth, eta_min=lowest * learning_rate).

    Args:
        period: epochs, at least 1.
        growth: a whole number of at least 1.
        warm_up: epochs.
        lowest: from 0 to 1.

    Raises:
        ConfigurationError: a setting is out of its range.
    """

    name = "cosine-restarts"
    period: int
    growth: int = 1
    warm_up: float = 0.0
    lowest: float = 0.0

    def __post_init__(self) -> None:
        put(
            self,
            period=whole_number("period", self.period, at_least=1),
            growth=whole_number("growth", self.growth, at_least=1),
            warm_up=number("warm_up", self.warm_up),
            lowest=number("lowest", self.lowest, at_most=1),
        )

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """The formula of the class."""
        since = np.maximum(epochs - self.warm_up, 0)
        factors = _half_a_cosine(self._done(since), self.lowest)
        return _warmed_up(epochs, self.warm_up, factors)

    def _done(self, epochs: FloatArray) -> FloatArray:
        """Return the shares that are done of the periods in which so many epochs (steps,) fall."""
        if self.growth == 1:
            return epochs % self.period / self.period
        starts, length = [0], self.period
        while starts[-1] + length <= epochs.max():
            starts.append(starts[-1] + length)
            length *= self.growth
        number = np.searchsorted(starts, epochs, side="right") - 1
        done: FloatArray = (epochs - np.array(starts)[number]) / (self.period * self.growth**number)
        return done


def _half_a_cosine(done: FloatArray, lowest: float) -> FloatArray:
    factors: FloatArray = lowest + (1 - lowest) * (1 + np.cos(np.pi * done)) / 2
    return factors


def _warmed_up(epochs: FloatArray, warm_up: float, factors: FloatArray) -> FloatArray:
    """Return the factors, with a linear rise from 0 in the place of those within the warm-up."""
    return np.where(epochs < warm_up, epochs / warm_up, factors) if warm_up else factors
