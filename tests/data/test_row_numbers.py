"""Columns that count the rows of a file are said aloud."""

from pathlib import Path

import pytest

from plainweave.data import load_table

ROWS = range(20)
COLUMNS = {
    "rownames": list(map(str, ROWS)),
    "staff number": [f"{3 * row + 1000}" for row in ROWS],
    "again": [f"{row // 2}" for row in ROWS],
    "falling": [f"{-row}" for row in ROWS],
    "height": [f"{row + 0.5}" for row in ROWS],
    "holed": ["" if row == 5 else f"{row}" for row in ROWS],
    "name": [f"person {row:02}" for row in ROWS],
}


def written(folder: Path, rows: int) -> Path:
    lines = [",".join([*(column[row] for column in COLUMNS.values()), str(row * 7 % 30)]) for row in ROWS]
    path = folder / "people.csv"
    path.write_text("\n".join([",".join([*COLUMNS, "pay"]), *lines[:rows]]))
    return path


def test_columns_that_count_the_rows_are_said_aloud(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path, len(ROWS))
    inputs = load_table(path, target="pay", task="numbers").train.table
    assert inputs is not None
    assert inputs.names == tuple(COLUMNS)
    assert caplog.messages == [
        f"{path}: {name!r} rises from each row to the next, as the number of a row does, and is an input. "
        f"Leave it out where it tells nothing about further rows: by --ignore {option}, in Python by "
        f"ignore=[{name!r}]."
        for name, option in [("rownames", "rownames"), ("staff number", "'staff number'")]
    ]


def test_nothing_is_said_of_those_that_are_no_inputs_or_of_few_rows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path, len(ROWS))
    load_table(path, target="rownames", task="numbers", by="time:staff number")
    load_table(path, target="pay", task="numbers", ignore=["rownames"], categories=["staff number"])
    load_table(written(tmp_path, 9), target="pay", task="numbers")
    assert caplog.messages == []
