"""What is odd about the inputs of a table, and said aloud before anything is trained on them."""

import shlex
from pathlib import Path

import numpy as np

from plainweave.data.notes import say
from plainweave.data.tables.column import Column
from plainweave.data.tables.table import Table

_MANY = 1000  # categories of a column that are many, whatever the number of rows
_FEW = 50  # that are not, however few the rows
_FEWEST = 10  # rows: fewer may rise by chance


def advise(path: Path, inputs: Table) -> None:
    """Say which columns rise as the number of a row does, and which have nearly as many texts as rows.

    Where a file is sorted, the first tell what is to be predicted, for its own rows alone. The others are
    names, dates or prices with marks, of which little can be learned.

    Args:
        path: of the file.
        inputs: the columns that are learned from.
    """
    for column in inputs.columns:
        count = len(column.levels or ())
        if _counts_rows(column):
            say(
                f"{path}: {column.name!r} rises from each row to the next, as the number of a row does, and "
                "is an input. Leave it out where it tells nothing about further rows: by --ignore "
                f"{shlex.quote(column.name)}, in Python by ignore=[{column.name!r}]."
            )
        elif column.levels and count > (_FEW if 2 * count > len(column) else _MANY):
            say(
                f"{path}: {column.name!r} has {count:,} different texts in {len(column):,} rows, as "
                f"{column.levels[0]!r}. Each becomes a feature, of which little can be learned. Leave the "
                "column out by ignore, or put texts of few rows together by rare."
            )


def _counts_rows(column: Column) -> bool:
    """Whether whole numbers rise from each row to the next."""
    values = column.values
    if column.is_category or len(values) < _FEWEST or column.missing.any():
        return False
    return bool((np.diff(values) > 0).all() and (values == np.floor(values)).all())
