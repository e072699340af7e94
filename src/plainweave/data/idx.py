"""The IDX file format of the MNIST family, read strictly and written.

An IDX file is two zero bytes, a byte for the type, a byte for the number of dimensions, each dimension's
length as a big-endian 32-bit integer, then the elements in big-endian C order
(http://yann.lecun.com/exdb/mnist/, "The IDX file format"). A name ending in .gz means gzip.
"""

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from plainweave.arrays import RawArray
from plainweave.errors import DataError
from plainweave.files import open_file, write_whole

TYPES: dict[int, np.dtype[np.generic]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
LARGEST = 2**32  # bytes of a file, unpacked; also the most memory that reading one takes
_MOST_UNPACKED = 1032  # times its size: the most that deflate can make of a byte (zlib.net/zlib_tech.html)


def read_idx(path: str | Path) -> RawArray:
    """Read an IDX file, gzip or plain, into an array of the file's shape and type.

    No memory is taken before the file's size allows for what its header promises, and no more is unpacked.

    Raises:
        DataError: the file can't be read, is damaged or cut short, has another magic number, an unknown
            type, no dimension or such as no array can have, promises more than `LARGEST`, or holds fewer
            or more bytes than it promises.
    """
    path = Path(path)
    try:
        with open_file(path, LARGEST) as (file, size):
            if path.suffix != ".gz":
                return _read(path, file, size)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _read(path, unpacked, min(LARGEST, _MOST_UNPACKED * size), packed=True)
    except FileNotFoundError:
        raise DataError(f"{path} is not there. Give the folder that holds it.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is not a whole gzip file ({error}). Fetch or copy it again.") from error
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}.") from error


def write_idx(path: str | Path, array: RawArray) -> None:
    """Write an array as an IDX file; a name ending in .gz is compressed.

    Raises:
        DataError: IDX has no type for the array, or the array has no dimension.
        RecordError: the file can't be written.
    """
    path = Path(path)
    codes = {dtype.newbyteorder("="): code for code, dtype in TYPES.items()}
    code = codes.get(array.dtype.newbyteorder("="))
    if code is None or array.ndim == 0:
        raise DataError(
            f"{path}: an array of {array.dtype} with {array.ndim} dimensions was given; expected one of "
            f"{', '.join(str(known) for known in codes)} with at least 1 dimension."
        )
    content = (
        bytes([0, 0, code, array.ndim])
        + np.array(array.shape, ">u4").tobytes()
        + array.astype(TYPES[code]).tobytes()
    )
    # No time stamp in the gzip header, so that the same array gives the same file.
    write_whole(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


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
