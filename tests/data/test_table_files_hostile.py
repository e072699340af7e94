"""Files that are no tables, damaged, or made to do harm: a line that says what to do, for little memory."""

import gzip
import os
import struct
import time
import tracemalloc
from pathlib import Path

import pytest

from plainweave.data import load_table, read_table
from refusals import refused

pl = pytest.importorskip("polars")
QUOTES = (
    'expected quotes around whole values, and two where one is meant, as in "5"" pipe". Look for a quote '
    "without end."
)
TOO_LONG = f"field larger than field limit (131072); {QUOTES}"
NUL = (
    "there is a NUL character; expected text. Say its encoding if it is a text, or give a CSV, Parquet or "
    "Feather file."
)
BY_CONTENT = "Give a CSV, Parquet or Feather file."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", " is empty; expected a line of names and rows of values."),
        (b"\n\n", " is empty; expected a line of names and rows of values."),
        (
            b"a,b\n",
            " has a line of names (a, b) and no row; expected at least 1 row of values.",
        ),
        (
            b"a,b\n1,2\n3\n",
            ", line 3: the row has 1 values; expected 2, as the first line has. The delimiter is ',': quote "
            "values that hold it, or say another.",
        ),
        (
            b"a,b\n1,2\n3,4,5\n",
            ", line 3: the row has 3 values; expected 2, as the first line has. The delimiter is ',': quote "
            "values that hold it, or say another.",
        ),
        (
            b"a,b,a\n1,2,3\n",
            ": two columns are called 'a'; expected a name of its own for each. Rename one; or say "
            "header=False where the first line is a row.",
        ),
        (
            b"a,,c\n1,2,3\n",
            ": column 2 has no name in the first line; expected a name for each. Name it; or say "
            "header=False where the first line is a row.",
        ),
        (b",\n1,\n2,\n", " has no column with a name and values; expected at least one."),
        (b'a,b\n1,"x\n2,y\n', f", line 3: unexpected end of data; {QUOTES}"),
        (
            b'a,b\n1,"x\n' + b"2,y\n" * 100_000,
            f", line 32770: field larger than field limit (131072); {QUOTES}",
        ),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", f", line 2: {TOO_LONG}"),
        (b'a,b\n"x"y,2\n', f", line 2: ',' expected after '\"'; {QUOTES}"),
        (b"a,b\n1,x\0y\n", f", line 2: {NUL}"),
        ("a,b\n1,2\n".encode("utf-16-le"), f", line 1: {NUL}"),
        (
            b"\x81\x8d\x8f",
            " is no text in utf-8 or cp1252; expected a CSV file. Say its encoding, or save it as UTF-8.",
        ),
        (
            b"\xff\xfea\0,\0b\0\n",
            " is no text in utf-16; expected a CSV file. Say its encoding, or save it as UTF-8.",
        ),
        (
            b"a,b\n1,inf\n",
            ": column 'b': row 0 has inf; expected finite numbers, and nothing where one is missing.",
        ),
        (
            b"a,b\n1,1e16\n",
            ": column 'b': row 0 has 1e+16; expected at most 1e+15 in size. Leave the column "
            "out, take it as categories, or multiply it by a constant.",
        ),
        (
            b"\x1f\x8bxxxxxxxxxxx",
            " is not a whole gzip file (Unknown compression method). Fetch or copy it again.",
        ),
        (
            gzip.compress(b"a,b\n" + os.urandom(99).hex().encode())[:-20],
            " is not a whole gzip file (Compressed file ended before the end-of-stream marker was reached). "
            "Fetch or copy it again.",
        ),
        (b"PK\x03\x04...", " is a spreadsheet or another zip file; expected a table. Save it as CSV."),
        (b"PARE" + b"x" * 50, " is an encrypted Parquet file; expected a table. Decrypt it first."),
        (
            b"\xff\xff\xff\xff" + b"x" * 50,
            " is an Arrow stream; expected a table. Write a Feather file of it, as DataFrame.write_ipc does.",
        ),
        (
            b"ARROW1\0\0" + b"x" * 50,
            " can't be read as a table (out-of-spec: InvalidFooter). Write or copy it again.",
        ),
    ],
)
def test_contents(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert refused(lambda: read_table(path)) == f"{path}{message}"


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    for name, most in {"MOST_COLUMNS": 3, "MOST_CELLS": 20, "_AT_ONCE": 4, "_MOST_BLANK": 5}.items():
        monkeypatch.setattr(f"plainweave.data.table_files.csv_file.{name}", most)
    path.write_text("a,b,c,d\n1,2,3,4\n")
    assert refused(lambda: read_table(path)) == (
        f"{path} has 4 columns; expected at most 3. Give a table with a row for each example."
    )
    path.write_text("a,b\n" + "1,2\n" * 11)
    assert refused(lambda: read_table(path)) == (
        f"{path} has more than 10 rows of 2 columns; expected at most 20 values. Write it as a Parquet file, "
        "or a part of it."
    )
    path.write_text("a,b\n1,2\n" + "\n" * 6)
    assert refused(lambda: read_table(path)) == f"{path} has more than 5 blank lines. Take them out."
    monkeypatch.setattr("plainweave.data.table_files.csv_file._LONGEST", 100)
    path.write_text("a,b\n1," + "x" * 100)
    assert refused(lambda: read_table(path)) == (
        f"{path}, line 2: a row has more than 100 characters; expected fewer. Look for a quote without end."
    )


def test_a_gzip_bomb(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b'"' + b" " * 10**7))
    assert refused(lambda: read_table(path)) == (
        f"{path}, line 2: a row has more than 8,388,608 characters; expected fewer. Look for a quote "
        "without end."
    )
    path.write_bytes(gzip.compress((b"a,b\n" + b"1," + b"2" * 100_000 + b"\n" * 100) * 200))
    message = refused(lambda: read_table(path))
    assert message.startswith(f"{path} has more than ")
    assert message.endswith(
        " characters when unpacked; expected at most that. Write it as a Parquet file, or a part of it."
    )


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, message in {
        "folder": f" is a folder; expected a file. {BY_CONTENT}",
        "pipe": f" can't be read: it is no plain file. {BY_CONTENT}",
        "loop": f" can't be read: Too many levels of symbolic links. {BY_CONTENT}",
        "nothing": f" is not there. {BY_CONTENT}",
        "x" * 300: f" can't be read: File name too long. {BY_CONTENT}",
    }.items():
        assert refused(lambda name=name: read_table(tmp_path / name)) == f"{tmp_path / name}{message}"  # type: ignore[misc]
    assert refused(lambda: read_table("")) == "path is ''; expected a path, as text or a pathlib.Path."


