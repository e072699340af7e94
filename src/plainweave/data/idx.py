"""The IDX file format of the MNIST family, read strictly and written.

An IDX file is two zero bytes, a byte for the type, a byte for the number of dimensions, each dimension's
length as a big-endian 32-bit integer, then the elements in big-endian C order
(http://yann.lecun.com/exdb/mnist/, "The IDX file format"). A name ending in .gz means gzip.
"""

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from plainweave.arrays import RawArray, as_dense
from plainweave.data.paths import as_path
from plainweave.errors import DataError
from plainweave.storage.files import open_file, write_where_asked

TYPES: dict[int, np.dtype[np.generic]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
LARGEST = 2**32  # bytes of a file, unpacked; also the most memory that reading one takes
_CODES = {dtype.newbyteorder("="): code for code, dtype in TYPES.items()}
_LONGEST_SIDE = 2**32 - 1  # elements of a dimension
_MOST_UNPACKED = 1032  # times its size: the most that deflate can make of a byte (zlib.net/zlib_tech.html)


def read_idx(path: str | Path) -> RawArray:
    """Read an IDX file, gzip or plain, into an array of the file's shape and type.

    No memory is taken before the file's size allows for what its header promises, and no more is unpacked.

    Raises:
        ConfigurationError: the path is none.
        DataError: the file can't be read, is damaged or cut short, has another magic number, an unknown
            type, no dimension or such as no array can have, promises more than `LARGEST`, or holds fewer
            or more bytes than it promises.
    """
    path = as_path("path", path)
    try:
        with open_file(path, LARGEST) as (file, size):
            return parse_idx(path, file, size)
    except FileNotFoundError:
        raise DataError(f"{path} is not there. Give the folder that holds it.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is not a whole gzip file ({error}). Fetch or copy it again.") from error
    except OSError as error:
        raise DataError(
            f"{path} can't be read: {error.strerror or error}. Give a file that can be read."
        ) from error


def parse_idx(path: Path, file: BinaryIO, size: int) -> RawArray:
    """Read an open IDX file of `size` bytes that was found at `path`; its name says whether it is packed.

    Raises:
        DataError: as `read_idx` has it.
        EOFError, OSError, zlib.error: it is no whole gzip file, or can't be read.
    """
    if path.suffix != ".gz":
        return _read(path, file, size)
    with gzip.GzipFile(fileobj=file) as unpacked:
        return _read(path, unpacked, min(LARGEST, _MOST_UNPACKED * size), packed=True)


def write_idx(path: str | Path, array: object) -> None:
    """Write an array, or what makes one, as an IDX file; a name ending in .gz is compressed.

    Whole numbers of a type that IDX lacks, and truth values, are written in the smallest of its types
    (uint8, int8, int16, int32) that holds them all; half precision as float32.

    Raises:
        ConfigurationError: the path is none.
        DataError: IDX has no type that holds the array as it is, the array has no dimension, or the file
            would be larger than `LARGEST`.
        RecordError: the file can't be written.
    """
    path = as_path("path", path)
    elements = _fit_for_idx(path, _as_array(path, array))
    code = _CODES[elements.dtype.newbyteorder("=")]
    content = (
        bytes([0, 0, code, elements.ndim])
        + np.array(elements.shape, ">u4").tobytes()
        + elements.astype(TYPES[code]).tobytes()
    )
    # No time stamp in the gzip header, so that the same array gives the same file.
    write_where_asked(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _as_array(path: Path, given: object) -> RawArray:
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):
        raise DataError(f"{path}: a masked array was given. Fill in what is masked, with filled().")
    try:
        return np.asarray(as_dense(cast(RawArray, given)))
    except Exception as error:  # lists in lists of other lengths, and what foreign objects raise
        raise DataError(
            f"{path}: no array can be made of a {type(given).__name__} ({error}); expected numbers, as "
            "many in each row."
        ) from error


def _fit_for_idx(path: Path, array: RawArray) -> RawArray:
    """Return an array in a type of IDX that holds all its values."""
    if array.ndim == 0 or max(array.shape) > _LONGEST_SIDE:
        raise DataError(
            f"{path}: an array of shape {array.shape} was given; expected at least 1 dimension, of at most "
            f"{_LONGEST_SIDE} elements each."
        )
    dtype = _type_for(array)
    if dtype is None:
        raise DataError(
            f"{path}: an array of {array.dtype}{_range(array)} was given; expected what one of the types "
            f"{', '.join(map(str, _CODES))} holds. Convert it to one."
        )
    if 4 + 4 * array.ndim + array.size * dtype.itemsize > LARGEST:
        raise DataError(
            f"{path}: an array of {array.size:,} elements was given; expected a file of at most {LARGEST:,} "
            "bytes. Write several."
        )
    return array.astype(dtype, copy=False)


def _type_for(array: RawArray) -> np.dtype[np.generic] | None:
    """Return the array's own type if IDX has it, else the smallest whole one for its values; or none."""
    own = array.dtype.newbyteorder("=")
    if own in _CODES:
        return own
    if own == np.float16:
        return np.dtype(np.float32)
    if own.kind not in "biu":
        return None
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    for dtype in _CODES:
        if dtype.kind in "iu" and low >= np.iinfo(dtype.str).min and high <= np.iinfo(dtype.str).max:
            return dtype
    return None


def _range(array: RawArray) -> str:
    return f" from {array.min()} to {array.max()}" if array.dtype.kind in "iu" else ""


def _read(path: Path, file: BinaryIO | gzip.GzipFile, at_most: int, packed: bool = False) -> RawArray:
    """Read an array from an open file of `at_most` bytes; of that many in any case, unless it is packed."""
    dtype, shape = _read_header(path, file)
    header, expected = 4 + 4 * len(shape), math.prod(shape) * dtype.itemsize
    if packed and header + expected > at_most:
        raise DataError(
            f"{path} promises {expected} bytes of data; expected at most {max(at_most - header, 0)} of a "
            "gzip file of its size. Fetch or copy it again."
        )
    if not packed and header + expected != at_most:
        raise _other_size(path, str(at_most - header), expected, shape)
    try:
        elements = np.empty(shape, dtype)
    except ValueError:
        raise DataError(
            f"{path} has the dimensions {_times(shape)}; expected no more and no longer ones "
            "than an array can have. Give the original file."
        ) from None
    filled = _fill(file, elements.reshape(-1).view(np.uint8))
    if filled != expected or file.read(1):
        given = str(filled) if filled != expected else f"more than {expected}"
        raise _other_size(path, given, expected, shape)
    if dtype.isnative:
        return elements
    return elements.byteswap(inplace=True).view(dtype.newbyteorder("="))


def _read_header(path: Path, file: BinaryIO | gzip.GzipFile) -> tuple[np.dtype[np.generic], tuple[int, ...]]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise DataError(
            f"{path} starts with the bytes {magic.hex(' ') or '(none)'}; expected an IDX file, "
            "which starts with 00 00. Give the original file."
        )
    code, dimensions = magic[2], magic[3]
    if code not in TYPES or dimensions == 0:
        raise DataError(
            f"{path} has the IDX type 0x{code:02x} and {dimensions} dimensions; expected a type of "
            f"{', '.join(f'0x{known:02x}' for known in TYPES)} and at least 1 dimension."
        )
    lengths = file.read(4 * dimensions)
    if len(lengths) < 4 * dimensions:
        raise DataError(
            f"{path} ends within its header of {4 + 4 * dimensions} bytes. Fetch or copy it again."
        )
    return TYPES[code], tuple(int(length) for length in np.frombuffer(lengths, ">u4"))


def _fill(file: BinaryIO | gzip.GzipFile, target: npt.NDArray[np.uint8]) -> int:
    """Read bytes until the target is full or the file ends; return how many that were."""
    filled = 0
    while count := file.readinto(target[filled:].data):  # type: ignore[union-attr]
        filled += count
    return filled


def _other_size(path: Path, given: str, expected: int, shape: tuple[int, ...]) -> DataError:
    return DataError(
        f"{path} holds {given} bytes of data; expected {expected} for its dimensions {_times(shape)}. "
        "Fetch or copy it again."
    )


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
