"""What a search may choose a setting from: numbers between two ends, or a few values."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from plainweave.checks import did_you_mean, flag, number, several, whole_number
from plainweave.errors import ConfigurationError, shown

if TYPE_CHECKING:
    from optuna.trial import Trial

_OF_NUMBERS = ("low", "high", "log", "step", "start")
_OF_CHOICES = ("choices", "start")
_ANY = 1e300  # no setting of a number reaches it
_EXPECTED = "{low = 0.001, high = 1.0, log = true} or {choices = [0.01, 0.1]}"

Plain: TypeAlias = bool | int | float | str | None  # what Optuna keeps as it is


@dataclass(frozen=True)
class Numbers:
    """A number between two ends, both of which it may be.

    Attributes:
        low, high: the ends; whole numbers where the setting is one.
        log: whether it is drawn by its logarithm.
        step: between numbers that it may be; None for 1 of whole numbers, and for any of others.
        whole: whether it is a whole number.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    whole: bool = False

    def suggest(self, trial: "Trial", name: str) -> object:
        """Return what a trial is to try."""
        if self.whole:
            step = int(self.step or 1)
            return trial.suggest_int(name, int(self.low), int(self.high), step=step, log=self.log)
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def plain(self, value: object) -> Plain:
        """Return a value as Optuna keeps it.

        Raises:
            ValueError: the range does not hold it.
        """
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not self.low <= float(str(value)) <= self.high:
            raise ValueError(f"{shown(value)} is not between {self.low:g} and {self.high:g}")
        given = float(str(value))
        steps = (given - self.low) / self.step if self.step else 0.0
        if not math.isclose(steps, round(steps), abs_tol=1e-9):
            raise ValueError(f"{shown(value)} is no multiple of {self.step:g} above {self.low:g}")
        return int(given) if self.whole else given

    def value(self, plain: Plain) -> object:
        """Return the value that Optuna keeps as `plain`."""
        return plain

    @property
    def samples(self) -> tuple[object, ...]:
        """The values by which it is checked."""
        return (self.low, self.high)


@dataclass(frozen=True)
class Choices:
    """One of a few values."""

    values: tuple[object, ...]

    def suggest(self, trial: "Trial", name: str) -> object:
        """Return what a trial is to try."""
        told = [_told(value) for value in self.values]
        return self.values[told.index(trial.suggest_categorical(name, told))]

    def plain(self, value: object) -> Plain:
        """Return a value as Optuna keeps it.

        Raises:
            ValueError: it is none of them.
        """
        told = _told(list(value) if isinstance(value, tuple) else value)
        if told not in [_told(one) for one in self.values]:
            raise ValueError(f"{shown(value)} is none of the choices")
        return told

    def value(self, plain: Plain) -> object:
        """Return the value that Optuna keeps as `plain`."""
        return self.values[[_told(value) for value in self.values].index(plain)]

    @property
    def samples(self) -> tuple[object, ...]:
        """The values by which it is checked."""
        return self.values


Range: TypeAlias = Numbers | Choices


def range_of(name: str, given: Mapping[str, object], kinds: tuple[type, ...]) -> Range:
    """Make a range of what a file says.

    Args:
        name: of the setting.
        given: by name.
        kinds: of values that the setting has.

    Raises:
        ConfigurationError: it says something else than a range, or one that is empty.
    """
    known = _OF_CHOICES if "choices" in given else _OF_NUMBERS
    for key in given:
        if key not in known:
            names = (*_OF_NUMBERS, "choices") if key not in _OF_NUMBERS else known
            raise ConfigurationError(
                f"{name}.{key} is no part of a range; expected {', '.join(known)}, as in {_EXPECTED}."
                f"{did_you_mean(key, names)}"
            )
    if "choices" in given:
        return _choices(name, given["choices"])
    for end in ("low", "high"):
        if end not in given:
            raise ConfigurationError(f"{name}.{end} is missing; expected a range, as in {_EXPECTED}.")
    if bool in kinds or not {int, float} & set(kinds):
        raise ConfigurationError(
            f"{name} is no number, but has low and high; expected choices, as in {{choices = [...]}}."
        )
    return _numbers(name, given, whole=float not in kinds)


def _choices(name: str, given: object) -> Choices:
    values = several(given)
    if not values:
        raise ConfigurationError(f"{name}.choices is {shown(given)}; expected a list of values.")
    told = [_told(value) for value in values]
    for number_, one in enumerate(told):
        if any(type(one) is type(other) and one == other for other in told[:number_]):
            raise ConfigurationError(f"{name}.choices has {shown(values[number_])} twice; expected it once.")
    return Choices(tuple(values))


def _numbers(name: str, given: Mapping[str, object], *, whole: bool) -> Numbers:
    def checked(key: str, at_least: int = 0) -> float:
        if whole:
            return whole_number(f"{name}.{key}", given[key], at_least=at_least)
        return number(f"{name}.{key}", given[key], at_most=_ANY)

    low, high = checked("low"), checked("high")
    log = flag(f"{name}.log", given.get("log", False))
    step = checked("step", at_least=1) if given.get("step") is not None else None
    if not low < high:
        raise ConfigurationError(f"{name} is from {low:g} to {high:g}; expected low to be less than high.")
    if log and (low <= 0 or step is not None):
        what = "step" if step is not None else "a low of 0"
        raise ConfigurationError(f"{name} has {what} with log = true; expected a low above 0, and no step.")
    if step == 0:
        raise ConfigurationError(f"{name}.step is 0; expected a number above 0.")
    return Numbers(low, high, log, step, whole)


def _told(value: object) -> Plain:
    """Return a value as a name of it that Optuna keeps: lists are their JSON."""
    return value if isinstance(value, bool | int | float | str | None) else json.dumps(value)
