"""Columns of a part's table against those that the training examples have."""

from plainweave.checks import did_you_mean
from plainweave.data.tables.table import Table
from plainweave.errors import DataError


def check_columns(whose: str, part: str, expected: Table | None, given: Table | None) -> None:
    """Check that a part has the columns of the training examples, in any order, each of the same kind.

    Args:
        whose: data set, for messages.
        part: what messages call it, as in "test".
        expected: the inputs of the training examples; None where they are an array.
        given: those of the part.

    Raises:
        DataError: one is a table and the other is not, there is no column of a name, or it has numbers where
            the training examples have categories, or the reverse.
    """
    if expected is None and given is None:
        return
    if expected is None or given is None:
        raise DataError(
            f"{whose}: the inputs of {part} examples are {'an array' if given is None else 'a table'}, and "
            f"those of training examples {'an array' if expected is None else 'a table'}; expected the same. "
            "Give frames for all parts, or arrays."
        )
    names = set(given.names)
    for column in expected.columns:
        if column.name not in names:
            raise DataError(
                f"{whose}: {part} examples have no column {column.name!r}; expected it, for training "
                f"examples have it.{did_you_mean(column.name, given.names)}"
            )
        other = given.column(column.name)
        is_told = not (column.missing.all() or other.missing.all())
        if is_told and other.is_category != column.is_category:
            raise DataError(
                f"{whose}: column {column.name!r} of {part} examples has {_kind(other.is_category)}; "
                f"expected {_kind(column.is_category)}, as training examples have."
            )


def _kind(is_category: bool) -> str:
    return "categories" if is_category else "numbers"
