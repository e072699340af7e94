"""The array types that signatures name."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
RawArray: TypeAlias = npt.NDArray[Any]  # inputs as they lie in a file: bytes, integers or floats
Cache: TypeAlias = Any  # what a layer's forward hands to its backward; nobody else reads it
