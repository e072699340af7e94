"""Columns of text, as a CSV file has them, become numbers where all their values are."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plainweave.data.notes import say
from plainweave.data.table_files.csv_dialect import NUMBER
from plainweave.errors import DataError

if TYPE_CHECKING:
    from polars import DataFrame, Series

MISSING = ("", "NA", "N/A", "#N/A", "<NA>", "nan", "NaN", "NULL", "null", "<null>", "?")
# Missing among numbers; else texts, as "-" is beside "+".
_AMONG_NUMBERS = ("-", "--", ".", "..", "None", "none", "n/a", "na", "N.A.", "#VALUE!", "#DIV/0!", "#NUM!")
_CODE = r"^\s*0\d+\s*$"
_WITH_POINT = r"^[+-]?\d*\.\d+([eE][+-]?\d+)?$"
_ANY_POINT, _WITH_COMMA = NUMBER.format(r"\."), NUMBER.format(",")
_NO_THOUSANDS = r"^[+-]?0?,|,(\d{0,2}|\d{4,})([eE]|$)"  # a comma that can't stand between thousands
_ANY_MARK = NUMBER.format("[.,]")
_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3}){2,}$"


def named(path: Path, names: Sequence[str], columns: "Sequence[Series]") -> "list[Series]":
    """Return columns of text with their names.

    A column without a name is left out where it has no value, or is the first and has a whole number of its
    own for each row, as pandas and R write it; the latter is said aloud.

    Args:
        path: of the file, for messages.
        names: of the columns, some empty.
        columns: of text, as many.

    Raises:
        DataError: another column has no name, or no column is left.
    """
    kept = []
    for place, (name, column) in enumerate(zip(names, columns, strict=True), 1):
        if name:
            kept.append(column.alias(name))
        elif column.str.strip_chars().is_in((*MISSING, *_AMONG_NUMBERS)).all():
            continue
        elif place == 1 and _tells_rows(column):
            say(f"{path}: column {place}, which has no name, numbers the rows, and is left out.")
        else:
            raise DataError(
                f"{path}: column {place} has no name in the first line; expected a name for each. Name it; "
                "or say header=False where the first line is a row."
            )
    if not kept:
        raise DataError(f"{path} has no column with a name and values; expected at least one.")
    return kept


def typed(
    path: Path,
    columns: "list[Series]",
    *,
    delimiter: str,
    decimal: str | None = None,
    categories: Collection[str] = (),
) -> "DataFrame":
    """Return a frame of columns of text: values trimmed, those of `MISSING` as nulls, numbers as float64.

    A column is of numbers if all its values are: of digits, with or without a sign, a decimal mark and an
    exponent. Marks between thousands make it text. Those of `_AMONG_NUMBERS` are missing where all
    other values are numbers. Numbers that begin with a 0, as codes do, and what keeps a column of numbers
    from being one, are said aloud.

    Args:
        path: of the file, for messages.
        columns: of text; each is replaced in the list, so that memory holds most of them once.
        delimiter: of the file: ";" makes a decimal comma of any comma within a number.
        decimal: "." or ","; None to find it out.
        categories: columns that stay text.
    """
    import polars as pl

    kept, left, has_point = set(categories), [], False
    for place, column in enumerate(columns):
        numbers = column.cast(pl.Float64, strict=False) if decimal != "," else None
        if column.name in kept or numbers is None or numbers.null_count():
            trimmed = column.str.strip_chars()
            columns[place] = trimmed.set(trimmed.is_in(MISSING), None)
            if column.name in kept:
                columns[place] = _without_marks(columns[place], at_least=1)
            else:
                left.append(place)
        else:
            has_point = has_point or bool(column.str.contains(".", literal=True).any())
            _note_codes(path, column)
            columns[place] = numbers
    if decimal is None:
        without = [_without_marks(columns[place]) for place in left]
        decimal = "." if has_point else _decimal_of(without, delimiter)
    for place in left:
        columns[place] = _as_numbers(path, columns[place], decimal)
    return pl.DataFrame(columns)


def _without_marks(column: "Series", at_least: int = 0) -> "Series":
    """Return a column without those of `_AMONG_NUMBERS`, where all others, and so many, are numbers."""
    marks = column.is_in(_AMONG_NUMBERS)
    if not marks.any():
        return column
    without = column.set(marks, None)
    numbers = without.str.contains(_ANY_MARK)
    return without if numbers.all() and numbers.sum() >= at_least else column


def _as_numbers(path: Path, column: "Series", decimal: str) -> "Series":
    """Return a column as numbers, or as it is where a value is none."""
    import polars as pl

    given = plain = _without_marks(column)
    if decimal == ",":
        if not _all(given, _WITH_COMMA):
            _note_odd(path, column, decimal)
            return column
        plain = given.str.replace(",", ".", literal=True)
    numbers = plain.cast(pl.Float64, strict=False)
    if numbers.null_count() > given.null_count():
        _note_odd(path, column, decimal)
        return column
    _note_codes(path, plain)
    return numbers


def _note_odd(path: Path, column: "Series", decimal: str) -> None:
    """Say where most values of a column are numbers, and what keeps it from being one of numbers."""
    are_numbers = column.str.contains(_ANY_MARK)
    odd = column.filter(~are_numbers).drop_nulls()
    if len(odd) >= are_numbers.sum():
        return
    what = f"a value that is no number, {odd[0]!r}" if len(odd) else ""
    mend = "Mend it, or leave it empty for a missing number."
    if len(odd) > 1:
        what = f"{len(odd):,} values that are no numbers, as {odd[0]!r}"
        mend = "Mend them, or leave them empty for missing numbers."
    elif not len(odd):
        other = "a point" if decimal == "," else "a comma"
        plain = _WITH_COMMA if decimal == "," else _ANY_POINT
        what = f"numbers with {other}, as {column.filter(~column.str.contains(plain)).drop_nulls()[0]!r}"
        mend = f"The decimal mark is {decimal!r}: say another, or take marks between thousands out."
    say(f"{path}: {column.name!r} has {what}, and is taken for categories. {mend}")


def _note_codes(path: Path, column: "Series") -> None:
    codes = column.filter(column.str.contains(_CODE))
    if len(codes):
        say(
            f"{path}: {column.name!r} has {codes[0].strip()!r} and is taken for numbers. Name it in "
            "categories where they are codes, whose first 0 tells."
        )


def _decimal_of(columns: "Sequence[Series]", delimiter: str) -> str:
    """Return the decimal mark of a file, by its columns that are not of numbers as they stand.

    A comma it is where one of them would be of numbers, with one that can't stand between thousands, or any
    at all if the delimiter is ";", and no other column has numbers with a point.
    """
    has_comma = False
    for column in columns:
        if _any(column, _WITH_POINT) and _all(column, _ANY_POINT):
            return "."
        if not _any(column, ","):
            continue
        if _any(column, _THOUSANDS):
            return "."
        has_comma |= _all(column, _WITH_COMMA) and (delimiter == ";" or _any(column, _NO_THOUSANDS))
    return "," if has_comma else "."


def _tells_rows(column: "Series") -> bool:
    """Whether a column holds whole numbers from 0, all different, as those of rows in their order or not."""
    import polars as pl

    numbers = column.str.strip_chars().cast(pl.Int64, strict=False)
    return bool((numbers >= 0).fill_null(value=False).all()) and numbers.n_unique() == len(numbers)


def _any(column: "Series", pattern: str) -> bool:
    return bool(column.str.contains(pattern).any())


def _all(column: "Series", pattern: str) -> bool:
    return bool(column.drop_nulls().str.contains(pattern).all())
