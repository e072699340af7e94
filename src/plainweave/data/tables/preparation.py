"""A preparation: features from the columns of a table, by what the training part alone tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from plainweave.arrays import FloatArray, IntArray, precision
from plainweave.checks import choice, did_you_mean, whole_number
from plainweave.data.memory import memory
from plainweave.data.tables.category_column import CategoryColumn
from plainweave.data.tables.column import Column, check_unique
from plainweave.data.tables.frames import as_column
from plainweave.data.tables.number_column import NumberColumn, Way
from plainweave.data.tables.table import Table, unread_columns
from plainweave.display import Displayed, Rows, counted, listed
from plainweave.errors import DataError

NUMBERS = ("none", "standard", "robust", "normal")
MISSING = ("median", "refuse")


@dataclass(frozen=True, repr=False)
class Preparation(Displayed):
    """How the columns of a table become features, side by side in the order of the columns.

    It is made of plain numbers and texts, so that a file of it holds no code, and gives the same bytes as it
    did wherever it is read: features of a row depend on that row alone.

    Attributes:
        columns: those of the training part.
        missing: "refuse" where a missing number is an error, or "median".

    Raises:
        DataError: two columns have one name, or none has a feature.
    """

    columns: tuple[NumberColumn | CategoryColumn, ...]
    missing: Literal["median", "refuse"] = "median"

    def __post_init__(self) -> None:
        check_unique([column.name for column in self.columns])
        if not self.features:
            raise DataError(
                "no column of the table varies; expected one that does, as rows that are alike teach nothing."
            )

    def _in_words(self) -> str:
        columns = listed(column.name for column in self.columns)
        missing = "" if self.missing == "median" else f", missing={self.missing!r}"
        return f"{counted(self.features, 'feature')} from {columns}{missing}"

    def _as_rows(self) -> Rows:
        return Rows(["column", "holds", "becomes"], self.describe())

    @classmethod
    def fit(
        cls, table: object, *, numbers: str = "standard", missing: str = "median", rare: int = 1
    ) -> "Preparation":
        """Fit one to the table of the training part; all rows count the same, whatever their weights.

        Args:
            table: a `Table`, or what it can be made of.
            numbers: what becomes of numbers, see `NumberColumn`: "none", "standard", "robust" or "normal".
            missing: what becomes of missing numbers: the "median", and a feature that says so where some of
                the training part were missing; or "refuse" for an error.
            rare: levels of fewer training examples are put together as one, see `CategoryColumn`.

        Raises:
            ConfigurationError: a setting is none of these.
            DataError: the table has no rows, it can't be read, no column of it varies, a column of numbers
                varies by less than 1e-15, one of categories has more than 10,000 levels, or a number is
                missing that should not be.
        """
        way = cast(Way, choice("numbers", numbers, NUMBERS))
        kind = cast(Literal["median", "refuse"], choice("missing", missing, MISSING))
        rare = whole_number("rare", rare, at_least=1)
        table = Table.of(table)
        if not len(table):
            raise DataError("the table has 0 rows; expected at least 1 to fit a preparation to.")
        if kind == "refuse":
            for column in table.columns:
                _refuse_missing(column)
        with np.errstate(under="ignore"):  # of tiny numbers what is lost is nothing
            return cls(tuple(_fit(column, way, rare) for column in table.columns), kind)

    def __call__(self, given: object, dtype: npt.DTypeLike = np.float32) -> FloatArray:
        """Return the features (rows, features) of a table, of float32 or float64.

        Columns are found by their names, in whichever order they stand. Those that have no feature are not
        looked at, nor are further ones.

        Args:
            given: a `Table`, or what it can be made of.
            dtype: of the features.

        Raises:
            ConfigurationError: dtype is neither float32 nor float64.
            DataError: a column is missing, can't be read, or has text for numbers or numbers for text; a
                number is missing that should not be; or the features would take more than half the memory.
            ShapeError: a column has more rows than another.
        """
        precise = precision(dtype)
        unread = unread_columns(given)
        used = [column for column in self.columns if column.feature_names]
        _check_names([column.name for column in used], unread)
        table = Table(tuple(_matched(column, unread[column.name]) for column in used))
        features = self._empty(len(table), precise)
        end = 0
        for column, values in zip(used, table.columns, strict=True):
            if self.missing == "refuse":
                _refuse_missing(values)
            start, end = end, end + len(column.feature_names)
            with np.errstate(under="ignore"):
                column.fill(values, features[:, start:end])
        return features

    def _empty(self, rows: int, dtype: np.dtype[np.floating]) -> FloatArray:
        """Return an array for the features of so many rows, if there is memory for it."""
        size = rows * self.features * dtype.itemsize
        if size <= memory() // 2:
            return np.empty((rows, self.features), dtype)
        widest = sorted(self.columns, key=lambda column: -len(column.feature_names))[:2]
        most = " and ".join(f"{len(column.feature_names):,} of {column.name!r}" for column in widest)
        raise DataError(
            f"{self.features:,} features of {rows:,} rows take {size / 2**30:.1f} GiB; expected at most half "
            f"of the memory, {memory() / 2**31:.1f} GiB. Most features are {most}: leave such columns out, "
            "put rare categories together by rare, or give fewer rows."
        )

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """What the features are called, after their columns."""
        return tuple(name for column in self.columns for name in column.feature_names)

    @property
    def features(self) -> int:
        """How many features there are."""
        return len(self.feature_names)

    def origin(self, feature: int) -> int:
        """Return which of the columns a feature comes from, counted from 0."""
        return int(self._origins[feature])

    @cached_property
    def _origins(self) -> IntArray:
        widths = [len(column.feature_names) for column in self.columns]
        return np.repeat(np.arange(len(widths)), widths)

    def describe(self) -> list[tuple[str, str, str]]:
        """Return of each column its name, what it was, and what it became, in words."""
        return [column.describe() for column in self.columns]


def _fit(column: Column, way: Way, rare: int) -> NumberColumn | CategoryColumn:
    if column.is_category:
        return CategoryColumn.fit(column, rare)
    return NumberColumn.fit(column, way)


def _check_names(wanted: list[str], given: Mapping[str, object]) -> None:
    lacking = [name for name in wanted if name not in given]
    if not lacking:
        return
    others = [name for name in given if name not in wanted]
    hints = [f" Of {name!r}:{hint}" for name in lacking if (hint := did_you_mean(name, others))]
    raise DataError(
        f"the table lacks the column{'s' * (len(lacking) > 1)} {', '.join(map(repr, lacking))}; expected "
        f"{', '.join(map(repr, wanted))}, as in training.{''.join(hints)}"
    )


def _matched(column: NumberColumn | CategoryColumn, unread: object) -> Column:
    """Return a column of a table as one of the kind that it was in training."""
    given = as_column(column.name, unread, isinstance(column, CategoryColumn) and column.of_numbers)
    if given.is_category == column.is_category:
        return given
    if not given.missing.all():
        raise _other_kind(column, given)
    if column.is_category:
        return Column(column.name, np.full(len(given), -1, np.int32), ())
    return Column(column.name, np.full(len(given), np.nan))


def _other_kind(column: NumberColumn | CategoryColumn, given: Column) -> DataError:
    row = int((~given.missing).argmax())
    value = given.values[row]
    if isinstance(column, CategoryColumn):
        known = " or ".join(map(repr, sorted((*column.levels, *column.rare))[:2]))
        return DataError(
            f"column {column.name!r}: row {row} has the number {value:g}; expected text, as {known} in "
            "training."
        )
    text = (given.levels or ())[int(value)]
    return DataError(
        f"column {column.name!r}: row {row} has the text {text!r}; expected numbers, as {column.low:g} to "
        f"{column.high:g} in training. Make numbers of its text."
    )


def _refuse_missing(column: Column) -> None:
    if not column.is_category and column.missing.any():
        raise DataError(
            f"column {column.name!r} has no number in {np.count_nonzero(column.missing):,} of "
            f"{len(column):,} rows; expected one in each, as missing='refuse' was set. Fill them in, or "
            "leave these rows out."
        )
