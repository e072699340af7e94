"""What a field of `Experiment` says of itself, once: help and range, for the command line and the check."""

from dataclasses import dataclass, field
from types import NoneType
from typing import TypeVar, get_args

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
        at_most: the largest whole number; they are at least 1.
    """

    help: str
    choices: tuple[str, ...] = ()
    above: float | None = None
    below: float | None = None
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
        whole = whole_number(name, value, at_least=1)
        if self.at_most is not None and whole > self.at_most:
            raise ConfigurationError(f"{name} is {shown(value)}; expected at most {self.at_most}.")
        return whole


def setting(default: _Value, about: Setting) -> _Value:
    """Return a field of a dataclass with that default; `metadata["setting"]` of it is what it says."""
    return field(default=default, metadata={"setting": about})
