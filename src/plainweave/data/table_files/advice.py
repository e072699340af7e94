"""What is odd about the inputs of a table, and said aloud before anything is trained on them."""

from pathlib import Path

from plainweave.data.notes import say
from plainweave.data.tables.table import Table

_MANY = 1000  # categories of a column that are many, whatever the number of rows
_FEW = 50  # that are not, however few the rows


def advise(path: Path, inputs: Table) -> None:
    """Say which columns have so many categories that they tell little, as names, dates and prices with marks.

    Args:
        path: of the file.
        inputs: the columns that are learned from.
    """
    for column in inputs.columns:
        count = len(column.levels or ())
        if count > _MANY or (count > _FEW and 2 * count > len(column)):
            assert column.levels is not None
            say(
                f"{path}: {column.name!r} has {count:,} different texts in {len(column):,} rows, as "
                f"{column.levels[0]!r}. Each becomes a feature, of which little can be learned. Leave the "
                "column out by ignore, or put texts of few rows together by rare."
            )
