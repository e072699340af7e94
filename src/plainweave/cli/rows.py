"""Rows of named cells, written as CSV or JSON."""

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from itertools import chain
from pathlib import Path

from plainweave.data.table_files.writing import csv_line
from plainweave.doing import doing
from plainweave.errors import harmless
from plainweave.storage.files import write_where_asked

Cell = str | float | date | time | None


def as_csv(rows: Iterable[Mapping[str, Cell]]) -> Iterator[str]:
    """Return the lines of a CSV file, the first of which names the columns; all rows have the same.

    No text in it is a formula to a spreadsheet: before one that would be stands an apostrophe.
    """
    for number, row in enumerate(rows):
        if not number:
            yield csv_line(row)
        yield csv_line(map(_plain, row.values()))


def as_json(rows: Iterable[Mapping[str, Cell]]) -> Iterator[str]:
    """Return the lines of a JSON list with an object for each row."""
    yield "[\n"
    line = ""
    for row in rows:
        if line:
            yield f"{line},\n"
        plain = {name: _plain(cell) for name, cell in row.items()}
        line = f"  {json.dumps(plain, allow_nan=False)}"
    yield f"{line}\n]\n" if line else "]\n"


def deliver(rows: Iterable[Mapping[str, Cell]], form: str, out: Path | None) -> None:
    """Write rows to standard output as they come, or to a file, whole or not at all; no row to no file.

    A terminal is not shown the control characters of a stranger's text.

    Raises:
        RecordError: the file can't be written.
    """
    if out is None:
        is_shown = sys.stdout.isatty()
        for line in FORMS[form](rows):
            sys.stdout.write("\n".join(map(harmless, line.split("\n"))) if is_shown else line)
        return
    rows = iter(rows)
    for first in rows:
        lines = FORMS[form](chain([first], rows))
        with doing("writing the rows"):
            write_where_asked(out, "".join(lines).encode("utf-8", "replace"))


def _plain(cell: Cell) -> str | float | None:
    """Return a cell as JSON has it: dates as text, whole numbers without a fraction."""
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return None
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    return cell


FORMS = {"csv": as_csv, "json": as_json}
