"""Which rows of a table are a part: a share at random, the last ones in time, or whole groups."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from plainweave.arrays import BoolArray, IntArray
from plainweave.data.stratified import by_shares
from plainweave.errors import ConfigurationError, DataError, shown

if TYPE_CHECKING:
    from numpy.random import Generator
    from polars import Series

_RANDOM, _TIME, _GROUP = "random", "time", "group"
# ISO 8601, whose order as text is that in time where all are of one zone and have one mark before the hours.
_DATE = (
    r"^\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])"
    r"([T ]([01]\d|2[0-4]):[0-5]\d(:[0-6]\d([.,]\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?)?$"
)
_ZONE = r"([T ]).*?(Z|[+-]\d{2}(:?\d{2})?)?$"


@dataclass(frozen=True)
class Order:
    """By what the rows of a part are chosen.

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


@dataclass(frozen=True)
class Share:
    """A part of a table's rows that is set apart.

    Attributes:
        part: "test" or "validation", for messages.
        size: of the rows, above 0 and below 1.
        stream: of what is chosen by chance.
    """

    part: str
    size: float
    stream: "Generator"


def rows_at_random(rows: int, share: Share, labels: IntArray | None = None) -> BoolArray:
    """Return whether each row is of the part (rows,): a share of all or, with labels (rows,), of each class.

    Raises:
        ConfigurationError: the share would leave a part empty.
    """
    count = round(share.size * rows)
    if not 0 < count < rows:
        raise _too_small(share, rows)
    shuffled: IntArray = share.stream.permutation(rows)
    if labels is not None:
        shuffled = by_shares(labels[shuffled], count, shuffled)
    return _marked(rows, shuffled[:count])


def rows_by(order: Order, path: Path, column: "Series", share: Share) -> BoolArray:
    """Return whether each row is of the part (rows,), by the times or the groups of a column (rows,).

    Args:
        order: "time" for the last rows, "group" for whole groups.
        path: of the file, for messages.
        column: numbers, dates or times, or text as 2019-03-14; groups are any values.
        share: of the rows: at least that, or as near as whole groups come.

    Raises:
        DataError: a row has no value, or none that can be ordered by time.
        ConfigurationError: the share would leave a part empty.
    """
    missing = column.null_count() + (int(column.is_nan().sum()) if column.dtype.is_float() else 0)
    if missing:
        raise DataError(
            f"{path}: column {column.name!r} has no value in {missing:,} rows; expected one in each, to part "
            "rows by. Fill them in, or take those rows out."
        )
    if order.way == _TIME:
        _check_times(path, column)
    places: IntArray = column.rank("dense").to_numpy().astype(np.int64) - 1
    values = int(places.max()) + 1
    chosen = _last(places, share) if order.way == _TIME else _groups(places, share)
    if chosen.all() or not chosen.any():
        raise _too_small(
            share, len(places), f", by the {values:,} different value{'s' * (values > 1)} of {column.name!r}"
        )
    return chosen


def _check_times(path: Path, times: "Series") -> None:
    import polars as pl

    if times.dtype == pl.String:
        wrong = times.filter(~times.str.contains(_DATE))
        if len(wrong):
            raise DataError(
                f"{path}: column {times.name!r} has {wrong[0]!r}; expected numbers, or dates as 2019-03-14, "
                "to order rows by. Write them so, or say by = 'random'."
            )
        zones = times.str.extract_groups(_ZONE).unique().drop_nulls()
        if len(zones) > 1:
            raise DataError(
                f"{path}: column {times.name!r} has times written in several ways or of several zones, as "
                f"{times[0]!r}; expected one, as in 2019-03-14T08:00:00Z, to order rows by. Write them so."
            )
    elif not (times.dtype.is_numeric() or times.dtype.is_temporal()):
        raise DataError(
            f"{path}: column {times.name!r} has values of type {times.dtype}; expected numbers or dates, to "
            "order rows by. Say by = 'random', or another column."
        )


def _last(times: IntArray, share: Share) -> BoolArray:
    """Return which of ranked times (rows,) are the last; those of one time go together."""
    first = np.sort(times)[-max(1, round(share.size * len(times)))]
    chosen: BoolArray = times >= first
    return chosen


def _groups(groups: IntArray, share: Share) -> BoolArray:
    """Return which rows are of groups taken at random; groups (rows,) are numbered from 0."""
    sizes = np.bincount(groups)
    order = share.stream.permutation(len(sizes))
    reached = np.cumsum(sizes[order])[:-1]  # all of them would be too many
    count = int(np.abs(reached - share.size * len(groups)).argmin()) + 1 if len(reached) else 0
    return _marked(len(sizes), order[:count])[groups]


def _marked(count: int, places: IntArray) -> BoolArray:
    marked = np.zeros(count, np.bool_)
    marked[places] = True
    return marked


def _too_small(share: Share, rows: int, by: str = "") -> ConfigurationError:
    advice = " Give more rows, or another share."
    if by:
        advice = " Name a column of at least 3 different values, for training, validation and test."
    whose = "the test" if share.part == "test" else share.part
    return ConfigurationError(
        f"{share.part} is {share.size:g} of {rows:,} rows{by}; expected at least 1 row for {whose} and 1 to "
        f"train on.{advice}"
    )
