"""How the learning rate changes as training goes on: factors of it, by the epochs done."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.checks import number, whole_number
from plainweave.errors import ConfigurationError
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
    """A function of one's own, called with the epochs done before a step (`torch`'s LambdaLR)."""

    function: ScheduleFunction

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """f(e), for each step alone."""
        return np.array([float(self.function(epoch)) for epoch in epochs.tolist()])


@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate as it is."""

    name = "constant"

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """1."""
        return np.ones(epochs.shape)


@dataclass(frozen=True)
class Step(Schedule):
    """factor ** floor(e / every), e being the epochs done: `torch`'s StepLR(step_size=every, gamma=factor).

    Args:
        every: epochs, at least 1.
        factor: above 0 and at most 1.
    """

    name = "step"
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        _set(self, every=whole_number("every", self.every, at_least=1), factor=_factor(self.factor))

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """The formula of the class."""
        factors: FloatArray = self.factor ** np.floor(epochs / self.every)
        return factors


@dataclass(frozen=True)
class Exponential(Schedule):
    """factor ** e, e being the epochs done: `torch`'s ExponentialLR(gamma=factor), but within epochs too.

    Args:
        factor: of an epoch, above 0 and at most 1.
    """

    name = "exponential"
    factor: float

    def __post_init__(self) -> None:
        _set(self, factor=_factor(self.factor))

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """The formula of the class."""
        factors: FloatArray = self.factor**epochs
        return factors


@dataclass(frozen=True)
class InverseScaling(Schedule):
    """1 / (1 + e) ** power, e being the epochs done.

    scikit-learn's learning_rate="invscaling" with power_t=power has the same formula, but counts examples.

    Args:
        power: at least 0.
    """

    name = "inverse-scaling"
    power: float = 0.5

    def __post_init__(self) -> None:
        _set(self, power=number("power", self.power))

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """The formula of the class."""
        factors: FloatArray = (1 + epochs) ** -self.power
        return factors


@dataclass(frozen=True)
class Cosine(Schedule):
    """From 1 to `lowest` along half a cosine, after a linear rise from 0 if there is a warm-up.

    With e epochs done: e / warm_up while e < warm_up, then, with x = (e - warm_up) / (epochs - warm_up)::

        lowest + (1 - lowest) * (1 + cos(pi * x)) / 2        (x = 1 from the end on)

    `torch`'s CosineAnnealingLR(T_max=epochs, eta_min=lowest * learning_rate), which falls epoch by epoch;
    optax's warmup_cosine_decay_schedule.

    Args:
        epochs: where it ends, warm-up included; None for the epochs of the training.
        warm_up: epochs, below `epochs`.
        lowest: from 0 to 1.
    """

    name = "cosine"
    epochs: int | None = None
    warm_up: float = 0.0
    lowest: float = 0.0

    def __post_init__(self) -> None:
        epochs = None if self.epochs is None else whole_number("epochs", self.epochs, at_least=1)
        warm_up = number("warm_up", self.warm_up, below=epochs)
        _set(self, epochs=epochs, warm_up=warm_up, lowest=number("lowest", self.lowest, at_most=1))

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
    """

    name = "cosine-restarts"
    period: int
    growth: int = 1
    warm_up: float = 0.0
    lowest: float = 0.0

    def __post_init__(self) -> None:
        _set(
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


@dataclass(frozen=True)
class OnPlateau(Schedule):
    """The factor once more for each `patience` epochs in a row whose validation loss was no better.

    A loss is better if it is below the best one by more than `min_delta`. It is the validation losses alone
    that decide, for each model of a stack its own; so a training that goes on needs nothing but its history.

    `torch`'s ReduceLROnPlateau(factor=factor, patience=patience - 1, threshold=min_delta,
    threshold_mode="abs"): there, patience is how many such epochs change nothing.

    Args:
        factor: above 0 and at most 1.
        patience: epochs, at least 1.
        min_delta: in units of the loss, at least 0.
    """

    name = "on-plateau"
    needs_validation = True
    factor: float = 0.1
    patience: int = 10
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        _set(
            self,
            factor=_factor(self.factor),
            patience=whole_number("patience", self.patience, at_least=1),
            min_delta=number("min_delta", self.min_delta),
        )

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """1: without losses nothing has changed yet."""
        return np.ones(epochs.shape)

    def of_epoch(self, epoch: int, steps: int, losses: FloatArray) -> FloatArray:
        """Return the factors (steps,) or (models, steps), the same for all steps of the epoch."""
        factors = self.factor_after(losses[: epoch - 1])
        return np.repeat(factors[..., None], steps, axis=-1)

    def factor_after(self, losses: FloatArray) -> FloatArray:
        """Return the factor () or (models,) after validation losses (epochs,) or (epochs, models)."""
        by_model = losses.reshape(len(losses), -1).T.tolist() if losses.size else []
        factors = np.array([self.factor ** self._times(model) for model in by_model])
        return factors.reshape(losses.shape[1:]) if losses.size else np.ones(losses.shape[1:])

    def _times(self, losses: list[float]) -> int:
        """Return how often patience ended."""
        best, waited, times = np.inf, 0, 0
        for loss in losses:
            if loss < best - self.min_delta:  # NaN is not
                best, waited = loss, 0
            elif waited + 1 == self.patience:
                waited, times = 0, times + 1
            else:
                waited += 1
        return times


def _set(schedule: Schedule, **settings: object) -> None:
    """Put checked settings into a frozen dataclass."""
    for name, value in settings.items():
        object.__setattr__(schedule, name, value)


def _factor(value: float) -> float:
    return number("factor", value, above=0, at_most=1)


def _half_a_cosine(done: FloatArray, lowest: float) -> FloatArray:
    factors: FloatArray = lowest + (1 - lowest) * (1 + np.cos(np.pi * done)) / 2
    return factors


def _warmed_up(epochs: FloatArray, warm_up: float, factors: FloatArray) -> FloatArray:
    """Return the factors, with a linear rise from 0 in the place of those within the warm-up."""
    return np.where(epochs < warm_up, epochs / warm_up, factors) if warm_up else factors
