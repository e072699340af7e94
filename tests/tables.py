"""A table of numbers and categories with holes, and targets that follow from it."""

import numpy as np

import plainweave as pw
from plainweave.arrays import FloatArray
from plainweave.data import Column

ROWS = 300


def table(seed: int = 0, rows: int = ROWS) -> pw.Table:
    """Two columns of numbers, one with holes, and two of categories, one of them with two levels."""
    stream = np.random.default_rng(seed)
    width = stream.normal(3, 2, rows)
    height = np.where(stream.random(rows) < 0.1, np.nan, stream.normal(size=rows))
    return pw.Table(
        (
            Column("width", width),
            Column("height", height),
            Column("colour", stream.integers(0, 3, rows).astype(np.int32), ("blue", "green", "red")),
            Column("old", stream.integers(0, 2, rows).astype(np.int32), ("no", "yes")),
        )
    )


def prices(of: pw.Table) -> FloatArray:
    """Numbers far from 0, whose spread is far from 1."""
    red = of.column("colour").values == 2
    numbers: FloatArray = 20_000 + 1000 * of.column("width").values + 5000 * red
    return numbers


def houses(*, classes: bool = False) -> pw.Dataset:
    """A data set of such tables, whose targets are prices, or whether these are high."""

    def examples(seed: int) -> pw.Examples:
        targets = prices(inputs := table(seed))
        return pw.Examples(inputs, targets > 24_000 if classes else targets)

    names = ("low", "high") if classes else ()
    return pw.Dataset("houses", examples(0), examples(1), names, target_name="price")
