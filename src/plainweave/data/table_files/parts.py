"""Which rows of a table are for the test: a share at random, the last ones in time, or whole groups."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from plainweave.arrays import BoolArray, IntArray
from plainweave.data.stratified import by_shares
from plainweave.errors import ConfigurationError, DataError, shown
from plainweave.randomness import test_generator

if TYPE_CHECKING:
    from polars import Series

_RANDOM, _TIME, _GROUP = "random", "time", "group"
_DATE = r"^\d{4}-\d{2}(-\d{2}.*)?$"  # ISO 8601, whose order as text is that in time


@dataclass(frozen=True)
class Order:
    """By what the rows for the test are chosen.

    Attributes:
        way: "random", "time" or "group".
        column: whose times or groups decide; "" for a random choice.
    """

    way: str
    column: str = ""

    @classmethod
    def of(cls, text: object) -> "Order":
        """Return what "random", "time:COLUMN" or "group:COLUMN" means.

        Raises:
            ConfigurationError: it is none of these.
        """
        way, _, column = text.partition(":") if isinstance(text, str) else ("", "", "")
        if (way == _RANDOM and text == _RANDOM) or (way in (_TIME, _GROUP) and column):
            return cls(way, column)
        raise ConfigurationError(
            f"by is {shown(text)}; expected 'random', or 'time:COLUMN' or 'group:COLUMN' with "
            "the name of a column."
        )


def rows_at_random(rows: int, share: float, seed: int, labels: IntArray | None = None) -> BoolArray:
    """Return whether each row is for the test (rows,): a share of all or, with labels (rows,), of each class.

    Raises:
        ConfigurationError: the share would leave a part empty.
    """
    count = round(share * rows)
    if not 0 < count < rows:
        raise _too_small(share, rows)
    shuffled: IntArray = test_generator(seed).permutation(rows)
    if labels is not None:
        shuffled = by_shares(labels[shuffled], count, shuffled)
    return _marked(rows, shuffled[:count])


def rows_by_time(path: Path, times: "Series", share: float) -> BoolArray:
    """Return whether each row is for the test: the share that is last; rows of one time go together.

    Args:
        path: of the file, for messages.
        times: numbers, dates or times, or text as 2019-03-14 (rows,).
        share: of the rows, at least.

    Raises:
        DataError: a time is missing, or none.
        ConfigurationError: all rows would be for the test.
    """
    import polars as pl

    _check_complete(path, times)
    if times.dtype == pl.String:
        wrong = times.filter(~times.str.contains(_DATE))
        if len(wrong):
            raise DataError(
                f"{path}: column {times.name!r} has {wrong[0]!r}; expected numbers, or dates as 2019-03-14, "
                "to order rows by. Write them so, or say by = 'random'."
            )
    elif not (times.dtype.is_numeric() or times.dtype.is_temporal()):
        raise DataError(
            f"{path}: column {times.name!r} has values of type {times.dtype}; expected numbers or dates, to "
            "order rows by. Say by = 'random', or another column."
        )
    ranks = times.rank("dense").to_numpy()
    first = np.sort(ranks)[-max(1, round(share * len(ranks)))]
    chosen: BoolArray = ranks >= first
    if chosen.all():
        raise _too_small(share, len(ranks), f", by the {ranks.max():,} different values of {times.name!r}")
    return chosen


def rows_by_group(path: Path, groups: "Series", share: float, seed: int) -> BoolArray:
    """Return whether each row is for the test: groups at random, until they have that share of the rows.

    Args:
        path: of the file, for messages.
        groups: of any values (rows,).
        share: of the rows, as near as whole groups come.
        seed: of the random order.

    Raises:
        DataError: a row has no group.
        ConfigurationError: there are not two groups.
    """
    _check_complete(path, groups)
    numbers = groups.rank("dense").to_numpy().astype(np.int64) - 1
    sizes = np.bincount(numbers)
    if len(sizes) < 2:
        raise _too_small(share, len(numbers), f", by the one value of {groups.name!r}")
    order = test_generator(seed).permutation(len(sizes))
    reached = np.cumsum(sizes[order])[:-1]
    count = int(np.abs(reached - share * len(numbers)).argmin()) + 1
    chosen: BoolArray = _marked(len(sizes), order[:count])[numbers]
    return chosen


def _marked(count: int, places: IntArray) -> BoolArray:
    marked = np.zeros(count, np.bool_)
    marked[places] = True
    return marked


def _check_complete(path: Path, column: "Series") -> None:
    missing = column.null_count() + (int(column.is_nan().sum()) if column.dtype.is_float() else 0)
    if missing:
        raise DataError(
            f"{path}: column {column.name!r} has no value in {missing:,} rows; expected one in each, to part "
            "rows by. Fill them in, or take those rows out."
        )


def _too_small(share: float, rows: int, by: str = "") -> ConfigurationError:
    return ConfigurationError(
        f"test is {share:g} of {rows:,} rows{by}; expected at least 1 row for the test and 1 to train on."
    )
