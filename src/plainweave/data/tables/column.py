"""A column of a table: numbers, or categories, with holes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray, RawArray
from plainweave.checks import put
from plainweave.data.sizes import LARGEST
from plainweave.display import counted
from plainweave.errors import CONTROLS, DataError, ShapeError, shown


@dataclass(frozen=True, repr=False, eq=False)
class Column:
    """A column of a table: numbers, or categories as the numbers of their levels.

    Attributes:
        name: a line of text.
        values: of numbers, float64 (rows,), NaN where one is missing; of categories, int32 (rows,), the
            number of each one's level, -1 where it is missing.
        levels: the texts of categories, sorted; None for numbers.

    Raises:
        ShapeError: the values have more than one dimension.
        DataError: the name or a level is no line of text; the levels are not sorted, or one stands twice; a
            number is infinite or larger than 1e15 in size, or there is no level of a category's number.
    """

    name: str
    values: FloatArray | IntArray
    levels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        values: RawArray = np.asarray(self.values)
        if values.ndim != 1:
            raise ShapeError(f"column {self.name!r} has shape {values.shape}; expected (rows,).")
        if self.levels is None:
            values = values.astype(np.float64, copy=False)
            _check_numbers(self.name, values)
        else:
            check_levels(self.name, self.levels)
            if values.size and not -1 <= values.min() <= values.max() < len(self.levels):
                raise DataError(
                    f"column {self.name!r} has the categories {values.min()} to {values.max()}; expected -1 "
                    f"to {len(self.levels) - 1}, the numbers of its levels."
                )
            values = values.astype(np.int32, copy=False)
        values = values.view()
        values.flags.writeable = False
        put(self, values=values)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"Column({self.name!r}, {counted(len(self), 'row')}, {self.kind})"

    def __getitem__(self, rows: IntArray | BoolArray | slice) -> "Column":
        """Return the column of those rows, with all its levels."""
        return Column(self.name, self.values[rows], self.levels)

    @property
    def kind(self) -> str:
        """What it holds, in words: "numbers", or "2 levels"."""
        return "numbers" if self.levels is None else counted(len(self.levels), "level")

    @property
    def is_category(self) -> bool:
        """Whether it is of categories."""
        return self.levels is not None

    @property
    def missing(self) -> BoolArray:
        """Where a value is missing (rows,)."""
        return np.isnan(self.values) if self.levels is None else self.values < 0

    def to_list(self) -> list[float | str | None]:
        """Return the numbers, or the texts of the categories; None where one is missing."""
        if self.levels is None:
            return [None if number != number else number for number in self.values.tolist()]
        return [None if number < 0 else self.levels[number] for number in self.values.tolist()]

    def as_category(self) -> "Column":
        """Return it as categories: of a number its text is, of a whole one without ".0"."""
        if self.levels is not None:
            return self
        present = ~self.missing
        numbers, places = np.unique(self.values[present], return_inverse=True)
        texts = [number_text(number) for number in numbers.tolist()]
        codes = np.full(len(self), -1, np.int32)
        codes[present] = _ranks(texts)[places]
        return Column(self.name, codes, tuple(sorted(texts)))

    def with_levels_used(self) -> "Column":
        """Return it without the levels that no row has."""
        if self.levels is None:
            return self
        used = np.bincount(self.values[~self.missing], minlength=len(self.levels)) > 0
        if used.all():
            return self
        numbers = np.append(np.cumsum(used) - 1, -1)  # and -1 stays what it is
        levels = tuple(level for level, is_used in zip(self.levels, used, strict=True) if is_used)
        return Column(self.name, numbers[self.values], levels)


def check_name(name: object) -> None:
    """Check that a column's name is a line of text.

    Raises:
        DataError: it is not.
    """
    if not isinstance(name, str):
        raise DataError(
            f"a column's name is {shown(name)}; expected text. "
            "frame.columns = frame.columns.astype(str) makes all names text."
        )
    if CONTROLS.search(name):
        raise DataError(
            f"a column's name is {shown(name)}; expected text without control characters. Rename it."
        )


def check_unique(names: Iterable[str]) -> None:
    """Check that each of the columns' names stands once.

    Raises:
        DataError: one stands twice.
    """
    seen = set()
    for name in names:
        if name in seen:
            raise DataError(f"two columns have the name {name!r}; expected names that differ. Rename one.")
        seen.add(name)


def number_text(number: float) -> str:
    """Return the text of a number as a category: the shortest that gives it back, whole ones without ".0"."""
    return str(int(number)) if number.is_integer() else repr(number)


def is_number_text(text: str) -> bool:
    """Whether a text is the one that a number has as a category."""
    try:
        number = float(text)
    except ValueError:
        return False
    return math.isfinite(number) and number_text(number) == text


def check_levels(name: str, levels: tuple[str, ...]) -> None:
    """Check that a column's levels are lines of text, sorted, each of which stands once.

    Raises:
        DataError: they are not.
    """
    for level in levels:
        if not isinstance(level, str) or CONTROLS.search(level):
            raise DataError(f"column {name!r} has the level {shown(level)}; expected a line of text.")
    if any(low >= high for low, high in pairwise(levels)):
        raise DataError(f"column {name!r}: its levels are not sorted, or one stands twice. Sort them.")


def _check_numbers(name: str, values: RawArray) -> None:
    outside = np.abs(values) > LARGEST
    if outside.any():
        row = int(outside.argmax())
        expected = (
            f"at most {LARGEST:g} in size. Leave the column out, take it as categories, or multiply it by a "
            "constant."
        )
        if np.isinf(values[row]):
            expected = "finite numbers, and nothing where one is missing."
        raise DataError(f"column {name!r}: row {row} has {values[row]:g}; expected {expected}")


def _ranks(texts: list[str]) -> IntArray:
    """Return the place (texts,) of each text among the sorted ones."""
    ranks = np.empty(len(texts), np.int32)
    ranks[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return ranks
