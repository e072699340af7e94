"""Targets as rows of numbers, and the errors that say which example has which target."""

import numpy as np
import numpy.typing as npt

from plainweave.arrays import BoolArray, FloatArray, RawArray, as_array, as_dense
from plainweave.errors import DataError, ShapeError


def as_rows(targets: object) -> RawArray:
    """Return targets (examples,) or (examples, numbers) as (examples, numbers), of the type they are.

    Raises:
        DataError: they are not real numbers.
        ShapeError: they are neither.
    """
    array = as_dense(as_array("targets", targets))
    if array.ndim not in (1, 2) or array.shape[1:] == (0,):
        raise ShapeError(
            f"targets have shape {array.shape}; expected (examples,) or (examples, numbers). "
            "np.reshape(targets, (examples, -1)) makes rows of them."
        )
    return array[:, np.newaxis] if array.ndim == 1 else array


def in_precision(example: str, rows: RawArray, dtype: np.dtype[np.floating]) -> FloatArray:
    """Return rows of finite numbers in a precision, as they are if they are in it already.

    Raises:
        DataError: one is not finite, or too large for the precision.
    """
    check_targets(
        example, rows, np.isfinite(rows), "a finite number. Leave that example out, or fill in a number."
    )
    with np.errstate(over="ignore"):
        converted: FloatArray = rows.astype(dtype, copy=False)
    largest = np.finfo(dtype).max
    check_targets(
        example,
        rows,
        np.isfinite(converted),
        f"at most {largest:.2g} in size, the largest of {dtype}. Divide all targets by a constant.",
    )
    return converted


def check_targets(
    example: str, rows: npt.NDArray[np.generic], fits: BoolArray | np.bool_, expected: str
) -> None:
    """Check that all targets (examples, numbers) fit.

    Args:
        example: what messages call an example.
        rows: the targets.
        fits: which do, of their shape.
        expected: the rest of the message: what is expected, and what to do.

    Raises:
        DataError: one does not, the first is named.
    """
    misfits = np.argwhere(~fits)
    if not len(misfits):
        return
    row, column = misfits[0].tolist()
    value = f"{rows[row, column]:g}"
    what = f"the target {value}" if rows.shape[1] == 1 else f"{value} as its target {column}"
    raise DataError(f"{example} {row} has {what}; expected {expected}")
