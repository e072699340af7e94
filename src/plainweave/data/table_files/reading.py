"""Tables on disk: CSV, Parquet and Feather files, told apart by what they hold, not by their names."""

import gzip
import re
import subprocess
import sys
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from plainweave.checks import did_you_mean
from plainweave.data.notes import say
from plainweave.data.paths import as_path
from plainweave.data.table_files.csv_dialect import Dialect
from plainweave.data.table_files.csv_file import MOST_CELLS, MOST_COLUMNS, read_csv
from plainweave.data.table_files.text_columns import typed
from plainweave.data.tables.table import Table
from plainweave.doing import LOADING, doing
from plainweave.errors import DataError, PlainweaveError
from plainweave.extras import need
from plainweave.storage.files import open_file

if TYPE_CHECKING:
    from polars import DataFrame, LazyFrame

_LARGEST = 2**40  # bytes of a Parquet or Feather file
_INDEX = re.compile(r"__index_level_[0-9]+__")  # as pandas calls the columns of an index without a name
_ADVICE = "Give a CSV, Parquet or Feather file."
_TOO_LARGE = (
    "Give a part of it; or train in Python, on what pw.prepare_parquet makes of a Parquet file of any size "
    "(docs/big-data.md)."
)
PARQUET, _FEATHER = b"PAR1", b"ARROW1"
_TRIED = 2**28  # bytes of a file that is read in a process of its own first, at most
_SAID = 3
_TRIAL = f"""
import sys, polars
path = sys.argv[1]
with open(path, "rb") as file:
    scan = polars.scan_parquet if file.read(4) == {PARQUET!r} else polars.scan_ipc
try:
    lazy = scan(path, glob=False, hive_partitioning=False)
    lazy = lazy.drop([name for name, dtype in lazy.collect_schema().items() if dtype.is_nested()])
    if lazy.select(polars.len()).collect().item() <= {MOST_CELLS * 8}:
        lazy.collect()
except Exception:
    sys.exit({_SAID})
"""
# How files begin that are often taken for tables, and what to do with them.
_OTHERS = {
    b"\xff\xff\xff\xff": ("an Arrow stream", "Write a Feather file of it, as DataFrame.write_ipc does."),
    b"PK\x03\x04": ("a spreadsheet or another zip file", "Save it as CSV."),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", "Save it as CSV."),
    b"PARE": ("an encrypted Parquet file", "Decrypt it first."),
    b"FEA1": ("a Feather file of version 1", "Write it again, as pandas.DataFrame.to_feather does."),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", "Unpack it."),
    b"BZh": ("packed with bzip2", "Unpack it."),
    b"\xfd7zXZ": ("packed with xz", "Unpack it."),
    b"SQLite format 3": ("a data base", "Export the table as CSV."),
    b"%PDF": ("a PDF", _ADVICE),
    b"\x89HDF": ("an HDF5 file", "Write the table as Parquet."),
    b"\x93NUMPY": (
        "an array of NumPy",
        "Give the folder that holds it as inputs.npy, with labels.npy or targets.npy beside it.",
    ),
    b"\x89PNG": ("a picture", _ADVICE),
    b"\xff\xd8\xff": ("a picture", _ADVICE),
}


def read_table(
    path: str | Path,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    categories: Collection[str] = (),
) -> Table:
    """Read a CSV file (plain or gzip), a Parquet or a Feather file as a table.

    What is not said about a CSV file is found out; see docs/tables.md. Of the other two these settings say
    nothing.

    Args:
        path: of the file.
        delimiter: between values.
        decimal: "." or ",".
        encoding: as Python calls it.
        header: whether the first line names the columns.
        categories: columns of categories, although they hold numbers.

    Raises:
        ConfigurationError: a setting is out of its range.
        DataError: the file can't be read, is damaged, no table, too large, or has no such column.
        MissingExtraError: the extra `tables` is not installed.
    """
    path = as_path("path", path)
    frame = read_frame(path, Dialect(delimiter, decimal, encoding, header), categories)
    return table_of(path, frame, categories)


def table_of(path: Path, frame: "DataFrame", categories: Collection[str]) -> Table:
    """Return the table of a frame that was read from a file.

    Raises:
        DataError: `Table.of` refuses a column; the message names the file.
    """
    with refusing(path):
        try:
            return Table.of(frame, categories=categories)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error


def read_frame(
    path: Path, dialect: Dialect, categories: Collection[str] = (), ignore: Collection[str] = ()
) -> "DataFrame":
    """Read a file as a data frame of Polars, dates and times among its columns where they are known as such.

    Columns to be ignored may hold what no table can; of a Parquet or Feather file they are not read, and
    nulls are in their place.

    Raises:
        DataError, MissingExtraError: as `read_table` has it.
    """
    return _read(path, dialect, categories, ignore, keeps_text=False)[0]


def read_written(
    path: Path, dialect: Dialect, categories: Collection[str] = ()
) -> "tuple[DataFrame, DataFrame]":
    """Read a file as `read_frame` does, and once more as it is written: of CSV files all values as text.

    Raises:
        DataError, MissingExtraError: as `read_table` has it.
    """
    return _read(path, dialect, categories, (), keeps_text=True)


