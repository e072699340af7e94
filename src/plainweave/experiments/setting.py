"""What a field of `Experiment` says of itself, once: help and range, for the command line and the check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import TypeVar, cast, get_args

from plainweave.checks import choice, flag, number, whole_number
from plainweave.errors import ConfigurationError, shown

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Setting:
    """One setting of an experiment.

    Attributes:
        help: a line for the command line.
        choices: the names that it may have; none where it is no name of a few.
        above, below: what a number lies strictly between; without `above` it is at least 0.
        at_least, at_most: the smallest and the largest whole number.
    """

    help: str
    choices: tuple[str, ...] = ()
    above: float | None = None
    below: float | None = None
    at_least: int = 1
    at_most: int | None = None

    def checked(self, name: str, value: object, kind: object) -> object:
        """Return a value as a plain one, as JSON has them: it may be NumPy's.

        Args:
            name: of the field.
            value: that was given for it.
            kind: the type of the field: bool, int, float, str, or one of these or None.

        Raises:
            ConfigurationError: it is out of range, or of another kind.
        """
        kinds = get_args(kind) or (kind,)
        if value is None and NoneType in kinds:
            return None
        if self.choices:
            return choice(name, value, self.choices)
        if bool in kinds:
            return flag(name, value)
        if float in kinds:
            return number(name, value, above=self.above, below=self.below)
        whole = whole_number(name, value, at_least=self.at_least)
        if self.at_most is not None and whole > self.at_most:
            raise ConfigurationError(f"{name} is {shown(value)}; expected at most {self.at_most}.")
        return whole


def setting(default: _Value, about: Setting) -> _Value:
    """Return a field of a dataclass with that default; `metadata["setting"]` of it is what it says."""
    return field(default=default, metadata={"setting": about})


def open_setting(kind: type[_Value], about: Setting) -> _Value:
    """Return a field whose default depends on other settings, or on the data: None stands for it."""
    return cast(_Value, field(default=None, metadata={"setting": about}))


def as_numbers_by_name(name: str, given: Mapping[object, object], example: str) -> dict[str, float]:
    """Return numbers by name in alphabetical order: the same settings are the same file.

    Raises:
        ConfigurationError: a name is neither text nor a whole number, or a number is not one of at least 0.
    """
    for key in given:
        if not isinstance(key, str | int) or isinstance(key, bool):
            raise ConfigurationError(f"{name} is {shown(given)}; expected numbers by name, as in {example}.")
    numbers = {str(key): number(f"{name}[{str(key)!r}]", value) for key, value in given.items()}
    return dict(sorted(numbers.items()))
