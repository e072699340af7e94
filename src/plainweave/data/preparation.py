"""A preparation: what makes an array of features from a table, by what the training part alone tells."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from plainweave.arrays import FloatArray, precision
from plainweave.checks import choice, whole_number
from plainweave.data.prepared import CategoryColumn, NumberColumn, Way
from plainweave.data.table import Column, Table
from plainweave.errors import DataError

NUMBERS = ("none", "standard", "robust", "normal")
MISSING = ("median", "refuse")


@dataclass(frozen=True)
class Preparation:
    """How each column of a table becomes features.

    Attributes:
        columns: of the training part, in its order.
        missing: "median", or "refuse" where a missing number is an error.
    """

    columns: tuple[NumberColumn | CategoryColumn, ...]
    missing: Literal["median", "refuse"] = "median"

    @classmethod
    def fit(
        cls, table: Table, *, numbers: str = "standard", missing: str = "median", rare: int = 1
    ) -> "Preparation":
        """Fit one to the table of the training part."""
        choice("numbers", numbers, NUMBERS)
        choice("missing", missing, MISSING)
        rare = whole_number("rare", rare, at_least=1)
        return cls(tuple(_fit(column, numbers, rare) for column in table.columns))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What the features are called."""
        return tuple(name for column in self.columns for name in column.feature_names)

    @property
    def features(self) -> int:
        """How many features there are."""
        return len(self.feature_names)

    def origin(self, feature: int) -> int:
        """Return the number of the column that a feature comes from."""
        return int(
            np.repeat(np.arange(len(self.columns)), [len(c.feature_names) for c in self.columns])[feature]
        )

    def __call__(self, given: object, dtype: npt.DTypeLike = np.float32) -> FloatArray:
        """Return the features (rows, features) of a table."""
        table = Table.of(given)
        parts = [column.features(table.column(column.name)) for column in self.columns]
        return np.concatenate(parts, axis=1).astype(precision(dtype))

    def describe(self) -> list[tuple[str, str, str]]:
        """Return of each column its name, what it was, and what it became, in words."""
        return [column.description() for column in self.columns]


def _fit(column: Column, numbers: str, rare: int) -> NumberColumn | CategoryColumn:
    column = column.with_levels_used()
    missing = int(column.missing.sum())
    if column.levels is not None:
        return CategoryColumn(column.name, column.levels, missing=missing)
    x = column.values[~column.missing]
    if numbers not in ("none", "standard"):
        raise DataError(f"{numbers} is to come.")
    way: Way = "standard" if numbers == "standard" and x.std() > 0 else "none" if x.std() > 0 else "constant"
    return NumberColumn(
        column.name,
        way,
        float(x.min()),
        float(x.max()),
        missing,
        float(np.median(x)),
        float(x.mean()),
        float(x.std()),
    )
