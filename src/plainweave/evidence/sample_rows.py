"""Some test examples of a table, as they stand in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from plainweave.arrays import IntArray
from plainweave.data import Dataset
from plainweave.data.sizes import SMALLEST
from plainweave.data.tables.table import Table
from plainweave.display import counted
from plainweave.training import Model

_FIRST, _WORST, _MOST_COLUMNS = 20, 10, 100


@dataclass(frozen=True, repr=False)
class SampleRows:
    """Test examples of a table: the first ones, and those that the best network is farthest from.

    Attributes:
        names: of its columns.
        examples: their numbers among the test examples.
        first: how many of them are the first ones; the others follow, the worst of them first.
        rows: their values, numbers or texts; None where one is missing.
        truth: the target of each, in words.
    """

    names: tuple[str, ...]
    examples: tuple[int, ...]
    first: int
    rows: tuple[tuple[float | str | None, ...], ...]
    truth: tuple[str, ...]

    def __repr__(self) -> str:
        return f"SampleRows({counted(len(self.rows), 'row')} of {counted(len(self.names), 'column')})"

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.rows}
        lengths = {len(self.rows), len(self.truth), len(self.examples)}
        if widths != {len(self.names)} or len(lengths) != 1 or self.first > len(self.rows):
            raise ValueError(
                f"samples are {len(self.rows)} rows; expected as many numbers and targets, and "
                f"{len(self.names)} values in each"
            )


def sample_rows(dataset: Dataset, model: Model) -> SampleRows | None:
    """Return some test examples; None where they are no table, or one of too many columns.

    Args:
        dataset: with the test examples.
        model: the best network.
    """
    if dataset.test.table is None or len(dataset.test.table.columns) > _MOST_COLUMNS:
        return None
    first = np.arange(min(_FIRST, len(dataset.test)))
    places = np.concatenate([first, _worst(dataset, model)])
    examples = dataset.test[places]
    table = cast(Table, examples.table)
    if dataset.is_classification:
        truth = [dataset.class_names[label] for label in examples.labels]
    else:
        targets = examples.targets.reshape(len(examples), -1)
        truth = [" and ".join(f"{number:.6g}" for number in row) for row in targets]
    rows = tuple(zip(*_values(table), strict=True))
    return SampleRows(table.names, tuple(places.tolist()), len(first), rows, tuple(truth))


def _worst(dataset: Dataset, model: Model) -> IntArray:
    """Return the most confident mistakes, or the examples of the largest errors."""
    test = dataset.test
    if dataset.is_classification:
        probabilities = model.probabilities(test.inputs)
        sizes = np.where(probabilities.argmax(axis=-1) != test.labels, probabilities.max(axis=-1), 0)
    else:
        true = test.targets.reshape(len(test), -1, 1).astype(np.float64)
        found = np.asarray(model.predict(test.inputs), np.float64)
        if found.size % true.size or not np.isfinite(found).all():
            return np.arange(0)
        found = found.reshape(*true.shape[:2], -1)
        sizes = (np.abs(found - true) / (true.std(axis=0) + SMALLEST)).mean(axis=(1, 2))
    worst = np.argsort(-sizes, kind="stable")[:_WORST]
    return worst[sizes[worst] > 0]


def _values(table: Table) -> list[Sequence[float | str | None]]:
    """Return the values of each column."""
    return [
        [
            None if is_missing else (float(value) if column.levels is None else column.levels[int(value)])
            for value, is_missing in zip(column.values, column.missing, strict=True)
        ]
        for column in table.columns
    ]
