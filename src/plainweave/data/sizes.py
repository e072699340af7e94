"""Sizes of inputs, targets and weights that float32 can stand, with room to spare."""

import numpy as np

from plainweave.arrays import RawArray, is_sparse
from plainweave.data.stored import is_stored
from plainweave.errors import DataError

# Between these float32 holds numbers, their squares and their standardized values.
LARGEST, SMALLEST = 1e15, 1e-15


def check_sizes(name: str, what: str, array: RawArray) -> None:
    """Check that all numbers of an array (examples,) or (examples, columns) can be computed with.

    Args:
        name: of the array, for messages.
        what: a number of an example's is called, as in "feature".
        array: real numbers, sparse or not.

    Raises:
        DataError: one is not finite or larger than 1e15 in size.
    """
    may_be_larger = array.dtype.kind == "f" or array.dtype.itemsize == 8
    if may_be_larger and not _largest(array) <= LARGEST:
        raise _too_large(name, what, array)


def check_not_tiny(whose: str, what: str, array: RawArray) -> None:
    """Check that the squares of an array's numbers are not all rounded to 0.

    Args:
        whose: begins the message.
        what: one of the numbers is called, as in "training input".
        array: real numbers, sparse or not.

    Raises:
        DataError: all are smaller than 1e-15 in size, and not all are 0.
    """
    largest = _largest(array) if array.dtype.kind == "f" else 1
    if 0 < largest < SMALLEST:
        raise DataError(
            f"{whose}the largest {what} is {largest:g} in size; expected 0, or {SMALLEST:g} to "
            f"{LARGEST:g}. Multiply all {what.split()[-1]}s by a constant."
        )


def _largest(array: RawArray) -> float:
    """Return the largest size of a number; not finite if one is not."""
    if is_stored(array):
        return array.largest
    values = array.data if is_sparse(array) else array
    return max(float(values.max(initial=0)), -float(values.min(initial=0)))


def _too_large(name: str, what: str, array: RawArray) -> DataError:
    """Return the error that says which number is not finite or too large, the first one."""
    values = array.data if is_sparse(array) else array
    first = 0
    if is_stored(array):
        first, values = next(
            (start, chunk) for start, chunk in array.chunks() if not _largest(chunk) <= LARGEST
        )
    where = np.argwhere(~((values >= -LARGEST) & (values <= LARGEST)))[0]
    value = values[tuple(where)]
    where[0] += first
    if is_sparse(array):
        where = np.concatenate([np.searchsorted(array.indptr, where, "right") - 1, array.indices[where]])
    example, *column = where.tolist()
    expected, advice = "finite numbers", "Leave that example out, or fill in a number."
    if np.isfinite(value):
        expected, advice = f"at most {LARGEST:g} in size", f"Multiply all {name} by a constant."
    place = f" as its {what} {column[0]}" if column else ""
    return DataError(f"{name}: example {example} has {value:g}{place}; expected {expected}. {advice}")
