"""A column of categories, as a preparation keeps it: a feature for each level."""

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from plainweave.arrays import FloatArray, IntArray
from plainweave.data.tables.column import Column, check_levels, check_name, is_number_text
from plainweave.errors import DataError

_MOST = 10_000  # levels that have a feature
_SHOWN, _LONG = 3, 24  # levels of a description, and characters of one
_WHOLE = re.compile(r"(-?\d+)\.0")  # a whole number as files of floats have it


@dataclass(frozen=True, repr=False)
class CategoryColumn:
    """How categories become features.

    Three levels or more: one-hot, a feature for each level, 1 where the column has it and 0 elsewhere. Two:
    one feature, -1 for the first, 1 for the second, 0 for neither. A level that the training part did not
    have, and a missing one, are neither, and 0 in all. One level: a feature if some of the training part were
    missing, else none.

    Files of other programs write some values otherwise: where the training part did not have a text itself,
    "3.0" is "3", and true, True and TRUE are one, or false.

    Attributes:
        name: of the column.
        levels: the texts of the training part that are a level each, sorted.
        rare: those that together are one more level, the last; sorted.
        missing: how many of the training part were missing.

    Raises:
        DataError: there are more than 10,000 levels, they are not sorted, or one stands twice.
    """

    name: str
    levels: tuple[str, ...]
    rare: tuple[str, ...] = ()
    missing: int = 0

    is_category: ClassVar[bool] = True

    def __repr__(self) -> str:
        _, was, became = self.describe()
        return f"{type(self).__name__}({self.name!r}, {was}; {became})"

    def __post_init__(self) -> None:
        check_name(self.name)
        check_levels(self.name, self.levels)
        check_levels(self.name, self.rare)
        if set(self.levels) & set(self.rare):
            raise DataError(f"column {self.name!r}: a level is rare and is not.")
        if self._width > _MOST:
            raise DataError(
                f"column {self.name!r} has {self._width} levels; expected at most {_MOST}. Leave it out, or "
                "put levels of few examples together by rare=10."
            )

    @classmethod
    def fit(cls, column: Column, rare: int) -> "CategoryColumn":
        """Fit one to the training part's categories.

        Args:
            column: of categories.
            rare: levels of fewer examples are put together.

        Raises:
            DataError: more than 10,000 levels are left.
        """
        levels, codes = column.levels or (), column.values
        counts = np.bincount(codes[codes >= 0], minlength=len(levels)).tolist()
        own = tuple(level for level, count in zip(levels, counts, strict=True) if count >= rare)
        together = tuple(level for level, count in zip(levels, counts, strict=True) if 0 < count < rare)
        return cls(column.name, own, together, int(column.missing.sum()))

    @property
    def _width(self) -> int:
        return len(self.levels) + bool(self.rare)

    @property
    def _is_constant(self) -> bool:
        return self._width + bool(self.missing) < 2

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What its features are called."""
        if self._is_constant or not self._width:
            return ()
        names = [f"{self.name}={level}" for level in self.levels]
        names += [f"{self.name} is rare"] if self.rare else []
        return tuple(names[1:] if self._width == 2 else names)

    @property
    def of_numbers(self) -> bool:
        """Whether a level is the text of a number, so that numbers can be told apart by it."""
        return any(is_number_text(_plain(level)) for level in (*self.levels, *self.rare))

    def fill(self, column: Column, features: FloatArray) -> None:
        """Write a column's features (rows, features) into an array of that shape."""
        places = self.places(column.levels or ())[column.values]
        if self._width == 2:
            features[:, 0] = np.array([-1.0, 1.0, 0.0])[places]
            return
        features[:] = 0
        rows = np.flatnonzero(places >= 0)
        features[rows, places[rows]] = 1

    def places(self, levels: tuple[str, ...]) -> IntArray:
        """Return the place here, or -1, of each level of a table's, and last that of a missing one."""
        known = {level: place for place, level in enumerate(self.levels)}
        known |= dict.fromkeys(self.rare, len(self.levels))
        alike = {_plain(level): place for level, place in reversed(known.items())} | known
        return np.array([*(alike.get(level, alike.get(_plain(level), -1)) for level in levels), -1])

    def describe(self) -> tuple[str, str, str]:
        """Return its name, what it was, and what it became, in words."""
        levels = sorted((*self.levels, *self.rare))
        holes = f", {self.missing} missing" if self.missing else ""
        was = f"categories {_some(levels)} ({len(levels)}){holes}" if levels else f"nothing{holes}"
        if not self.feature_names:
            return self.name, was, "left out, as constant" if levels else "left out"
        rare = f"{len(self.rare)} rare level{'s' * (len(self.rare) > 1)}"
        if self._width == 2:
            first, second = (*map(_short, self.levels), rare)[:2]
            return self.name, was, f"-1 for {first}, 1 for {second}"
        return (
            self.name,
            was,
            f"one-hot: {self._width} features" + (f", the last for {rare}" if self.rare else ""),
        )


def _plain(level: str) -> str:
    """Return the text that stands for a level and for others that programs write in its place."""
    if whole := _WHOLE.fullmatch(level):
        return whole[1]
    return level.capitalize() if level.lower() in ("true", "false") else level


def _some(levels: list[str]) -> str:
    if len(levels) <= _SHOWN:
        return ", ".join(map(_short, levels))
    return ", ".join([*map(_short, levels[: _SHOWN - 1]), "..."])


def _short(level: str) -> str:
    return level if len(level) <= _LONG else f"{level[: _LONG - 3]}..."
