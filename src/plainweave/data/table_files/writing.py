"""Tables written as CSV files that a spreadsheet may open: no text in them is taken for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from plainweave.data.paths import as_path
from plainweave.data.tables.frames import NO_VALUES
from plainweave.errors import DataError, ShapeError
from plainweave.storage.files import write_where_asked

# What makes a formula of a text that begins with it; the last four are those of East Asian keyboards.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?[\d.,]+([eE][+-]?\d+)?", re.ASCII)


def write_table(path: str | Path, columns: Mapping[str, object]) -> None:
    """Write columns as a CSV file, in UTF-8, with a line of their names first.

    Numbers are written so that they are read back the same, and missing ones (None, NaN) as nothing. Of text,
    names of columns too, that a spreadsheet would take for a formula, a ' is put in front.

    Args:
        path: of the file. One that is there is replaced.
        columns: of each name a list, an array (rows,) or a Series of numbers, truth values or text.

    Raises:
        ConfigurationError: the path is none.
        DataError: there is no column, or one is no list of values.
        ShapeError: they differ in length.
        RecordError: the file can't be written.
    """
    path = as_path("path", path)
    lists = {name: _values(name, column) for name, column in columns.items()}
    if not lists:
        raise DataError(f"{path}: there are no columns to write; expected at least 1.")
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        given = ", ".join(f"{name!r} {length}" for name, length in lengths.items())
        raise ShapeError(f"{path}: the columns have different numbers of rows ({given}); expected the same.")
    lines = [csv_line(map(str, lists)), *map(csv_line, zip(*lists.values(), strict=True))]
    write_where_asked(path, "".join(lines).encode("utf-8", "replace"))


def csv_line(values: Iterable[object]) -> str:
    """Return a line of a CSV file, with its end, of values as `write_table` takes them."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow([_cell(value) for value in values])
    return text.getvalue()


def _harmless(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula, as it does not a number."""
    beginning = text.lstrip(" ")[:1]
    if beginning and beginning in _FORMULA and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _values(name: str, column: object) -> list[object]:
    if isinstance(column, np.ndarray):
        if column.ndim != 1:
            raise ShapeError(f"column {name!r} has shape {column.shape}; expected (rows,).")
        return list(column)
    if isinstance(column, str | bytes) or not isinstance(column, Iterable):
        raise DataError(
            f"column {name!r} is a {type(column).__name__}; expected a list, an array or a Series."
        )
    return list(column)


def _cell(value: object) -> str:
    if value is None or type(value).__name__ in NO_VALUES or value != value:
        return ""
    if isinstance(value, np.generic) and not isinstance(value, np.floating):  # whose own text is the shortest
        value = value.item()
    return str(value) if isinstance(value, int | float | np.floating) else _harmless(str(value))
