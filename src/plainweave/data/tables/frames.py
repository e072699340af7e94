"""Columns of data frames, and of lists and arrays by name."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from plainweave.arrays import FloatArray, RawArray, as_array
from plainweave.data.tables.column import Column, check_name, check_unique, number_text
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
# What data frames have, of which a Series has some, but no columns.
_MARKS = (
    "__arrow_c_stream__",
    "__dataframe__",
    "__narwhals_dataframe__",
    "__narwhals_lazyframe__",
    "collect",
)
_NEVER_NAN = {str, bool, int, type(None)}
NO_VALUES = ("NAType", "NaTType")  # of pandas


def is_frame(given: object) -> bool:
    """Whether it is a data frame, told without importing a library of them."""
    kind = type(given)
    has_columns = hasattr(kind, "columns") or "columns" in getattr(given, "__dict__", ())
    return has_columns and any(hasattr(kind, mark) for mark in _MARKS)


def raw_columns(given: object) -> Mapping[str, object]:
    """Return the columns, by name, of a data frame, or of a mapping of names to lists, arrays and Series.

    Raises:
        DataError: it is neither; or a name is no line of text, or stands twice.
        MissingExtraError: it is a data frame, and the extra `tables` is not installed.
    """
    if is_frame(given):
        return _of_frame(given)
    if isinstance(given, Mapping):
        for name in given:
            check_name(name)
        return given
    raise DataError(
        f"a table is given as {type(given).__name__}; expected a data frame, or a dictionary of names to "
        'columns, as in {"size": [1.5, 2.0], "colour": ["red", "blue"]}.'
    )


def as_column(name: str, raw: object, as_category: bool) -> Column:
    """Return a column of that name.

    Args:
        name: a line of text.
        raw: a `Column`, or what it can be made of (rows,), see `Table.of`.
        as_category: make a column of numbers one of categories, too.

    Raises:
        DataError: it holds what is neither number nor text, or values of several kinds; or a number is
            infinite or larger than 1e15 in size.
        ShapeError: it has more than one dimension.
    """
    column = raw if isinstance(raw, Column) else _read(name, raw, as_category)
    return column.as_category() if as_category else column


def _of_frame(given: object) -> Mapping[str, object]:
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
        raise DataError(
            f"the {type(given).__name__} can't be read as a data frame ({error}); expected one of pandas, "
            "Polars, PyArrow or another that narwhals knows, or a dictionary of columns."
        ) from error
    for name in frame.columns:
        check_name(name)
    return {name: frame[name] for name in frame.columns}


def _read(name: str, raw: object, mixed: bool) -> Column:
    if isinstance(raw, np.ndarray):
        return _of_array(name, raw, mixed)
    if type(raw).__module__.startswith("narwhals"):
        return _of_series(name, cast("nw.Series[Any]", raw), mixed)
    for plain in ("to_list", "to_pylist"):
        if hasattr(raw, plain):
            values = getattr(raw, plain)()
            if mixed and str(getattr(raw, "dtype", "")).lower() == "float32":
                return Column(name, _as_written(_numbers(without_missing(values)).astype(np.float32)))
            return _of_values(name, values, mixed)
    if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
        return _of_values(name, raw, mixed)
    raise DataError(
        f"column {name!r} is given as {type(raw).__name__}; expected a list, an array or a Series."
    )


def _of_array(name: str, array: RawArray, mixed: bool) -> Column:
    if array.ndim != 1:
        raise ShapeError(f"column {name!r} has shape {array.shape}; expected (rows,).")
    if mixed and array.dtype in (np.float16, np.float32):
        return Column(name, _as_written(array))
    if mixed and array.dtype.kind in "iu":  # whose text float64 may not hold
        different, places = np.unique(array, return_inverse=True)
        levels, numbers = _levels([str(number) for number in different.tolist()])
        return Column(name, np.array(numbers, np.int32)[places], levels)
    if array.dtype.kind in "iuf":
        return Column(name, as_array(f"column {name!r}", array).astype(np.float64))
    if array.dtype.kind in "Mm":  # of which tolist may make plain numbers
        raise _other(name, array.dtype.type)
    return _of_values(name, array.tolist(), mixed)


def _as_written(numbers: RawArray) -> FloatArray:
    """Return floats (rows,) as the float64s of their texts: 0.1 of float32 is 0.1, not 0.10000000149."""
    different, places = np.unique(numbers, return_inverse=True)
    return np.array([float(str(number)) for number in different], np.float64)[places]


def _of_series(name: str, series: "nw.Series[Any]", mixed: bool) -> Column:
    import narwhals as nw

    if mixed and series.dtype.is_integer():
        return _of_text(name, series.cast(nw.String), mixed)
    if series.dtype.is_numeric():
        if mixed and series.dtype == nw.Float32:
            return Column(name, _as_written(series.to_numpy()))
        return Column(name, series.cast(nw.Float64).to_numpy().astype(np.float64))  # a copy: frames change
    if series.dtype in (nw.String, nw.Categorical, nw.Enum):
        return _of_text(name, series, mixed)
    return _of_values(name, series.to_list(), mixed)


def _of_text(name: str, series: "nw.Series[Any]", mixed: bool) -> Column:
    """Return a column of text, of which no more than the different ones become Python's."""
    import narwhals as nw

    texts = [text for text in series.unique().to_list() if not _is_missing(text)]
    if not texts or not set(map(type, texts)) <= {
        str
    }:  # pandas has text and others as objects, as categories
        column = _of_values(name, series.to_list(), mixed)
        return column if series.dtype == nw.String else column.as_category()
    levels, numbers = _levels(texts)
    codes = series.replace_strict(texts, numbers, return_dtype=nw.Int32).fill_null(-1).to_numpy()
    return Column(name, codes.astype(np.int32), levels)


