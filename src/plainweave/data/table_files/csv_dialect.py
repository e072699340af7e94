"""How a CSV file is written: its delimiter, its encoding, its decimal mark, and whether it names columns."""

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from plainweave.checks import choice, flag
from plainweave.errors import ConfigurationError, shown

# Of several that part all lines alike the first is taken: a comma is more often part of a text or a number.
DELIMITERS = ("\t", ";", "|", ",")
DECIMALS = (".", ",")
ENCODINGS = ("utf-8", "cp1252")  # tried one after the other where no mark at the file's beginning tells
SAMPLE = 2**20  # characters that the delimiter is found by, at most
SAMPLE_LINES = 100
NUMBER = r"^[+-]?(\d+({0}\d*)?|{0}\d+)([eE][+-]?\d+)?$"  # with the decimal mark, as a regular expression
_ANY_NUMBER = re.compile(NUMBER.format("[.,]"))
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before that of UTF-16, which begins alike
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class Dialect:
    """What is said about how a CSV file is written; None for what is to be found out.

    Attributes:
        delimiter: one character between two values.
        decimal: "." or ",", before the fraction of a number.
        encoding: as Python calls it.
        header: whether the first line names the columns.

    Raises:
        ConfigurationError: one is out of its range.
    """

    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header: bool | None = None

    def __post_init__(self) -> None:
        given = self.delimiter
        if given is not None and not (isinstance(given, str) and len(given) == 1 and given not in '"\r\n\0'):
            raise ConfigurationError(
                f"delimiter is {shown(given)}; expected one character, as in ',', ';' or '\\t'."
            )
        if self.decimal is not None:
            choice("decimal", self.decimal, DECIMALS)
        if self.decimal is not None and self.decimal == given:
            raise ConfigurationError(
                f"delimiter and decimal are both {given!r}; expected two different ones."
            )
        if self.header is not None:
            flag("header", self.header)
        if self.encoding is not None:
            _check_encoding(self.encoding)

    def encodings(self, beginning: bytes) -> tuple[str, ...]:
        """Return the encodings to try, by the first bytes of a file."""
        if self.encoding is not None:
            return (self.encoding,)
        marked = [encoding for mark, encoding in _MARKS.items() if beginning.startswith(mark)]
        return (marked[0],) if marked else ENCODINGS


def _check_encoding(encoding: object) -> None:
    try:
        is_text = isinstance(encoding, str) and isinstance("".encode(encoding), bytes)
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise ConfigurationError(
            f"encoding is {shown(encoding)}; expected the name of one, as in 'utf-8', 'cp1252' or 'utf-16'."
        )


def find_delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter of the first lines of a file.

    It is one that parts all of them into the same number of values, two at least; where none does, the one
    that the first line has most often; a comma where there is none at all. A first line "sep=;", as
    spreadsheets write it, says it.
    """
    said = separator_line(lines[0]) if lines else None
    if said is not None:
        return said
    counts = {delimiter: _counts(lines, delimiter) for delimiter in DELIMITERS}
    alike = [delimiter for delimiter, found in counts.items() if len(set(found)) == 1 and found[0] > 1]
    if alike:
        return alike[0]
    return max(reversed(DELIMITERS), key=lambda delimiter: counts[delimiter][0] if counts[delimiter] else 0)


def separator_line(line: str) -> str | None:
    """Return the delimiter that a line "sep=;" says, or None for any other line."""
    text = line.rstrip("\r\n")
    return text[4] if len(text) == 5 and text[:4].lower() == "sep=" else None


def _counts(lines: Sequence[str], delimiter: str) -> list[int]:
    """Return how many values each record of a sample has; the last one may be cut short."""
    try:
        counts = [len(record) for record in csv.reader(lines, delimiter=delimiter) if record]
    except csv.Error:
        return []
    return counts[:-1] if len(lines) == SAMPLE_LINES else counts


def names_columns(first: Sequence[str]) -> bool:
    """Whether the values of a file's first line are names: none of them is a number."""
    return not any(_ANY_NUMBER.match(value.strip()) for value in first)
