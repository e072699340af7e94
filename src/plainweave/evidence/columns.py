"""The columns of a data set's inputs, by name, whether they are a plain array or not."""

from typing import cast

import numpy as np

from plainweave.arrays import IntArray, RawArray, as_dense
from plainweave.data import Dataset, Examples
from plainweave.data.tables.table import Table
from plainweave.training import Model


def column_names(dataset: Dataset) -> tuple[str, ...]:
    """Return the names of the columns; those of a plain array are counted from 0."""
    if dataset.test.table is not None:
        return dataset.test.table.names
    return tuple(f"column {number}" for number in range(dataset.features))


def columns_of(model: Model) -> int:
    """Return how many columns a model takes: those of a table, or the features of an array."""
    return model.network.inputs if model.preparation is None else len(model.preparation.columns)


def reordered(examples: Examples, column: int, order: IntArray) -> Examples:
    """Return examples (n) whose values of one column stand in another order (n,)."""
    if examples.table is not None:
        columns = list(examples.table.columns)
        columns[column] = columns[column][order]
        return examples.with_inputs(cast(RawArray, Table(tuple(columns))))
    inputs = as_dense(examples.inputs).copy()
    inputs[:, column] = inputs[order, column]
    return examples.with_inputs(inputs)


def evenly(examples: int, at_most: int) -> IntArray:
    """Return rows of at most so many of all examples, from the first to the last."""
    return np.unique(np.linspace(0, examples - 1, min(examples, at_most)).astype(int))
