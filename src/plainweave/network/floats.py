"""Numbers that can be computed with, from whatever an array holds."""

from typing import cast

import numpy as np
import numpy.typing as npt

from plainweave.arrays import FloatArray
from plainweave.errors import DataError


def as_floats(name: str, values: npt.ArrayLike) -> FloatArray:
    """Return an array of floating-point numbers: float32 and wider as they are, all else as float64.

    Whole numbers could wrap around when one is taken from another, and float16 holds three digits.

    Raises:
        DataError: the values are not real numbers.
    """
    array: npt.NDArray[np.generic] = np.asarray(values)
    if array.dtype.kind == "f" and array.itemsize >= 4:
        return cast(FloatArray, array)
    if array.dtype.kind not in "biuf":
        raise DataError(f"{name} are of {array.dtype}; expected real numbers.")
    return array.astype(np.float64)
