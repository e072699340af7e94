"""Examples as they are given, made a batch that a network can take."""

from typing import cast

import numpy as np

from plainweave.arrays import FloatArray, as_array, as_dense
from plainweave.errors import DataError, ShapeError


def as_batch(given: object, inputs: int, stack: tuple[int, ...], dtype: np.dtype[np.floating]) -> FloatArray:
    """Return examples x (batch, inputs), or (models, batch, inputs) of a stack, as floating-point numbers.

    Args:
        given: whatever NumPy can make an array of.
        inputs: features of an example.
        stack: () for one network, (models,) for several.
        dtype: what whole numbers become.

    Raises:
        ShapeError: x has another number of features, or is of another number of models.
        DataError: x is no array of real numbers.
    """
    x = as_dense(as_array("x", given))
    one = " x.reshape(1, -1) makes one example a batch." if x.shape == (inputs,) else ""
    if x.ndim < 2 or x.shape[-1] != inputs:
        raise ShapeError(
            f"Network of {inputs} inputs: x has shape {x.shape}; expected (batch, {inputs}).{one}"
        )
    if stack and x.shape[:-2] not in ((), stack):
        raise ShapeError(
            f"Network of {stack[0]} models: x has shape {x.shape}; expected (batch, {inputs}), "
            f"or ({stack[0]}, batch, {inputs}) with a batch for each."
        )
    return cast(FloatArray, x) if x.dtype.kind == "f" else x.astype(dtype)


def finite(x: FloatArray) -> FloatArray:
    """Return a batch if all its numbers are finite.

    Raises:
        DataError: one is not.
    """
    if not np.isfinite(x).all():
        first = tuple(np.argwhere(~np.isfinite(x))[0].tolist())
        raise DataError(
            f"x{list(first)} is {x[first]:g}; expected finite numbers. Leave that example out, or fill in a "
            "number."
        )
    return x
