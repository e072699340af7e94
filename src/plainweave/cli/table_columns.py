"""What the columns of a table hold, and what a network is given of each, as a table for the terminal."""

import numpy as np
from rich.table import Table

from plainweave.cli.tables import new_table
from plainweave.data import Table as TableOfData
from plainweave.data.tables.category_column import CategoryColumn
from plainweave.data.tables.column import Column
from plainweave.data.tables.number_column import NumberColumn
from plainweave.errors import DataError

_NAMED, _LONGEST = 2, 20  # levels that are named, and characters of one


def columns_of(table: TableOfData) -> Table:
    """Return a row for each column: its values, what they become by default, how many are missing."""
    shown = new_table(["column", "holds", "becomes"], ["missing"])
    for column in table.columns:
        missing = int(column.missing.sum())
        share = f"{missing:,} ({100 * missing / len(table):.1f} %)" if missing else ""
        shown.add_row(column.name, _holds(column), _becomes(column), share)
    return shown


def _holds(column: Column) -> str:
    """Return the range of numbers, or the most frequent categories with their shares."""
    if column.levels is None:
        numbers = column.values[~column.missing]
        if not len(numbers):
            return "nothing"
        return f"{numbers.min():.6g} to {numbers.max():.6g}, median {np.median(numbers):.6g}"
    counts = np.bincount(column.values[~column.missing], minlength=len(column.levels))
    first = np.argsort(-counts, kind="stable")[:_NAMED].tolist()
    total = max(int(counts.sum()), 1)
    named = [f"{_short(column.levels[place])} {100 * counts[place] / total:.0f} %" for place in first]
    more = np.count_nonzero(counts) - len(named)
    return ", ".join([*named, *([f"{more:,} more"] if more > 0 else [])]) or "nothing"


def _becomes(column: Column) -> str:
    try:
        if column.is_category:
            return CategoryColumn.fit(column, 1).describe()[2]
        fitted = NumberColumn.fit(column, "standard")
    except DataError as error:
        return f"refused: {error}"
    if fitted.way != "standard":
        return fitted.describe()[2]
    return "standardized" + "; 1 where missing" * bool(fitted.missing)


def _short(level: str) -> str:
    return level if len(level) <= _LONGEST else f"{level[:_LONGEST]}..."
