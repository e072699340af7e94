"""The array types that signatures name, and how what a user gives becomes one of them."""

from contextlib import suppress
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, Protocol, Self, TypeAlias, TypeGuard, cast

import numpy as np
import numpy.typing as npt

from plainweave.checks import choice
from plainweave.errors import DataError

FloatArray: TypeAlias = npt.NDArray[np.floating]
IntArray: TypeAlias = npt.NDArray[np.integer]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


class SparseArray(Protocol):
    """What is used of the arrays of scipy.sparse, which are not imported where there are none."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    ndim: int
    nnz: int
    format: str
    has_canonical_format: bool
    data: npt.NDArray[np.floating | np.integer | np.bool_]
    indices: IntArray
    indptr: IntArray
    coords: tuple[IntArray, ...]

    def tocsr(self) -> "SparseArray":
        """Return it by rows."""

    def toarray(self) -> "RawArray":
        """Return a plain array."""

    def astype(self, dtype: npt.DTypeLike) -> "SparseArray":
        """Return a copy of another type."""

    def check_format(self, full_check: bool) -> None:
        """Raise ValueError where its parts do not fit each other; not all formats have it."""

    def __getitem__(self, rows: object) -> Self: ...
    def __add__(self, other: object) -> "SparseArray": ...


# Inputs as they are given, of any real type. An array of scipy.sparse goes by this name too: it has shape,
# dtype, rows and astype as NumPy's have; so do inputs that lie in a file (data/stored.py), but for astype.
# What only one of them has is used after `is_sparse` or `is_stored`.
RawArray: TypeAlias = npt.NDArray[np.floating | np.integer | np.bool_]
Cache: TypeAlias = Any  # what forward hands to backward; nobody else reads it

DTYPES = ("float32", "float64")
_NAMES = {np.dtype(name): name for name in DTYPES}
_REAL = "biuf"  # the kinds of NumPy types that are real numbers
_TEXT = "Text that holds numbers becomes numbers by .astype(float)."
# What else may be given, by the kind of its type, and what to do.
_OTHERS = {
    "c": ("complex numbers", "Give the real and the imaginary part as features of their own."),
    "M": ("dates", "Subtract a date, and divide by np.timedelta64(1, 's')."),
    "m": ("times", "Divide by np.timedelta64(1, 's')."),
    "V": ("records", "Put their fields side by side as columns of one type."),
}


def is_sparse(array: object) -> TypeGuard[SparseArray]:
    """Whether an array is one of scipy.sparse, told without importing it."""
    return hasattr(array, "tocsr")


def as_dense(array: RawArray) -> RawArray:
    """Return a plain array, made from a sparse one, or read from its file, if need be."""
    return cast(SparseArray, array).toarray() if hasattr(array, "toarray") else array


def form_of(array: FloatArray | None) -> str:
    """Return an array's type and shape, for messages."""
    return "nothing" if array is None else f"{array.dtype} of shape {array.shape}"


def as_array(name: str, given: object, *, text: str = _TEXT) -> RawArray:
    """Return real numbers that a user gives as a plain array, or as a csr_array where they are sparse.

    They may be lists, NumPy arrays of any order and byte order, memory-mapped or not, matrices, frames,
    Series, tensors: all that NumPy can convert. Half precision becomes float32, long doubles float64, and
    objects that all are numbers int64 or float64; everything else keeps its type, and is not copied.

    Args:
        name: what the numbers are, for messages.
        given: the numbers.
        text: what to do instead where text was given.

    Raises:
        DataError: they are no real numbers, some are masked, or NumPy can't convert them.
    """
    if type(given) is np.ndarray and given.dtype.kind in _REAL:
        return as_plain(name, given)
    if is_sparse(given):
        return _as_rows(name, given)
    if any(map(np.ma.is_masked, _arrays_in(given))):
        raise DataError(
            f"{name}: some numbers are masked; expected all of them. Fill them in with .filled(), or leave "
            "their examples out."
        )
    try:
        array = np.asarray(given)
    except Exception as error:  # each library has its own reasons
        raise DataError(
            f"{name}: NumPy can't make an array of the {type(given).__name__} ({error}); expected real "
            "numbers, as many in each row. Give an array."
        ) from error
    if array.dtype.kind == "O":
        array = _of_objects(name, array, text)
    return as_plain(name, array, text)


