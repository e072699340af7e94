"""Schedules that fall by a formula of the epochs done."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.checks import number, put, whole_number
from plainweave.optimizers.schedule import Schedule, checked_factor


@dataclass(frozen=True)
class Step(Schedule):
    """factor ** floor(e / every), e being the epochs done: `torch`'s StepLR(step_size=every, gamma=factor).

    Args:
        every: epochs, at least 1.
        factor: above 0 and at most 1.

    Raises:
        ConfigurationError: a setting is out of its range.
    """

    name = "step"
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        put(self, every=whole_number("every", self.every, at_least=1), factor=checked_factor(self.factor))

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """The formula of the class."""
        factors: FloatArray = self.factor ** np.floor(epochs / self.every)
        return factors


@dataclass(frozen=True)
class Exponential(Schedule):
    """factor ** e, e being the epochs done: `torch`'s ExponentialLR(gamma=factor), but within epochs too.

    Args:
        factor: of an epoch, above 0 and at most 1.

    Raises:
        ConfigurationError: a setting is out of its range.
    """

    name = "exponential"
    factor: float

    def __post_init__(self) -> None:
        put(self, factor=checked_factor(self.factor))

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

    Raises:
        ConfigurationError: a setting is out of its range.
    """

    name = "inverse-scaling"
    power: float = 0.5

    def __post_init__(self) -> None:
        put(self, power=number("power", self.power))

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """The formula of the class."""
        factors: FloatArray = (1 + epochs) ** -self.power
        return factors
