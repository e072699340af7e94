"""NumPy's files of arrays, .npy and .npz, read strictly: a file that a stranger made runs no code.

A .npy file is a header, which says type, order and shape, and then the elements; an .npz file is a zip
archive of .npy files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
"""

import math
import sys
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from plainweave.errors import DataError
from plainweave.storage.files import open_file

LARGEST = 2**32  # bytes of the arrays of an .npz file, unpacked, which all are read into memory
_LARGEST_FILE = 2**50  # bytes of a .npy file
_MAPPED = 2**27  # bytes of a .npy file that is mapped, not read
_MOST_UNPACKED = 1032  # times its size: the most that deflate can make of a byte (zlib.net/zlib_tech.html)
_KINDS = "biufU"  # real numbers and texts, by the kinds of NumPy's types
_MOST_DIMENSIONS = 8

Array: TypeAlias = npt.NDArray[np.generic]
_Form = tuple[tuple[int, ...], bool, np.dtype[np.generic]]


def read_npy(path: Path) -> Array:
    """Read a .npy file; one of more than 128 MiB is mapped, so that next to nothing of it is in memory.

    Raises:
        DataError: the file can't be read, is damaged or cut short, holds objects or records, or holds fewer
            or more bytes than its header promises.
    """
    try:
        with open_file(path, _LARGEST_FILE) as (file, size):
            if size <= _MAPPED:
                return _read(str(path), file, size)
            shape, by_columns, dtype = _header(str(path), file)
            start = file.tell()
            _check_size(str(path), size - start, shape, dtype)
            elements = np.memmap(file, dtype, "r", start, math.prod(shape))
            return _shaped(str(path), elements, shape, by_columns)
    except FileNotFoundError:
        raise DataError(f"{path} is not there. Give the folder that holds it.") from None
    except OSError as error:
        raise DataError(
            f"{path} can't be read: {error.strerror or error}. Give a file that can be read."
        ) from error


def read_npz(path: Path) -> dict[str, Array]:
    """Read the arrays of an .npz file, by their names.

    Raises:
        DataError: the file can't be read, is damaged, packed by a password or in a way that is not known,
            holds a name twice or more than `LARGEST` bytes; or an array is refused as in a .npy file.
    """
    try:
        with open_file(path, LARGEST) as (file, _), zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_members(path, members)
            arrays = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                with archive.open(member) as unpacked:
                    arrays[name] = _read(f"{path}, {name}", unpacked, member.file_size)
            return arrays
    except FileNotFoundError:
        raise DataError(f"{path} is not there. Give the .npz file itself.") from None
    except OSError as error:
        raise DataError(
            f"{path} can't be read: {error.strerror or error}. Give a file that can be read."
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{path} is not a whole .npz file ({error}). Write it again with np.savez."
        ) from error


def _check_members(path: Path, members: list[zipfile.ZipInfo]) -> None:
    for name, count in Counter(member.filename for member in members).items():
        if count > 1 or not name.endswith(".npy"):
            what = "is there twice" if count > 1 else "is no array"
            raise DataError(f"{path}: {name!r} {what}; expected arrays, each once, as np.savez writes them.")
    promised = sum(member.file_size for member in members)
    if promised > LARGEST:
        raise DataError(
            f"{path} promises {promised:,} bytes; expected at most {LARGEST:,}, for it is read into memory. "
            "Write its arrays as .npy files of a folder: np.save(folder / 'inputs.npy', inputs)."
        )
    for member in members:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError(
                f"{path}: {member.filename!r} is packed in the way {member.compress_type}; expected 0 or 8, "
                "as np.savez and np.savez_compressed pack. Write it again with one of them."
            )
        if member.file_size > _MOST_UNPACKED * member.compress_size:
            raise DataError(
                f"{path}: {member.filename!r} promises {member.file_size:,} bytes of "
                f"{member.compress_size:,} packed ones, more than can be. Write it again with np.savez."
            )


def _read(where: str, file: IO[bytes], size: int) -> Array:
    """Read an array from an open file of so many bytes."""
    shape, by_columns, dtype = _header(where, file)
    _check_size(where, size - file.tell(), shape, dtype)
    elements = np.empty(math.prod(shape), dtype)
    target = elements.view(np.uint8).data
    while target:
        content = file.read(min(len(target), 2**20))
        if not content:
            raise _damaged(where, "it ends within its elements")
        target[: len(content)] = content
        target = target[len(content) :]
    return _shaped(where, elements, shape, by_columns)


def _shaped(where: str, elements: Array, shape: tuple[int, ...], by_columns: bool) -> Array:
    """Return the elements of a file (elements,) in its shape."""
    if elements.dtype.kind == "U":
        points = elements.view(elements.dtype.str[0] + "u4")
        if points.size and (points.max() > sys.maxunicode or ((points >= 0xD800) & (points < 0xE000)).any()):
            raise _damaged(where, "it has texts of no characters")
    try:
        return elements.reshape(shape[::-1]).T if by_columns else elements.reshape(shape)
    except ValueError:
        raise _damaged(where, f"no array has the shape {shape}") from None


def _header(where: str, file: IO[bytes]) -> _Form:
    try:
        version = npy.read_magic(file)
        if version == (1, 0):
            shape, by_columns, dtype = npy.read_array_header_1_0(file)
        elif version == (2, 0):
            shape, by_columns, dtype = npy.read_array_header_2_0(file)
        else:
            raise ValueError(f"its format is {version[0]}.{version[1]}; expected 1.0 or 2.0")
    except OSError:
        raise
    except Exception as error:  # what Python's parser raises of text that is no header, too
        raise _damaged(where, str(error).splitlines()[0] if str(error) else "its header is none") from error
    if dtype.kind not in _KINDS or not dtype.itemsize:
        raise DataError(
            f"{where} holds {dtype}; expected real numbers, or texts. Write it with "
            "np.save(file, array.astype('float32'))."
        )
    if len(shape) > _MOST_DIMENSIONS or any(side < 0 for side in shape):
        raise _damaged(where, f"no array has the shape {shape}")
    return tuple(map(int, shape)), bool(by_columns), dtype


def _check_size(where: str, given: int, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> None:
    expected = math.prod(shape) * dtype.itemsize
    if given != expected:
        raise DataError(
            f"{where} holds {given} bytes of elements; expected {expected} for {dtype} of shape {shape}. "
            "Write or copy it again."
        )


def _damaged(where: str, why: str) -> DataError:
    return DataError(f"{where} is no whole .npy file: {why}. Write it again with np.save.")
