"""A history as a data frame."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.extras import need

if TYPE_CHECKING:
    from polars import DataFrame


def frame_of(names: Sequence[str], table: FloatArray) -> "DataFrame":
    """Return the columns of a history as a frame, as `History.to_frame` says.

    It is Polars' wherever it is made: a frame that is of one library on this machine and of another one on
    the next would break what is done with it. Polars is the one that plainweave reads tables with.

    Args:
        names: of the columns.
        table: their values (columns, epochs), or (columns, epochs, models) of a stack.
    """
    try:
        import polars
    except ImportError:
        need("tables", "A data frame")
        raise
    epochs, *models = table.shape[1:] if len(table) else (0,)
    numbers = np.arange(1, epochs + 1)
    columns = {"epoch": numbers}
    if models:
        columns = {"model": np.tile(np.arange(*models), epochs), "epoch": np.repeat(numbers, *models)}
    scores = {name: values.ravel() for name, values in zip(names, table, strict=True)}
    return polars.DataFrame({**columns, **scores})
