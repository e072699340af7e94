"""Some test examples of a table, as they stand in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from plainweave.data import Dataset
from plainweave.data.table import Table

_SAMPLES, _MOST_COLUMNS = 20, 100


@dataclass(frozen=True)
class SampleRows:
    """Rows of a table.

    Attributes:
        names: of its columns.
        rows: their values, numbers or texts; None where one is missing.
        truth: the target of each row, in words.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[float | str | None, ...], ...]
    truth: tuple[str, ...]

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.rows}
        if not self.rows or widths != {len(self.names)} or len(self.truth) != len(self.rows):
            raise ValueError(
                f"samples are {len(self.rows)} rows; expected as many targets, and {len(self.names)} values "
                "in each"
            )


def sample_rows(dataset: Dataset) -> SampleRows | None:
    """Return the first test examples; None where they are no table, or one of too many columns."""
    table = dataset.test.table
    if table is None or len(table.columns) > _MOST_COLUMNS:
        return None
    some = slice(min(_SAMPLES, len(table)))
    targets = dataset.test.targets[some]
    if dataset.is_classification:
        truth = [dataset.class_names[label] for label in dataset.test[some].labels]
    else:
        truth = [" and ".join(f"{number:.6g}" for number in row) for row in targets.reshape(len(targets), -1)]
    return SampleRows(table.names, tuple(zip(*_values(table[some]), strict=True)), tuple(truth))


def _values(table: Table) -> list[Sequence[float | str | None]]:
    """Return the values of each column."""
    return [
        [
            None if is_missing else (float(value) if column.levels is None else column.levels[int(value)])
            for value, is_missing in zip(column.values, column.missing, strict=True)
        ]
        for column in table.columns
    ]