@doing(LOADING)
def _read(
    path: Path,
    dialect: Dialect,
    categories: Collection[str],
    ignore: Collection[str],
    *,
    keeps_text: bool,
) -> "tuple[DataFrame, DataFrame]":
    need("tables")
    import polars as pl

    with refusing(path):
        with open_file(path, _LARGEST) as (file, size):
            beginning = file.read(16)
        for mark, (what, advice) in _OTHERS.items():
            if beginning.startswith(mark):
                raise DataError(f"{path} is {what}; expected a table. {advice}")
        if beginning.startswith((PARQUET, _FEATHER)):
            frame = _read_columns(path, beginning, size, ignore)
            return frame, frame
        columns, delimiter = read_csv(path, dialect)
        check_columns(path, categories, [column.name for column in columns])
        written = pl.DataFrame(columns) if keeps_text else None
        frame = typed(path, columns, delimiter=delimiter, decimal=dialect.decimal, categories=categories)
        return frame, frame if written is None else written


def check_columns(path: Path, asked: Collection[str], known: Collection[str]) -> None:
    """Check that a file has the columns that are asked for.

    Raises:
        DataError: it lacks one.
    """
    there = set(known)
    for name in asked:
        if name not in there:
            listed = ", ".join(map(repr, known))
            raise DataError(
                f"{path} has no column {name!r}; expected one of {listed}.{did_you_mean(name, known)}"
            )


def _read_columns(path: Path, beginning: bytes, size: int, ignore: Collection[str]) -> "DataFrame":
    """Read a Parquet or Feather file, of columns of single values, after a look at how many there are."""
    import polars as pl

    try_elsewhere(path, size)
    scan = pl.scan_parquet if beginning.startswith(PARQUET) else pl.scan_ipc
    lazy = without_index(path, scan(path, glob=False, hive_partitioning=False))
    left_out = [name for name in lazy.collect_schema().names() if name in ignore]
    lazy = lazy.with_columns(pl.lit(None).alias(name) for name in left_out)
    _check_form(path, lazy)
    return lazy.collect()


def without_index(path: Path, lazy: "LazyFrame") -> "LazyFrame":
    """Leave out the columns in which pandas keeps an index without a name, and say so."""
    index = [name for name in lazy.collect_schema().names() if _INDEX.fullmatch(name)]
    if not index:
        return lazy
    say(f"{path}: {', '.join(index)}, which pandas makes of a table's index, is left out.")
    return lazy.drop(index)


def try_elsewhere(path: Path, size: int) -> None:
    """Read a file in a process of its own first, for one that is damaged may end the process that reads it.

    It ends if the file asks for more memory than there is, or breaks a rule that Polars relies on. A large
    file is not tried: that would take as long as to read it.

    Raises:
        DataError: the process ended so. What it raised in good order is raised again where the file is read.
    """
    if size > _TRIED:
        return
    trial = [sys.executable, "-P", "-c", _TRIAL, str(path)]
    if sys.executable and subprocess.run(trial, capture_output=True, check=False).returncode not in (
        0,
        _SAID,
    ):
        raise DataError(f"{path} can't be read as a table: it is damaged. Write or copy it again.")


def _check_form(path: Path, lazy: "LazyFrame") -> None:
    import polars as pl

    schema = lazy.collect_schema()
    nested = [name for name, dtype in schema.items() if dtype.is_nested()]
    if nested:
        raise DataError(
            f"{path}: column {nested[0]!r} holds {str(schema[nested[0]]).split('(')[0].lower()}s of values; "
            "expected one value in each row. Make a column of each of its parts, or leave it out."
        )
    rows = int(lazy.select(pl.len()).collect().item())
    if not rows or not schema:
        raise DataError(
            f"{path} has {len(schema)} columns and {rows} rows; expected at least 1 of each. "
            "Give a file with values."
        )
    if len(schema) > MOST_COLUMNS or rows * len(schema) > MOST_CELLS * 8:
        raise DataError(
            f"{path} has {rows:,} rows of {len(schema):,} columns; expected at most {MOST_CELLS * 8:,} "
            f"values and {MOST_COLUMNS:,} columns. {_TOO_LARGE}"
        )


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Make words of whatever keeps a file from being read; Polars' panics are no Exception."""
    try:
        yield
    except PlainweaveError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path} is not there. {_ADVICE}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is not a whole gzip file ({error}). Fetch or copy it again.") from error
    except IsADirectoryError:
        raise DataError(f"{path} is a folder; expected a file. {_ADVICE}") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}. {_ADVICE}") from error
    except MemoryError:
        raise DataError(f"{path} does not fit in memory. {_TOO_LARGE}") from None
    except Exception as error:
        raise _damaged(path, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(path, error) from None


def _damaged(path: Path, error: BaseException) -> DataError:
    reason = " ".join(str(error).split())[:200].rstrip(".")
    return DataError(f"{path} can't be read as a table ({reason}). Write or copy it again.")
