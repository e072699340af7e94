"""Columns of data frames, and of lists and arrays by name."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from plainweave.arrays import FloatArray, as_array
from plainweave.data.table import Column, check_name, check_unique, is_table, number_text
from plainweave.errors import DataError, ShapeError, harmless
from plainweave.extras import need

if TYPE_CHECKING:
    import narwhals as nw

_DATES = "Make numbers of them, as of days since a date, or leave the column out."
_TIMES = "Divide them by a unit of time, or leave the column out."
_PARTS = "Make a column of each of its parts, or leave it out."
_BYTES = "Decode them to text, or leave the column out."
_COMPLEX = "Make a column of the real and one of the imaginary part."
# What is neither number nor text, by the class of a value.
_OTHERS = {
    **dict.fromkeys(("date", "datetime", "datetime64", "Timestamp"), ("dates", _DATES)),
    **dict.fromkeys(("time", "timedelta", "timedelta64", "Timedelta"), ("times", _TIMES)),
    **dict.fromkeys(("list", "tuple", "dict", "ndarray", "Series"), ("lists", _PARTS)),
    **dict.fromkeys(("bytes", "bytes_", "bytearray"), ("bytes", _BYTES)),
    **dict.fromkeys(("complex", "complex64", "complex128"), ("complex numbers", _COMPLEX)),
}
_NO_VALUES = ("NAType", "NaTType")  # of pandas


def columns_of(given: object, categories: Collection[str] = ()) -> tuple[Column, ...]:
    """Return the columns of a data frame, or of a mapping of names to lists, arrays and Series.

    See `Table.of`, for which this is.
    """
    if isinstance(given, Mapping):
        for name in given:
            check_name(name)
        return tuple(_of_any(name, column, name in categories) for name, column in given.items())
    if is_table(given):
        return _of_frame(given, categories)
    raise DataError(
        f"a table is a {type(given).__name__}; expected a data frame, or a dictionary of names to columns, "
        'as in {"size": [1.5, 2.0], "colour": ["red", "blue"]}.'
    )


def _of_frame(given: object, categories: Collection[str]) -> tuple[Column, ...]:
    need("tables")
    import narwhals as nw

    names = getattr(given, "column_names", None)
    if names is None and not hasattr(given, "collect"):  # a lazy frame would have to work for them
        names = getattr(given, "columns", None)
    names = [] if names is None else list(names)
    for name in names:
        check_name(name)
    check_unique(names)
    try:
        frame = nw.from_native(cast(Any, given))
        frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    except Exception as error:  # each library has its own reasons
        raise DataError(f"the {type(given).__name__} can't be read as a data frame ({error}).") from error
    return tuple(_of_series(frame[name], name in categories) for name in frame.columns)


def _of_series(series: "nw.Series[Any]", as_category: bool) -> Column:
    import narwhals as nw

    if series.dtype.is_numeric():
        return Column(series.name, series.cast(nw.Float64).to_numpy().astype(np.float64, copy=False))
    return _of_values(series.name, series.to_list(), as_category)


def _of_any(name: str, given: object, as_category: bool) -> Column:
    """Return a column of a list, an array or a Series (rows,)."""
    for plain in ("to_list", "to_pylist"):
        if hasattr(given, plain):
            return _of_values(name, getattr(given, plain)(), as_category)
    if isinstance(given, np.ndarray):
        if given.ndim != 1:
            raise ShapeError(f"column {name!r} has shape {given.shape}; expected (rows,).")
        if given.dtype.kind in "iuf":
            return Column(name, as_array(f"column {name!r}", given).astype(np.float64))
        if given.dtype.kind in "Mm":
            raise _other(name, given.dtype.type)
        return _of_values(name, given.tolist(), as_category)
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return _of_values(name, given, as_category)
    raise DataError(f"column {name!r} is a {type(given).__name__}; expected a list, an array or a Series.")


def _of_values(name: str, values: Iterable[object], as_category: bool) -> Column:
    """Return a column of plain values (rows,), of which None, NaN and what pandas has for it are missing."""
    present = [None if _is_missing(value) else value for value in values]
    kinds = {type(value) for value in present} - {type(None)}
    for kind in sorted(kinds, key=lambda kind: kind.__name__):
        if not issubclass(kind, str | bool | np.bool_ | Real | Decimal):
            raise _other(name, kind)
    texts = [kind for kind in kinds if issubclass(kind, str)]
    truths = [kind for kind in kinds if issubclass(kind, bool | np.bool_)]
    if not kinds or not (texts or truths or as_category):
        return Column(name, _numbers(present))
    if not as_category and max(len(texts), len(truths)) < len(kinds):
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise DataError(
            f"column {name!r} holds values of several kinds ({names}); "
            "expected numbers, or text, or true and false. Make them of one kind, or name the column in "
            "`categories`."
        )
    return _categories(name, [None if value is None else _text(value) for value in present])


def _is_missing(value: object) -> bool:
    if value is None or (isinstance(value, float | np.floating) and value != value):
        return True
    return type(value).__name__ in _NO_VALUES or (isinstance(value, Decimal) and value.is_nan())


def _numbers(values: Sequence[object]) -> FloatArray:
    return np.array([np.nan if value is None else _number(value) for value in values], np.float64)


def _number(value: object) -> float:
    try:
        return float(cast(float, value))
    except OverflowError:  # a whole number of more than 308 digits
        return np.inf


def _text(value: object) -> str:
    if isinstance(value, str):
        return harmless(str(value))
    return str(bool(value)) if isinstance(value, bool | np.bool_) else number_text(_number(value))


def _categories(name: str, texts: Sequence[str | None]) -> Column:
    levels = tuple(sorted({text for text in texts if text is not None}))
    numbers: dict[str | None, int] = {level: number for number, level in enumerate(levels)}
    numbers[None] = -1
    return Column(name, np.array([numbers[text] for text in texts], np.int32), levels)


def _other(name: str, kind: type) -> DataError:
    what, advice = _OTHERS.get(
        kind.__name__, (f"a {kind.__name__}", "Make numbers or text of it, or leave it out.")
    )
    return DataError(f"column {name!r} holds {what}; expected numbers, text, or true and false. {advice}")
