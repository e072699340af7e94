"""Examples as the compiled engine takes them."""

from collections.abc import Iterator
from typing import cast

import numpy as np
import numpy.typing as npt

from plainweave.arrays import BoolArray, FloatArray, IntArray, RawArray, is_sparse
from plainweave.data import Examples, Standardizer
from plainweave.data.standardizer import far_examples
from plainweave.data.stored import Stored, is_stored
from plainweave.engine.windows import Prepare, Windows

_FEWEST_ZEROS = 0.1  # of all inputs; below, nothing is gained by skipping them
_BATCH = 256  # examples standardized together
_SAMPLES = 16  # runs of a file that tell how many of its inputs are zero


class Inputs:
    """Inputs as the compiled code takes them: x = raw * scale - shift.

    Float32 would lose the digits of inputs whose mean is far from 0. These are standardized here, once, in
    float64: features, which then have a scale of 1 and a shift of 0, or examples, of which their own mean
    and deviation are then 0 and 1.

    Where many inputs are zero, the shift is folded away: what is multiplied is raw * scale, zero where raw
    is zero, and the shift's part of every product is taken off after it: by no more than `FAR` times the
    difference.

    Inputs that lie in a file are read, and standardized where that is to be, window by window.

    Args:
        examples: whose inputs they are.
        standardizer: fitted on the training part.
        dtype: the network's.
        batch_size: of what is worked on together.
        share: of `WINDOW` the part, 1 / share, that inputs of a file may take in memory.
    """

    def __init__(
        self,
        examples: Examples,
        standardizer: Standardizer,
        dtype: np.dtype[np.floating],
        batch_size: int = 1,
        share: int = 1,
    ) -> None:
        raw = examples.inputs
        self.per_example = standardizer.kind == "per-image"
        self.scaled = standardizer.kind == "per-pixel"
        scale, shift, prepare = _shared_out(standardizer, raw, dtype)
        self.scale, self.shift = scale.astype(dtype), shift.astype(dtype)
        self.arrays: tuple[npt.NDArray[np.generic], ...]
        self._windows: Windows | None = None
        if is_stored(raw):
            kept = np.uint8 if raw.dtype == np.uint8 and prepare is None else dtype
            self._windows = Windows(raw, raw.window(batch_size, share), kept, prepare)
            self.arrays, density = self._windows.arrays, _density(raw, prepare)
        else:
            self.arrays, density = _as_arrays(
                prepare(raw, np.arange(len(examples))) if prepare else raw, dtype
            )
        self.folded = density < 1 - _FEWEST_ZEROS

    @property
    def in_file(self) -> bool:
        """Whether they lie in a file."""
        return self._windows is not None

    def over(self, order: IntArray, batch_size: int) -> Iterator[slice]:
        """Give the parts of an order, whole batches of it, whose inputs are in memory; see `Windows`."""
        if self._windows is None:
            return iter([slice(0, len(order))])
        return self._windows.over(order, batch_size)


def _shared_out(
    standardizer: Standardizer, raw: RawArray, dtype: np.dtype[np.floating]
) -> tuple[FloatArray, FloatArray, Prepare | None]:
    """Return what the compiled code is to standardize by, and what standardizes here what is left.

    Returns:
        The scale of each feature and its shift (features,), and a function of raw inputs and their rows; None
        where nothing is left.
    """
    count, features = raw.shape
    far_rows, far_columns = np.ones(count, dtype=bool), np.ones(features, dtype=bool)
    scale: FloatArray = np.ones(features)
    shift: FloatArray = np.ones(features)
    own = standardizer
    if standardizer.kind == "per-image":
        far_rows = far_examples(raw)
    else:
        scale = np.broadcast_to(standardizer.scale, features).copy()
        shift = np.broadcast_to(standardizer.shift, features).copy()
        far_columns = np.broadcast_to(standardizer.far, features).copy()
        if far_columns.any():
            own = Standardizer("per-pixel", scale[far_columns], shift[far_columns])
            scale[far_columns], shift[far_columns] = 1, 0
    if not (far_rows.any() and far_columns.any()):
        return scale, shift, None

    def prepare(some: RawArray, rows: IntArray) -> RawArray:
        return _standardized(some, far_rows[rows], far_columns, own, dtype)

    return scale, shift, prepare


def _density(stored: Stored, prepare: Prepare | None) -> float:
    """Return the share of inputs that is not zero, of some runs that lie evenly in the file."""
    counted = size = 0
    for start in np.linspace(0, len(stored) - 1, _SAMPLES).astype(int):
        rows = np.arange(start, min(start + stored.run, len(stored)))
        raw = stored[rows].toarray()
        numbers = prepare(raw, rows) if prepare else raw
        counted, size = counted + int(np.count_nonzero(numbers)), size + numbers.size
    return counted / size


def _standardized(
    raw: RawArray,
    rows: BoolArray,
    columns: BoolArray,
    standardizer: Standardizer,
    dtype: np.dtype[np.floating],
) -> RawArray:
    """Return inputs (examples, features) as reals, with those of some rows and columns standardized."""
    if is_sparse(raw):
        from scipy.sparse import csr_array

        sparse = raw.tocsr().astype(dtype)
        row_of_element = np.repeat(np.arange(len(rows)), np.diff(sparse.indptr))
        sparse.data[rows[row_of_element] & columns[sparse.indices]] = 0
        standardized = standardizer(cast(RawArray, raw.tocsr()[rows][:, columns]), dtype)
        row, column = np.flatnonzero(rows), np.flatnonzero(columns)
        places = (np.repeat(row, len(column)), np.tile(column, len(row)))
        return cast(RawArray, sparse + csr_array((standardized.ravel(), places), raw.shape))
    dense: FloatArray = raw.astype(dtype)
    for start in range(0, len(rows), _BATCH):
        part = slice(start, start + _BATCH)
        at = np.ix_(rows[part], columns)
        dense[part][at] = standardizer(raw[part][at], dtype)
    return dense


def _as_arrays(
    raw: RawArray, dtype: np.dtype[np.floating]
) -> tuple[tuple[npt.NDArray[np.generic], ...], float]:
    """Return the inputs as bytes, reals or the parts of a sparse matrix, and the share that is not zero."""
    if is_sparse(raw):
        rows = raw.tocsr()
        rows.check_format(full_check=True)
        arrays = (
            rows.indptr.astype(np.int64),
            rows.indices.astype(np.int32),
            rows.data.astype(dtype),
        )
        return arrays, rows.nnz / max(1, rows.shape[0] * rows.shape[1])
    dense = np.ascontiguousarray(raw, np.uint8 if raw.dtype == np.uint8 else dtype)
    # Comparisons of numbers are counted faster than the numbers themselves.
    chunks = (dense[start : start + _BATCH] for start in range(0, len(dense), _BATCH))
    return (dense,), sum(np.count_nonzero(chunk != 0) for chunk in chunks) / dense.size
