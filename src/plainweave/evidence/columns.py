"""The columns of a data set's inputs, by name, whether they are a plain array or not."""

import numpy as np

from plainweave.arrays import IntArray, as_dense
from plainweave.data import Dataset, Examples


def column_names(dataset: Dataset) -> tuple[str, ...]:
    """Return the names of the columns; those of a plain array are counted from 0."""
    return tuple(f"column {number}" for number in range(dataset.features))


def reordered(examples: Examples, column: int, order: IntArray) -> Examples:
    """Return examples (n) whose values of one column stand in another order (n,)."""
    inputs = as_dense(examples.inputs).copy()
    inputs[:, column] = inputs[order, column]
    return Examples.of_checked(inputs, examples.targets, examples.weights)


def evenly(examples: int, at_most: int) -> IntArray:
    """Return rows of at most so many of all examples, from the first to the last."""
    return np.unique(np.linspace(0, examples - 1, min(examples, at_most)).astype(int))
