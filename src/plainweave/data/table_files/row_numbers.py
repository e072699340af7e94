"""Columns that count the rows, as many programs write them into a file: no network should learn from them."""

from pathlib import Path

import numpy as np

from plainweave.data.notes import say
from plainweave.data.tables.column import Column
from plainweave.data.tables.table import Table

_FEWEST = 10  # rows: fewer may rise by chance


def say_row_numbers(path: Path, inputs: Table) -> None:
    """Say aloud which columns rise by whole numbers from each row to the next.

    Where a file is sorted, such a column tells what is to be predicted, for its own rows alone.
    """
    for column in inputs.columns:
        if _counts_rows(column):
            say(
                f"{path}: {column.name!r} rises from each row to the next, as the number of a row does, and "
                f'is an input. Say ignore = ["{column.name}"] where it tells nothing about further rows.'
            )


def _counts_rows(column: Column) -> bool:
    values = column.values
    if column.is_category or len(values) < _FEWEST or column.missing.any():
        return False
    return bool((np.diff(values) > 0).all() and (values == np.floor(values)).all())
