"""What a network says of the rows of tables: their own columns, and the predictions behind them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plainweave.cli.predictions import Predictions
from plainweave.cli.rows import Cell, deliver
from plainweave.cli.streams import note
from plainweave.cli.tables_to_predict import TableToPredict, note_unlearned
from plainweave.errors import DataError, ShapeError
from plainweave.experiments import DataSettings
from plainweave.training import Model

if TYPE_CHECKING:
    from polars import DataFrame


def predict_tables(
    models: Sequence[Model], files: Sequence[Path], data: DataSettings, top: int, form: str, out: Path | None
) -> int:
    """Print the rows of tables with what is predicted of them, and return how many tables can't be.

    Args:
        models: of tables, one or several of one experiment.
        files: CSV, Parquet or Feather files. Where there are several, a first column `file` tells them apart.
        data: how CSV files are written.
        top: how many classes to name.
        form: "csv" or "json".
        out: a file to write to.

    Raises:
        MissingExtraError: the extra `tables` is not installed.
        RecordError: the file can't be written.
    """
    tables = _Tables(models, files, data, form)
    deliver(tables.rows(top), form, out)
    return tables.problems


@dataclass
class _Tables:
    """Tables that are read one by one; what can't be is told, and counted in `problems`."""

    models: Sequence[Model]
    files: Sequence[Path]
    data: DataSettings
    form: str
    problems: int = 0

    def rows(self, top: int) -> Iterator[dict[str, Cell]]:
        first: list[str] = []
        for file in self.files:
            try:
                frame, predictions = self._predicted(file)
                before = {"file": str(file)} if len(self.files) > 1 else {}
                _check_names(file, frame.columns, [*before, *predictions.cells(0, top)])
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
            for number, row in enumerate(frame.iter_rows(named=True)):
                yield {**before, **row, **predictions.cells(number, top)}

    def _predicted(self, file: Path) -> "tuple[DataFrame, Predictions]":
        """Return a table as it is shown, and what is predicted of it."""
        table = TableToPredict.read(self.models[0], file, self.data)
        try:
            predictions = Predictions.of(self.models, table.frame)
        except (DataError, ShapeError) as error:
            raise DataError(f"{file}: {error}") from error
        note_unlearned(self.models[0], file, table.frame)
        return (table.written if self.form == "csv" else table.of_values()), predictions


def _check_names(file: Path, given: Sequence[str], ours: Sequence[str]) -> None:
    """Check that a table has no column that is called as one of those that stand beside its own."""
    for name in ours:
        if name in given:
            raise DataError(
                f"{file} has a column {name!r}, as one that is to stand beside its own; expected another "
                "name. Rename it, or leave it out."
            )
