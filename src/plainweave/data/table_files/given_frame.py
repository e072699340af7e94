"""Data frames of any library as those that are read of files."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from plainweave.data.table_files.reading import refusing
from plainweave.data.tables.frames import raw_columns, without_missing
from plainweave.errors import DataError
from plainweave.extras import need

if TYPE_CHECKING:
    import narwhals as nw
    from polars import DataFrame, Series


def frame_of(given: object) -> "tuple[DataFrame, list[str]]":
    """Return a frame of any library as one of Polars, and which of its columns are categories by their type.

    Raises:
        DataError: it can't be read, a name is no text, or a column holds values of several kinds.
        MissingExtraError: the extra `tables` is not installed.
    """
    need("tables")
    import narwhals as nw
    import polars as pl

    columns = cast("dict[str, nw.Series[Any]]", raw_columns(given))
    categories = [name for name, column in columns.items() if column.dtype in (nw.Categorical, nw.Enum)]
    with refusing(Path("the table")):
        return pl.DataFrame([_as_polars(name, column) for name, column in columns.items()]), categories


def _as_polars(name: str, column: "nw.Series[Any]") -> "Series":
    import polars as pl

    native = column.to_native()
    if isinstance(native, pl.Series):
        return native
    try:
        return pl.Series(name, without_missing(column.to_list()))
    except TypeError as error:
        raise DataError(
            f"column {name!r} holds values of several kinds ({error}); expected numbers, or text, or true "
            "and false. Make them of one kind."
        ) from error