def _of_values(name: str, values: Sequence[object], mixed: bool) -> Column:
    """Return a column of plain values (rows,); `mixed` ones become categories."""
    values = without_missing(values)
    kinds = sorted(set(map(type, values)) - {type(None)}, key=lambda kind: kind.__name__)
    for kind in kinds:
        if not issubclass(kind, str | bool | np.bool_ | Real | Decimal):
            raise _other(name, kind)
    groups = set(map(_group, kinds))
    if groups <= {"numbers"} and not (mixed and any(issubclass(kind, Integral) for kind in kinds)):
        return Column(name, _numbers(values))
    if len(groups) > 1 and not mixed:
        raise DataError(
            f"column {name!r} holds values of several kinds ({', '.join(kind.__name__ for kind in kinds)}); "
            "expected numbers, or text, or true and false. Make them of one kind, or name the column in "
            "`categories`."
        )
    if groups == {"text"}:
        return _categories(name, cast("Sequence[str | None]", values))
    return _categories(name, [None if value is None else _text(value) for value in values])


def _group(kind: type) -> str:
    if issubclass(kind, bool | np.bool_):
        return "truth"
    return "text" if issubclass(kind, str) else "numbers"


def without_missing(values: Sequence[object]) -> Sequence[object]:
    """Return values with None in the place of all that are missing."""
    if set(map(type, values)) <= _NEVER_NAN:
        return values
    return [None if _is_missing(value) else value for value in values]


def _is_missing(value: object) -> bool:
    if value is None or (isinstance(value, float | np.floating) and value != value):
        return True
    return type(value).__name__ in NO_VALUES or (isinstance(value, Decimal) and value.is_nan())


def _numbers(values: Sequence[object]) -> FloatArray:
    return np.array([np.nan if value is None else _number(value) for value in values], np.float64)


def _number(value: object) -> float:
    try:
        return float(cast(float, value))
    except OverflowError:  # a whole number of more than 308 digits
        return np.inf


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    return str(int(value)) if isinstance(value, Integral) else number_text(_number(value))


def _categories(name: str, texts: Sequence[str | None]) -> Column:
    different = sorted({text for text in texts if text is not None})
    levels, numbers = _levels(different)
    codes: dict[str | None, int] = {None: -1, **dict(zip(different, numbers, strict=True))}
    return Column(name, np.array([codes[text] for text in texts], np.int32), levels)


def _levels(texts: Sequence[str]) -> tuple[tuple[str, ...], list[int]]:
    """Return the levels that different texts are, as lines and sorted, and the number of each one's level."""
    lines = [harmless(str.__str__(text)) for text in texts]  # of an enumeration's its own
    levels = tuple(sorted(set(lines)))
    numbers = {level: number for number, level in enumerate(levels)}
    return levels, [numbers[line] for line in lines]


def _other(name: str, kind: type) -> DataError:
    what, advice = _OTHERS.get(
        kind.__name__, (f"values of class {kind.__name__}", "Make numbers or text of it, or leave it out.")
    )
    return DataError(f"column {name!r} holds {what}; expected numbers, text, or true and false. {advice}")