def precision(dtype: npt.DTypeLike) -> np.dtype[np.floating]:
    """Return the precision that a setting names, float32 or float64.

    Raises:
        ConfigurationError: it names another type, or none.
    """
    given: object = dtype
    if dtype is not None:  # for NumPy that is float64
        with suppress(TypeError, ValueError):  # what is no type at all is shown as it is
            wanted = np.dtype(dtype)
            given = _NAMES.get(wanted) or wanted.name  # quick where it is asked for each batch
    return np.dtype(choice("dtype", given, DTYPES))


def as_plain(name: str, array: RawArray, text: str = _TEXT) -> RawArray:
    """Return an array, sparse or not, in a type that the machine computes with.

    Raises:
        DataError: it holds no real numbers.
    """
    dtype = array.dtype
    if dtype.kind == "V" and dtype.names is None and "float" in dtype.name:  # bfloat16 and its kind
        return array.astype(np.float32)
    if dtype.kind not in _REAL:
        what, advice = _OTHERS.get(dtype.kind, ("text", text))
        raise _other(name, f"{what} ({dtype})", advice)
    if dtype.isnative and (dtype.kind != "f" or dtype in _NAMES):
        return array
    wanted = dtype.newbyteorder("=")
    if dtype.kind == "f" and wanted not in _NAMES:
        wanted = np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)
    with np.errstate(over="ignore"):  # infinity is found by who asks for finite numbers
        return array.astype(wanted)


def _arrays_in(given: object) -> list[object]:
    """Return the masked arrays of a list of rows, whose masks NumPy would drop, or what else is given."""
    if isinstance(given, list | tuple):
        return [row for row in given if isinstance(row, np.ma.MaskedArray)]
    return [given]


def _of_objects(name: str, array: RawArray, text: str) -> RawArray:
    kinds = set(map(type, array.flat))
    for kind in kinds:
        if not issubclass(kind, Real | Decimal | np.bool_):
            if issubclass(kind, str):
                raise _other(name, "text", text)
            raise _other(name, f"a {kind.__name__}", "Give an array of one type of number.")
    whole = all(issubclass(kind, Integral | np.bool_) for kind in kinds)
    try:
        return array.astype(np.int64 if whole else np.float64)
    except (OverflowError, ValueError):
        nearest: RawArray = np.vectorize(_nearest, otypes=[np.float64])(array)
        return nearest


def _nearest(value: int | float | Decimal) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return np.inf if value > 0 else -np.inf
    except ValueError:  # a Decimal that signals that it is none
        return np.nan


def _as_rows(name: str, sparse: SparseArray) -> RawArray:
    """Return any scipy.sparse array or matrix as a csr_array.

    Elements that are given several times are summed as SciPy does, but in 64 bits, so that none wraps.
    """
    from scipy.sparse import csr_array

    if sparse.ndim != 2:
        raise _other(name, f"a sparse array of shape {sparse.shape}", "Give it two dimensions.")
    sparse = cast(SparseArray, as_plain(name, cast(RawArray, sparse)))
    try:
        check_indices(sparse)
        if sparse.format == "csr" and sparse.has_canonical_format:
            return cast(RawArray, csr_array(sparse))
        narrow = sparse.dtype.kind in "biu" and sparse.dtype.itemsize < 8
        rows = csr_array(sparse.astype(np.int64) if narrow else sparse, copy=True)
        rows.sum_duplicates()
        rows.check_format(full_check=True)
    except ValueError as error:
        raise DataError(f"{name}: the sparse array is damaged ({error}). Make it again.") from error
    if sparse.format == "csr" and rows.nnz == sparse.nnz:
        return cast(RawArray, csr_array(sparse))  # nothing was there twice; the order of the elements stays
    back = rows.astype(sparse.dtype)
    return cast(RawArray, back if np.array_equal(back.data, rows.data) else rows)


def check_indices(sparse: SparseArray) -> None:
    """Check what SciPy itself relies on without looking.

    Raises:
        ValueError: an index lies outside.
    """
    if hasattr(sparse, "check_format"):
        sparse.check_format(full_check=True)
    if sparse.format == "coo":
        for axis, (indices, size) in enumerate(zip(sparse.coords, sparse.shape, strict=True)):
            if indices.size and not 0 <= indices.min() <= indices.max() < size:
                raise ValueError(f"an index of axis {axis} is outside of 0 to {size - 1}")


def _other(name: str, what: str, advice: str) -> DataError:
    return DataError(f"{name}: {what}; expected real numbers. {advice}")
