"""Checks of settings at the door. Each returns the value it was given or raises ConfigurationError."""

import difflib
import math
from collections.abc import Iterable

from plainweave.errors import ConfigurationError, shown

_LARGEST = 2**63 - 1  # whole number; what NumPy can count to


def did_you_mean(given: object, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest of the known names, or nothing if none is near."""
    near = difflib.get_close_matches(str(given).lower(), list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def choice(name: str, value: object, allowed: Iterable[str]) -> str:
    """Check that a setting is one of the allowed names."""
    names = list(allowed)
    if isinstance(value, str) and value in names:
        return value
    raise ConfigurationError(
        f"{name} is {shown(value)}; expected one of {', '.join(names)}."
        + (did_you_mean(value, names) if isinstance(value, str) else "")
    )


def whole_number(name: str, value: object, *, at_least: int) -> int:
    """Check that a setting is a whole number of at least `at_least`."""
    if hasattr(value, "__index__") and not isinstance(value, bool):
        number = int(value.__index__())
        if number > _LARGEST:
            raise ConfigurationError(f"{name} is {shown(value)}; expected at most {_LARGEST}.")
        if number >= at_least:
            return number
    raise ConfigurationError(f"{name} is {shown(value)}; expected a whole number of at least {at_least}.")


def number(name: str, value: object, *, above: float | None = None, below: float | None = None) -> float:
    """Check that a setting is a finite number, 0 or more (or more than `above`), less than `below`."""
    expected = "a number of at least 0" if above is None else f"a number above {above:g}"
    if below is not None:
        expected += f" and below {below:g}"
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise ConfigurationError(f"{name} is {shown(value)}; expected {expected}.")
    try:
        real = float(value)
    except OverflowError:  # a whole number of more than 308 digits
        real = math.inf
    low_enough = below is None or real < below
    high_enough = real >= 0 if above is None else real > above
    if not (math.isfinite(real) and low_enough and high_enough):
        raise ConfigurationError(f"{name} is {shown(value)}; expected {expected}.")
    return real


def flag(name: str, value: object) -> bool:
    """Check that a setting is true or false."""
    if isinstance(value, bool):
        return value
    raise ConfigurationError(f"{name} is {shown(value)}; expected true or false.")
