"""CSV files, read strictly and a line at a time: as columns of text, within bounds of time and memory."""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from plainweave.data.notes import say
from plainweave.data.table_files.csv_dialect import (
    SAMPLE,
    SAMPLE_LINES,
    Dialect,
    find_delimiter,
    names_columns,
    separator_line,
)
from plainweave.data.table_files.text_columns import named
from plainweave.errors import DataError, harmless
from plainweave.storage.files import open_file

if TYPE_CHECKING:
    from polars import Series

LARGEST = 2**32  # bytes of a file, and characters of it once it is unpacked
MOST_CELLS = 2**27  # rows times columns; as text each takes 16 bytes at least
MOST_COLUMNS = 100_000
MOST_UNPACKED = 250  # times its size and 1 MiB: what is taken for a table, and not for a bomb
_LONGEST = 2**23  # characters of a record
_MOST_BLANK = 2**20  # lines
_AT_ONCE = 2**18  # cells of a block
_GZIP = b"\x1f\x8b"
_SMALLER = "Write it as a Parquet file, or a part of it."


def read_csv(path: Path, dialect: Dialect) -> "tuple[list[Series], str]":
    """Read a CSV file, gzip or plain; return its columns as text, as it stands there, and its delimiter.

    Args:
        path: of the file.
        dialect: what is said about it; the rest is found out, and said aloud where it is not plain.

    Raises:
        DataError: the file is no table of text, is damaged, or larger than memory should have to stand.
        EOFError, OSError, zlib.error: it is no whole gzip file, or can't be read.
    """
    with open_file(path, LARGEST) as (file, _):
        beginning = _unpacked(file).read(4)
    encodings = dialect.encodings(beginning)
    for encoding in encodings:
        try:
            with _opened(path, encoding) as lines:
                table = _Table(path, lines, dialect)
                columns = table.read()
        except UnicodeError:
            continue
        if encoding != encodings[0]:
            say(f"{path} is not UTF-8: it is read as {encoding}. Say encoding where it is another.")
        for note in table.notes:
            say(note)
        return columns, table.delimiter
    raise DataError(
        f"{path} is no text in {' or '.join(encodings)}; expected a CSV file. Say its encoding, or save it "
        "as UTF-8."
    )


class _Lines:
    """The lines of a text, none too long and none with a NUL; it counts what a record takes."""

    def __init__(self, path: Path, file: IO[str], at_most: int) -> None:
        self._path, self._file, self._at_most = path, file, at_most
        self._taken = self._lines = 0
        self.of_record = 0  # characters

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(_LONGEST + 1)
        if not line:
            raise StopIteration
        self._lines += 1
        self._taken += len(line)
        self.of_record += len(line)
        if self.of_record > _LONGEST:
            raise DataError(
                f"{self._path}, line {self._lines}: a row has more than {_LONGEST:,} characters; expected "
                "fewer. Look for a quote without end."
            )
        if "\0" in line:
            raise DataError(
                f"{self._path}, line {self._lines}: there is a NUL character; expected text. Say its "
                "encoding if it is a text, or give a CSV, Parquet or Feather file."
            )
        if self._taken > self._at_most:
            raise DataError(
                f"{self._path} has more than {self._at_most:,} characters when unpacked; expected at most "
                f"that. {_SMALLER}"
            )
        return line


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[_Lines]:
    """Open a file, gzip or plain, as lines of text."""
    with open_file(path, LARGEST) as (file, size):
        unpacked = _unpacked(file)
        at_most = LARGEST if unpacked is file else min(LARGEST, MOST_UNPACKED * size + 2**20)
        with io.TextIOWrapper(unpacked, encoding=encoding, newline="") as text:
            yield _Lines(path, text, at_most)


def _unpacked(file: io.BufferedReader) -> io.BufferedReader | gzip.GzipFile:
    """Return what reads a file that may be gzip."""
    return gzip.GzipFile(fileobj=file) if file.peek(2).startswith(_GZIP) else file


