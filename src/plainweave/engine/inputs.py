"""Examples as the compiled engine takes them."""

from typing import cast

import numpy as np
import numpy.typing as npt

from plainweave.arrays import BoolArray, FloatArray, RawArray, is_sparse
from plainweave.data import Examples, Standardizer
from plainweave.data.standardizer import far_examples

_FEWEST_ZEROS = 0.1  # of floating-point inputs; below, nothing is gained by skipping them
_BATCH = 256  # examples standardized together


class Inputs:
    """Inputs as the compiled code takes them: x = raw * scale - shift.

    Float32 would lose the digits of inputs whose mean is far from 0. These are standardized here, once, in
    float64: features, which then have a scale of 1 and a shift of 0, or examples, of which their own mean
    and deviation are then 0 and 1.

    Where many inputs are zero, the shift is folded away: what is multiplied is raw * scale, zero where raw
    is zero, and the shift's part of every product is taken off after it: by no more than `FAR` times the
    difference.
    """

    def __init__(self, examples: Examples, standardizer: Standardizer, dtype: np.dtype[np.floating]) -> None:
        raw, (count, features) = examples.inputs, examples.inputs.shape
        self.per_example = standardizer.kind == "per-image"
        self.scaled = standardizer.kind == "per-pixel"
        far_rows, far_columns = np.ones(count, dtype=bool), np.ones(features, dtype=bool)
        scale: FloatArray
        shift: FloatArray
        if self.per_example:
            far_rows = far_examples(raw)
            own, scale, shift = standardizer, np.ones(features), np.ones(features)
        else:
            scale = np.broadcast_to(standardizer.scale, features).copy()
            shift = np.broadcast_to(standardizer.shift, features).copy()
            far_columns = np.broadcast_to(standardizer.far, features).copy()
            own = standardizer
            if far_columns.any():
                own = Standardizer("per-pixel", scale[far_columns], shift[far_columns])
                scale[far_columns], shift[far_columns] = 1, 0
        if far_rows.any() and far_columns.any():
            raw = _standardized(raw, far_rows, far_columns, own, dtype)
        self.scale, self.shift = scale.astype(dtype), shift.astype(dtype)
        self.arrays, density = _as_arrays(raw, dtype)
        self.folded = density < 1 - _FEWEST_ZEROS


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
