"""A table: named columns of numbers and of categories, with holes, whatever frame they came from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, Self, cast

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.checks import did_you_mean, put
from plainweave.data.sizes import LARGEST
from plainweave.errors import CONTROLS, DataError, ShapeError, shown

_FRAMES = (
    "__arrow_c_stream__",
    "__dataframe__",
    "__narwhals_dataframe__",
    "__narwhals_lazyframe__",
    "collect",
)


class Digest(Protocol):
    """What is used of a hash of hashlib's."""

    def update(self, data: bytes, /) -> None:
        """Take in some bytes."""


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
        values = cast("FloatArray | IntArray", np.asarray(self.values, self._dtype).view())
        if values.ndim != 1:
            raise ShapeError(f"column {self.name!r} has shape {values.shape}; expected (rows,).")
        if self.levels is None:
            check_numbers(self.name, values)
        else:
            _check_levels(self.name, self.levels)
            if values.size and not -1 <= values.min() <= values.max() < len(self.levels):
                raise DataError(
                    f"column {self.name!r} has the categories {values.min()} to {values.max()}; expected -1 "
                    f"to {len(self.levels) - 1}, the numbers of its levels."
                )
        values.flags.writeable = False
        put(self, values=values)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        kind = "numbers" if self.levels is None else f"{len(self.levels)} levels"
        return f"Column({self.name!r}, {len(self)} rows, {kind})"

    def __getitem__(self, rows: IntArray | BoolArray | slice) -> "Column":
        """Return the column of those rows, with all its levels."""
        return Column(self.name, self.values[rows], self.levels)

    @property
    def _dtype(self) -> type[np.float64 | np.int32]:
        return np.float64 if self.levels is None else np.int32

    @property
    def is_category(self) -> bool:
        """Whether it is of categories."""
        return self.levels is not None

    @property
    def missing(self) -> BoolArray:
        """Where a value is missing (rows,)."""
        return np.isnan(self.values) if self.levels is None else self.values < 0

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


@dataclass(frozen=True, repr=False, eq=False)
class Table:
    """Named columns of as many rows each; it does not change.

    Attributes:
        columns: at least one.

    Raises:
        DataError: there is no column, or two have one name.
        ShapeError: one has more rows than another.
    """

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        put(self, columns=tuple(self.columns))
        if not self.columns:
            raise DataError("the table has no columns; expected at least one.")
        check_unique(self.names)
        first = self.columns[0]
        for column in self.columns:
            if len(column) != len(first):
                raise ShapeError(
                    f"column {column.name!r} has {len(column)} rows, and {first.name!r} has {len(first)}; "
                    "expected as many in each."
                )

    @classmethod
    def of(cls, given: object, *, categories: Collection[str] = ()) -> "Table":
        """Return a table of a data frame, of a mapping of names to columns, or of a table.

        Frames are those of pandas, Polars, PyArrow and all others that narwhals knows; columns of a mapping
        are lists, arrays and Series. Text, true and false, and categories become categories by their text;
        real numbers become numbers. Nulls and NaN are missing; an empty text is a level as others are.
        Control characters in text become spaces. A column of missing values alone is of numbers.

        Args:
            given: as above.
            categories: columns that are of categories although they hold numbers.

        Raises:
            DataError: it is none of these; a name is no line of text, or stands twice; a column holds dates,
                times, bytes, lists or values of several kinds, or a number that is infinite or larger than
                1e15 in size; or there is no column of a name in `categories`.
            ShapeError: a column has more rows than another.
            MissingExtraError: it is a data frame, and the extra `tables` is not installed.
        """
        if isinstance(given, Table):
            table = given
        else:
            from plainweave.data.frames import columns_of

            table = cls(columns_of(given, categories))
        for name in categories:
            table.column(name)
        return cls(tuple(c.as_category() if c.name in categories else c for c in table.columns))

    def __len__(self) -> int:
        return len(self.columns[0])

    def __repr__(self) -> str:
        return f"Table({len(self)} rows, columns {', '.join(self.names)})"

    def __getitem__(self, rows: IntArray | BoolArray | slice) -> Self:
        """Return the table of those rows."""
        return type(self)(tuple(column[rows] for column in self.columns))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and of columns."""
        return len(self), len(self.columns)

    @property
    def ndim(self) -> int:
        """Two: rows and columns."""
        return 2

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises:
            DataError: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(
            f"there is no column {shown(name)}; expected one of {', '.join(map(repr, self.names))}."
            + did_you_mean(name, self.names)
        )

    def select(self, names: Iterable[str]) -> "Table":
        """Return the table of those columns, in that order.

        Raises:
            DataError: there is no column of a name, or no name.
        """
        return Table(tuple(self.column(name) for name in names))

    def without(self, *names: str) -> "Table":
        """Return the table of all other columns.

        Raises:
            DataError: there is no column of a name, or no other.
        """
        left_out = {self.column(name).name for name in names}
        return Table(tuple(column for column in self.columns if column.name not in left_out))

    def update(self, digest: Digest) -> None:
        """Take names, kinds, levels and values into a hash; levels that no row has make no difference."""
        for column in self.columns:
            used = column.with_levels_used()
            texts = [used.name, "numbers"] if used.levels is None else [used.name, "categories", *used.levels]
            for text in texts:
                digest.update(f"{len(text)}:{text}".encode())
            values = np.where(used.missing, np.nan, used.values) if used.levels is None else used.values
            digest.update(values.astype("<f8" if used.levels is None else "<i4").tobytes())


def is_table(given: object) -> bool:
    """Whether it is a `Table` or a data frame, told without importing a library of frames."""
    kind = type(given)
    has_columns = hasattr(kind, "columns") or "columns" in getattr(given, "__dict__", ())
    return isinstance(given, Table) or (has_columns and any(hasattr(kind, name) for name in _FRAMES))


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


def check_unique(names: Collection[str]) -> None:
    """Check that each of the names stands once.

    Raises:
        DataError: one stands twice.
    """
    seen = set()
    for name in names:
        if name in seen:
            raise DataError(f"two columns have the name {name!r}; expected names that differ. Rename one.")
        seen.add(name)


def check_numbers(name: str, values: FloatArray | IntArray) -> None:
    """Check that a column's numbers (rows,) can be computed with; NaN is a missing one.

    Raises:
        DataError: one is infinite or larger than 1e15 in size.
    """
    outside = np.abs(values) > LARGEST
    if outside.any():
        row = int(outside.argmax())
        expected = f"at most {LARGEST:g} in size. Multiply the column by a constant."
        if np.isinf(values[row]):
            expected = "finite numbers, and nothing where one is missing."
        raise DataError(f"column {name!r}: row {row} has {values[row]:g}; expected {expected}")


def number_text(number: float) -> str:
    """Return the text of a number as a category: the shortest that gives it back, whole ones without ".0"."""
    return str(int(number)) if number.is_integer() else repr(number)


def _ranks(texts: list[str]) -> IntArray:
    """Return the place (texts,) of each text among the sorted ones."""
    ranks = np.empty(len(texts), np.int32)
    ranks[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return ranks


def _check_levels(name: str, levels: tuple[str, ...]) -> None:
    for level in levels:
        if not isinstance(level, str) or CONTROLS.search(level):
            raise DataError(f"column {name!r} has the level {shown(level)}; expected a line of text.")
    if any(low >= high for low, high in pairwise(levels)):
        raise DataError(f"column {name!r}: its levels are not sorted, or one stands twice. Sort them.")
