"""The IDX file format of the MNIST family, read strictly and written.

An IDX file is two zero bytes, a byte for the type, a byte for the number of dimensions, each dimension's
length as a big-endian 32-bit integer, then the elements in big-endian C order
(http://yann.lecun.com/exdb/mnist/, "The IDX file format"). A name ending in .gz means gzip.
"""

import gzip
import io
import math
import zlib
from pathlib import Path

import numpy as np

from plainweave.arrays import RawArray
from plainweave.errors import DataError
from plainweave.files import write_whole

TYPES: dict[int, np.dtype[np.generic]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}


def read_idx(path: str | Path) -> RawArray:
    """Read an IDX file, gzip or plain, into an array of the file's shape and type.

    Raises:
        DataError: the file can't be read, is damaged or cut short, has another magic number, an unknown
            type, no dimension or such as no array can have, or fewer or more bytes than they say.
    """
    path = Path(path)
    content = _read_bytes(path)
    if len(content) < 4 or content[:2] != b"\0\0":
        raise DataError(
            f"{path} starts with the bytes {content[:4].hex(' ') or '(none)'}; expected an IDX file, "
            "which starts with 00 00. Give the original file."
        )
    code, dimensions = content[2], content[3]
    if code not in TYPES or dimensions == 0:
        raise DataError(
            f"{path} has the IDX type 0x{code:02x} and {dimensions} dimensions; expected a type of "
            f"{', '.join(f'0x{known:02x}' for known in TYPES)} and at least 1 dimension."
        )
    header = 4 + 4 * dimensions
    if len(content) < header:
        raise DataError(f"{path} ends within its header of {header} bytes. Fetch or copy it again.")
    shape = tuple(int(length) for length in np.frombuffer(content, ">u4", dimensions, offset=4))
    dtype = TYPES[code]
    expected = math.prod(shape) * dtype.itemsize
    if len(content) - header != expected:
        raise DataError(
            f"{path} holds {len(content) - header} bytes of data; expected {expected} for its "
            f"dimensions {' x '.join(map(str, shape))}. Fetch or copy it again."
        )
    try:
        elements = np.frombuffer(content, dtype, offset=header).reshape(shape)
    except ValueError:
        raise DataError(
            f"{path} has the dimensions {' x '.join(map(str, shape))}; expected no more and no longer ones "
            "than an array can have. Give the original file."
        ) from None
    return elements.astype(dtype.newbyteorder("="), copy=False)


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


def _read_bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                return file.read()
        return content
    except FileNotFoundError:
        raise DataError(f"{path} is not there. Give the folder that holds it.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is not a whole gzip file ({error}). Fetch or copy it again.") from error
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}.") from error