def test_binary_files_are_told_by_what_they_hold(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, None, 3], "b": ["x", None, ""], "c": [True, False, None]})
    path = tmp_path / "[1]=2.csv"  # no pattern, and no part of a data set
    for write in (frame.write_parquet, frame.write_ipc):
        write(path)
        table = read_table(path)
        assert table.names == ("a", "b", "c")
        assert table.column("b").levels == ("", "x")
        assert table.column("c").levels == ("False", "True")
        assert table.column("a").missing.tolist() == [False, True, False]


def test_columns_that_are_no_numbers_or_text(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    nested = [1]
    for _ in range(40):
        nested = [nested]  # type: ignore[list-item]
    for column in ([[1, 2], [3]], [nested, nested]):
        pl.DataFrame({"a": [1, 2], "b": column}).write_parquet(path)
        assert refused(lambda: read_table(path)) == (
            f"{path}: column 'b' holds lists of values; expected one value in each row. Make a column of "
            "each of its parts, or leave it out."
        )
    pl.DataFrame({"a": [1, 2], "b": [{"c": 1}, {"c": 2}]}).write_parquet(path)
    assert refused(lambda: read_table(path)).startswith(f"{path}: column 'b' holds structs of values; ")
    frame = pl.DataFrame({"a": [1.0, 2, 3, 4], "b": [[1], [2], [], None], "y": ["p", "q"] * 2})
    frame.write_parquet(path)
    assert load_table(path, target="y", test=0.5, ignore=["b"]).train.inputs.shape == (2, 1)
    assert load_table(path, target="y", test=path, ignore=["b"]).test.inputs.shape == (4, 1)
    assert refused(lambda: load_table(path, target="y", ignore=["b", "c"])).startswith(
        f"{path} has no column 'c'"
    )
    pl.DataFrame({"a": [b"x", b"y"]}).write_parquet(path)
    assert refused(lambda: read_table(path)) == (
        f"{path}: column 'a' holds bytes; expected numbers, text, or true and false. Decode them to text, or "
        "leave the column out."
    )
    pl.DataFrame({"a": pl.Series([], dtype=pl.Int64)}).write_parquet(path)
    assert refused(lambda: read_table(path)) == (
        f"{path} has 1 columns and 0 rows; expected at least 1 of each. Give a file with values."
    )


def test_a_parquet_file_of_more_than_memory_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": pl.repeat(1, 10**6, eager=True)}).write_parquet(path)
    monkeypatch.setattr("plainweave.data.table_files.reading.MOST_CELLS", 10**4)
    assert refused(lambda: read_table(path)) == (
        f"{path} has 1,000,000 rows of 1 columns; expected at most 80,000 values and 100,000 columns. Give a "
        "part of it; or train in Python, on what pw.prepare_parquet makes of a Parquet file of any size "
        "(docs/big-data.md)."
    )


def test_damaged_binary_files(tmp_path: Path) -> None:
    path = tmp_path / "x"
    pl.DataFrame({"a": [1, 2, 3]}).write_parquet(path)
    content = path.read_bytes()
    for damaged in (content[:-20], content[:20], content[:-8] + struct.pack("<I", 2**31) + b"PAR1"):
        path.write_bytes(damaged)
        message = refused(lambda: read_table(path))
        assert message.startswith(f"{path} can't be read as a table (")
        assert message.endswith("). Write or copy it again.")


def test_files_that_would_end_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": [1, 2, 3]}).write_parquet(path)
    monkeypatch.setattr("plainweave.data.table_files.reading._TRIAL", "import os; os.abort()")
    assert refused(lambda: read_table(path)) == (
        f"{path} can't be read as a table: it is damaged. Write or copy it again."
    )


def test_panics_are_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": [1, 2, 3]}).write_parquet(path)

    def panic(*_: object, **__: object) -> None:
        raise pl.exceptions.PanicException("index out\nof bounds")

    monkeypatch.setattr("polars.scan_parquet", panic)
    assert refused(lambda: read_table(path)) == (
        f"{path} can't be read as a table (index out of bounds). Write or copy it again."
    )


def test_a_name_of_a_million_digits_costs_no_time(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    names = ",".join("9" * 100_000 + "x" * place for place in range(1, 11))
    path.write_text(f"{names}\n{','.join('1' * 10)}\n")
    before = time.process_time()
    assert read_table(path).shape == (1, 10)
    assert time.process_time() - before < 5  # seconds; of the digits squared it would be minutes


def test_a_long_text_of_many_rows_is_in_memory_once(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    texts = pl.Series("a", ["x" * 10_000, "y"], pl.Categorical)[[0, 1] * 20_000]
    pl.DataFrame({"a": texts, "b": texts.cast(pl.String)}).write_parquet(path)
    tracemalloc.start()
    try:
        table = read_table(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [column.levels for column in table.columns] == [("x" * 10_000, "y")] * 2
    assert table.column("b").values[:4].tolist() == [0, 1, 0, 1]
    assert peak < 2**24, "a text of Python's for each row takes 200 MB"