class _Table:
    """What is read of a CSV file so far: records, gathered into blocks of columns."""

    def __init__(self, path: Path, lines: _Lines, dialect: Dialect) -> None:
        self._path, self._lines = path, lines
        beginning: list[str] = []
        for line in islice(lines, SAMPLE_LINES):
            beginning.append(line.removeprefix("\ufeff") if not beginning else line)
            if sum(map(len, beginning)) > SAMPLE:
                break
        lines.of_record = 0
        self.delimiter = dialect.delimiter or find_delimiter(beginning)
        if beginning and separator_line(beginning[0]) is not None:
            del beginning[0]
        self._header = dialect.header
        self._all = chain(beginning, lines)
        self._blocks: list[list[Series]] = []
        self._rows = 0
        self.notes: list[str] = []  # on what was found out

    def read(self) -> "list[Series]":
        """Return all columns, as text."""
        import polars as pl

        names: list[str] = []
        block: list[list[str]] = []
        for line, record in self._records():
            if not names:
                names, is_row = self._names(record)
                if not is_row:
                    continue
            if len(record) != len(names):
                raise self._ragged(line, len(record), len(names))
            block.append(record)
            if len(block) * len(names) >= _AT_ONCE:
                self._put(names, block)
                block = []
        if not names:
            raise DataError(f"{self._path} is empty; expected a line of names and rows of values.")
        self._put(names, block)
        if not self._rows:
            raise DataError(
                f"{self._path} has a line of names ({', '.join(names[:5])}{', ...' * (len(names) > 5)}) and "
                "no row; expected at least 1 row of values."
            )
        parts = zip(*self._blocks, strict=True)
        return named(self._path, names, [pl.concat(of_column) for of_column in parts])

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each record, with the number of the line that it ends on; blank lines are none."""
        reader = csv.reader(self._all, delimiter=self.delimiter, strict=True, skipinitialspace=True)
        blank = 0
        while True:
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise DataError(
                    f"{self._path}, line {reader.line_num}: {error}; expected quotes around whole values, "
                    'and two where one is meant, as in "5"" pipe". Look for a quote without end.'
                ) from error
            self._lines.of_record = 0
            blank += not record
            if blank > _MOST_BLANK:
                raise DataError(f"{self._path} has more than {_MOST_BLANK:,} blank lines. Take them out.")
            if record:
                yield reader.line_num, record

    def _names(self, first: list[str]) -> tuple[list[str], bool]:
        """Return the names of the columns, and whether the first record is a row itself."""
        if len(first) > MOST_COLUMNS:
            raise DataError(
                f"{self._path} has {len(first):,} columns; expected at most {MOST_COLUMNS:,}. Give a table "
                "with a row for each example."
            )
        if self._header is None and not names_columns(first):
            self.notes.append(
                f"{self._path} has numbers in its first line, which is taken for a row: its columns are "
                f"called column 1 to column {len(first)}. Say header=True where the line names them."
            )
        if not (names_columns(first) if self._header is None else self._header):
            return [f"column {number}" for number in range(1, len(first) + 1)], True
        names = [harmless(name).strip() for name in first]
        twice = [name for name, count in Counter(names).items() if name and count > 1]
        if twice:
            raise DataError(
                f"{self._path}: two columns are called {twice[0]!r}; expected a name of its own for each. "
                "Rename one; or say header=False where the first line is a row."
            )
        return names, False

    def _put(self, names: list[str], block: list[list[str]]) -> None:
        import polars as pl

        self._rows += len(block)
        if self._rows * len(names) > MOST_CELLS:
            raise DataError(
                f"{self._path} has more than {MOST_CELLS // len(names):,} rows of {len(names)} columns; "
                f"expected at most {MOST_CELLS:,} values. {_SMALLER}"
            )
        columns = zip(*block, strict=True) if block else ([] for _ in names)
        self._blocks.append(
            [pl.Series(str(place), column, pl.String) for place, column in enumerate(columns)]
        )

    def _ragged(self, line: int, given: int, expected: int) -> DataError:
        return DataError(
            f"{self._path}, line {line}: the row has {given} values; expected {expected}, as the first line "
            f"has. The delimiter is {self.delimiter!r}: quote values that hold it, or say another."
        )
