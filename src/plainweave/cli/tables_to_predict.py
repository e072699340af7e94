"""Tables as a network of tables takes them, and what in them it has not learned of."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from plainweave.cli.streams import note
from plainweave.data import Preparation, Table
from plainweave.data.table_files.reading import read_written
from plainweave.data.tables.category_column import CategoryColumn
from plainweave.errors import DataError
from plainweave.experiments import DataSettings
from plainweave.training import Model

if TYPE_CHECKING:
    from polars import DataFrame

_WHOLE = 2**53  # above which not every whole number is a float64


@dataclass(frozen=True)
class TableToPredict:
    """A table that was read for a network.

    Attributes:
        frame: its columns, those of categories that are so to the network.
        written: the same as the file has them: of CSV files all values as text.
    """

    frame: "DataFrame"
    written: "DataFrame"

    @classmethod
    def read(cls, model: Model, file: Path, data: DataSettings, *further: str) -> "TableToPredict":
        """Read a table for a network: those columns are categories that are so to it, and further ones.

        Raises:
            ConfigurationError: a setting of CSV files is out of its range.
            DataError: the file can't be read.
            MissingExtraError: the extra `tables` is not installed.
        """
        if file.suffix.lower() == ".json":
            raise DataError(f"{file} is JSON; expected a table. Give a CSV, Parquet or Feather file.")
        frame, written = read_written(file, data.dialect)
        known = {
            column.name for column in preparation_of(model).columns if isinstance(column, CategoryColumn)
        }
        categories = [name for name in frame.columns if name in known or name in further]
        if any(frame[name].dtype.is_numeric() for name in categories):
            frame, written = read_written(file, data.dialect, categories)
        return cls(frame, written)

    def of_values(self) -> "DataFrame":
        """Return the columns as numbers and texts; as text those of whole numbers that float64 lacks."""
        large = [
            name
            for name in self.frame.columns
            if self.frame[name].dtype.is_float() and (self.frame[name].abs() > _WHOLE).any()
        ]
        return self.frame.with_columns(self.written[name] for name in large)


def note_unlearned(model: Model, file: Path, frame: "DataFrame") -> None:
    """Say which columns have categories that training lacked, or lack numbers where in training none was."""
    for column in preparation_of(model).columns:
        if not column.feature_names:
            continue
        if isinstance(column, CategoryColumn):
            _note_unknown(column, file, frame)
        elif not column.missing and (count := _missing(frame, column.name)):
            note(
                f"{file}: {column.name!r} is missing in {_rows(count)}, and was in none in training: the "
                f"median, {column.median:g}, stands for it."
            )


def _note_unknown(column: CategoryColumn, file: Path, frame: "DataFrame") -> None:
    given = Table.of(frame.select(column.name), categories=[column.name]).column(column.name)
    unknown = np.flatnonzero(column.places(given.levels or ())[:-1] < 0).tolist()
    if count := int(np.isin(given.values, unknown).sum()):
        assert given.levels is not None
        note(
            f"{file}: {column.name!r} has values that training lacked, as {given.levels[unknown[0]]!r}, in "
            f"{_rows(count)}: they count as none."
        )


def _missing(frame: "DataFrame", name: str) -> int:
    values = frame[name]
    return int(values.is_null().sum()) + (int(values.is_nan().sum()) if values.dtype.is_float() else 0)


def _rows(count: int) -> str:
    return f"{count:,} row{'s' * (count > 1)}"


def preparation_of(model: Model) -> Preparation:
    """Return what a model of tables has in any case."""
    assert model.preparation is not None
    return model.preparation
