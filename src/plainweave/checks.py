"""Checks of settings at the door. Each returns the value it was given or raises ConfigurationError.

A number may be NumPy's, or an array of no dimension; what is returned is a plain one.
"""

import difflib
import math
import operator
from collections.abc import Iterable, Sequence
from typing import Protocol, SupportsFloat, SupportsIndex, cast

from plainweave.errors import ConfigurationError, shown
from plainweave.other_names import NEAR, PARTS, SETTINGS

_LARGEST = 2**63 - 1  # whole number; what NumPy can count to
_ALIKE = 0.65  # share of its letters that a name has in common with one that is meant


class _Array(Protocol):
    """What is used of an array of NumPy's, or of a library like it."""

    ndim: int

    def item(self) -> object: ...
    def tolist(self) -> list[object]: ...


def did_you_mean(given: object, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest of the known names, or nothing if none is near.

    What the same thing is called in other libraries is nearer than what is only spelled alike.
    """
    names = list(known)
    plain = str(given).lower().replace("_", "-").replace(" ", "-")
    setting = {**SETTINGS, **NEAR}.get(plain, "")
    meant = {PARTS.get(plain), setting, setting.replace("-", "_")}
    spelled = {name.lower(): name for name in names}
    alike = difflib.get_close_matches(str(given).lower(), spelled, n=1, cutoff=_ALIKE)
    near = [name for name in names if name in meant] or [spelled[name] for name in alike]
    return f" Did you mean {near[0]!r}?" if near else ""


def instance(name: str, value: object, kind: type, example: str) -> None:
    """Check that what was given is of a class, and tell by an example how to make one."""
    if isinstance(value, kind):
        return
    what, meant = shown(value) if isinstance(value, str) else _a(type(value)), ""
    if isinstance(value, type):
        what = f"the class {value.__name__}"
        meant = f" Did you mean {value.__name__}(...)?" if issubclass(value, kind) else ""
    raise ConfigurationError(f"{name} is {what}; expected {_a(kind)}, as in {example}.{meant}")


def _a(kind: type) -> str:
    name = kind.__name__
    return name if name == "Examples" else f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}"


def several(value: object) -> list[object] | None:
    """Return a list, a tuple, a range or an array (n,) as a list of its elements; None for anything else."""
    if getattr(value, "ndim", None) == 1 and hasattr(value, "tolist"):
        return cast(_Array, value).tolist()
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else None


def choice(name: str, value: object, allowed: Iterable[str]) -> str:
    """Check that a setting is one of the allowed names."""
    names = list(allowed)
    if isinstance(value, str) and value in names:
        return str(value)
    raise ConfigurationError(
        f"{name} is {shown(value)}; expected one of {', '.join(names)}."
        + (did_you_mean(value, names) if isinstance(value, str) else "")
    )


def whole_number(name: str, value: object, *, at_least: int) -> int:
    """Check that a setting is a whole number of at least `at_least`."""
    plain = _plain(value)
    try:
        number = at_least - 1 if _is_no_number(plain) else operator.index(cast(SupportsIndex, plain))
    except TypeError:
        number = at_least - 1
    if number > _LARGEST:
        raise ConfigurationError(f"{name} is {shown(value)}; expected at most {_LARGEST}.")
    if number >= at_least:
        return number
    raise ConfigurationError(f"{name} is {shown(value)}; expected a whole number of at least {at_least}.")


def number(
    name: str,
    value: object,
    *,
    above: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> float:
    """Check that a setting is a finite number, 0 or more (or more than `above`), and not too large."""
    expected = "a number of at least 0" if above is None else f"a number above {above:g}"
    if below is not None:
        expected += f" and below {below:g}"
    if at_most is not None:
        expected += f" and at most {at_most:g}"
    real = _real(value)
    low_enough = (below is None or real < below) and (at_most is None or real <= at_most)
    high_enough = real >= 0 if above is None else real > above
    if not (math.isfinite(real) and low_enough and high_enough):
        raise ConfigurationError(f"{name} is {shown(value)}; expected {expected}.")
    return real


def flag(name: str, value: object) -> bool:
    """Check that a setting is true or false."""
    plain = _plain(value)
    if isinstance(plain, bool):
        return plain
    raise ConfigurationError(f"{name} is {shown(value)}; expected true or false.")


def put(settings: object, **checked: object) -> None:
    """Put checked values into a frozen dataclass, in the places of those that were given."""
    for name, value in checked.items():
        object.__setattr__(settings, name, value)


def _plain(value: object) -> object:
    """Return the Python number that a NumPy number stands for, and anything else as it is."""
    kind = getattr(getattr(value, "dtype", None), "kind", "O")
    array = cast(_Array, value)
    return array.item() if kind in "biuf" and array.ndim == 0 else value


def _is_no_number(plain: object) -> bool:
    """Whether Python would make a number of what is none: truth, text, dates, arrays of one element."""
    kind = getattr(getattr(plain, "dtype", None), "kind", "f")
    return isinstance(plain, bool | str | bytes) or bool(getattr(plain, "ndim", 0)) or kind != "f"


def _real(value: object) -> float:
    """Return a value as a float; not a number if it is none."""
    plain = _plain(value)
    if _is_no_number(plain):
        return math.nan
    try:
        return float(cast(SupportsFloat, plain))
    except OverflowError:  # a whole number of more than 308 digits
        return math.inf
    except (TypeError, ValueError):
        return math.nan
