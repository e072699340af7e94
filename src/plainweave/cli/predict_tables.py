"""What a network says of the rows of tables: their own columns, and the predictions behind them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plainweave.cli.predictions import Predictions
from plainweave.cli.rows import FORMS, Cell, deliver
from plainweave.cli.streams import note
from plainweave.data.table_files.reading import read_frame
from plainweave.data.tables.category_column import CategoryColumn
from plainweave.errors import DataError, ShapeError
from plainweave.experiments import DataSettings
from plainweave.training import Model

if TYPE_CHECKING:
    from polars import DataFrame


def predict_tables(
    model: Model, files: Sequence[Path], data: DataSettings, top: int, form: str, out: Path | None
) -> int:
    """Print the rows of tables with what is predicted of them, and return how many tables can't be.

    Args:
        model: of tables.
        files: CSV, Parquet or Feather files. Where there are several, a first column `file` tells them apart.
        data: how CSV files are written.
        top: how many classes to name.
        form: "csv" or "json".
        out: a file to write to.

    Raises:
        MissingExtraError: the extra `tables` is not installed.
        RecordError: the file can't be written.
    """
    tables = _Tables(model, files, data)
    deliver(FORMS[form](tables.rows(top)), out)
    return tables.problems


@dataclass
class _Tables:
    """Tables that are read one by one; what can't be is told, and counted in `problems`."""

    model: Model
    files: Sequence[Path]
    data: DataSettings
    problems: int = 0

    def rows(self, top: int) -> Iterator[dict[str, Cell]]:
        first: list[str] = []
        for file in self.files:
            try:
                frame, predictions = self._predicted(file)
                first = first or frame.columns
                if frame.columns != first:
                    raise DataError(
                        f"{file} has other columns than the first table; expected {', '.join(first)}, in "
                        "this order. Predict it alone."
                    )
            except DataError as error:
                note(str(error))
                self.problems += 1
                continue
            before = {"file": str(file)} if len(self.files) > 1 else {}
            for number, row in enumerate(frame.iter_rows(named=True)):
                yield {**before, **row, **predictions.cells(number, top)}

    def _predicted(self, file: Path) -> "tuple[DataFrame, Predictions]":
        frame = read_for(self.model, file, self.data)
        try:
            return frame, Predictions.of(self.model, frame)
        except (DataError, ShapeError) as error:
            raise DataError(f"{file}: {error}") from error


def read_for(model: Model, file: Path, data: DataSettings, *further: str) -> "DataFrame":
    """Read a table for a network: those columns are categories that are so to it, and further ones.

    Raises:
        ConfigurationError: a setting of CSV files is out of its range.
        DataError: the file can't be read.
        MissingExtraError: the extra `tables` is not installed.
    """
    preparation = model.preparation
    assert preparation is not None
    frame = read_frame(file, data.dialect)
    known = {column.name for column in preparation.columns if isinstance(column, CategoryColumn)}
    categories = [name for name in frame.columns if name in known or name in further]
    if any(frame[name].dtype.is_numeric() for name in categories):
        return read_frame(file, data.dialect, categories)
    return frame
