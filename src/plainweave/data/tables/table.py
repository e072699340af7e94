"""A table: named columns of numbers and of categories, whatever frame they came from."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self

import numpy as np

from plainweave.arrays import BoolArray, IntArray
from plainweave.checks import did_you_mean, put
from plainweave.data.tables.column import Column, check_unique
from plainweave.data.tables.frames import as_column, is_frame, raw_columns
from plainweave.display import Displayed, Rows, counted, listed
from plainweave.errors import ConfigurationError, DataError, ShapeError, shown


class Digest(Protocol):
    """What is used of a hash of hashlib's."""

    def update(self, data: bytes, /) -> None:
        """Take in some bytes."""


@dataclass(frozen=True, repr=False, eq=False)
class Table(Displayed):
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
            ConfigurationError: `categories` is no list of names.
            DataError: it is none of these; a name is no line of text, or stands twice; a column holds dates,
                times, bytes, lists or values of several kinds, or a number that is infinite or larger than
                1e15 in size; or there is no column of a name in `categories`.
            ShapeError: a column has more rows than another.
            MissingExtraError: it is a data frame, and the extra `tables` is not installed.
        """
        if isinstance(categories, str) or not isinstance(categories, Collection):
            raise ConfigurationError(
                f"categories is {shown(categories)}; expected a list of names of columns, as in ['postcode']."
            )
        unread = unread_columns(given)
        table = cls(tuple(as_column(name, unread[name], name in categories) for name in unread))
        for name in categories:
            table.column(name)  # or say that there is none
        return table

    def __len__(self) -> int:
        return len(self.columns[0])

    def _in_words(self) -> str:
        names = "columns" if len(self.columns) > 1 else "column"
        return f"{counted(len(self), 'row')}, {names} {listed(self.names)}"

    def _as_rows(self) -> Rows:
        return Rows(
            ["column", "holds", "missing"],
            [(column.name, column.kind, f"{column.missing.sum():,}") for column in self.columns],
        )

    def __getitem__(self, rows: IntArray | BoolArray | slice) -> Self:
        """Return the table of those rows."""
        return type(self)(tuple(column[rows] for column in self.columns))

    @cached_property
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
        if name in self._by_name:
            return self._by_name[name]
        raise DataError(
            f"there is no column {shown(name)}; expected one of {', '.join(map(repr, self.names))}."
            + did_you_mean(name, self.names)
        )

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

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

    def to_dict(self) -> dict[str, list[float | str | None]]:
        """Return the columns as lists by name, as frames are made of; None where a value is missing."""
        return {column.name: column.to_list() for column in self.columns}

    def update(self, digest: Digest) -> None:
        """Take names, kinds, levels and values into a hash; levels that no row has make no difference."""
        for column in self.columns:
            used = column.with_levels_used()
            texts = [used.name, "numbers"] if used.levels is None else [used.name, "categories", *used.levels]
            for text in texts:
                digest.update(f"{len(text)}:{text}".encode())
            values = np.where(used.missing, np.nan, used.values) if used.levels is None else used.values
            digest.update(values.astype("<f8" if used.levels is None else "<i4").tobytes())


def unread_columns(given: object) -> Mapping[str, object]:
    """Return the columns, by name, of a table or of what it can be made of, for `as_column`.

    Raises:
        DataError, MissingExtraError: as of `raw_columns`.
    """
    return {c.name: c for c in given.columns} if isinstance(given, Table) else raw_columns(given)


def is_table(given: object) -> bool:
    """Whether it is a `Table` or a data frame, told without importing a library of frames."""
    return isinstance(given, Table) or is_frame(given)
