"""The array types that signatures name."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
RawArray: TypeAlias = Any  # inputs as they are given: a NumPy array or a scipy.sparse one, of any real type
Cache: TypeAlias = Any  # what a layer's forward hands to its backward; nobody else reads it


def is_sparse(array: RawArray) -> bool:
    """Whether an array is one of scipy.sparse, told without importing it."""
    return hasattr(array, "tocsr")


def as_dense(array: RawArray) -> RawArray:
    """Return a plain array, made from a sparse one if need be."""
    return array.toarray() if is_sparse(array) else array
