"""Inputs that stay in their file: rows are read where they are needed, never all at once."""

import errno
import math
import mmap
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Self, TypeGuard

import numpy as np
import numpy.typing as npt

from plainweave.arrays import IntArray, RawArray, as_plain
from plainweave.errors import DataError

WINDOW = 2**27  # bytes of inputs that are shuffled together, in memory; inputs of no more are read at once
RUN = 2**20  # bytes of neighbouring inputs that stay together until they are in memory
_PIECE = 2**20  # bytes that are read by one call
_AHEAD = 32  # pieces that the system is told of: it reads them meanwhile
_GAP = 2**16  # bytes that are sooner read than left out
_BLOCK = 2**23  # bytes that are read in turn, chunk by chunk
_FEWEST_BYTES = 4  # of a number in memory, but for bytes


_Map = np.memmap[tuple[int, ...], np.dtype[np.generic]]


@dataclass(frozen=True)
class RowFile:
    """Rows of numbers in a file, each in one piece and all as far apart.

    Attributes:
        path: of the file.
        identity: its device, number, size and the time of its last change, which are to stay as they were.
        offset: where the first row begins, in bytes.
        stride: from one row to the next, in bytes.
        count: of rows.
        features: numbers of a row.
        dtype: of the numbers in the file, of any byte order.
    """

    path: Path
    identity: tuple[int, ...]
    offset: int
    stride: int
    count: int
    features: int
    dtype: np.dtype[np.generic]

    @cached_property
    def type_in_memory(self) -> np.dtype[np.generic]:
        """What `as_array` makes of the numbers."""
        return as_plain("inputs", np.empty((0, 1), self.dtype)).dtype

    @cached_property
    def largest(self) -> float:
        """The largest size of a number; not finite if one is not."""
        largest = 0.0
        for _, chunk in Stored(self).chunks():
            size = max(float(chunk.max()), -float(chunk.min()))
            if not np.isfinite(size):
                return math.nan
            largest = max(largest, size)
        return largest

    def pieces(self, rows: IntArray) -> Iterator[tuple[slice, npt.NDArray[np.generic]]]:
        """Read sorted rows (examples,), a piece at a time, in memory that the next piece is read into.

        Each is given with which of the rows it is, in the file's type (some, features).

        Raises:
            DataError: the file can't be read, or is another than it was.
        """
        memory = bytearray(max(_PIECE, self.stride))
        pieces = self._pieces(rows)
        try:
            with self.path.open("rb", buffering=0) as file:
                if identity_of(os.fstat(file.fileno())) != self.identity:
                    raise DataError(f"{self.path} has changed since it was opened. Load it again.")
                _expect(file, 0, 0)
                for piece in pieces[:_AHEAD]:
                    _expect(file, *self._span(rows[piece]))
                for number, piece in enumerate(pieces):
                    for later in pieces[number + _AHEAD : number + _AHEAD + 1]:
                        _expect(file, *self._span(rows[later]))
                    where, length = self._span(rows[piece])
                    file.seek(where)
                    _fill(file, memoryview(memory)[:length])
                    places = rows[piece] - rows[piece.start]
                    are_all = bool((np.diff(places) == 1).all())
                    yield piece, self._rows_within(memory)[slice(len(places)) if are_all else places]
        except OSError as error:
            raise DataError(
                f"{self.path} can't be read: {error.strerror or error}. Leave it as it is until training "
                "ends."
            ) from error

    def read(self, rows: IntArray, into: RawArray) -> None:
        """Read rows (examples,), in any order, into an array (examples, features), in the array's type.

        Raises:
            DataError: as `pieces`.
        """
        order = np.argsort(rows, kind="stable")
        for piece, numbers in self.pieces(rows[order]):
            into[order[piece]] = numbers

    def _pieces(self, rows: IntArray) -> list[slice]:
        """Cut sorted rows into such as are read by one call."""
        at_once, gap = max(1, _PIECE // self.stride), max(1, _GAP // self.stride)
        cuts = np.flatnonzero((np.diff(rows) > gap) | (np.diff(rows // at_once) > 0)) + 1
        ends = [*cuts.tolist(), len(rows)]
        return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False) if end > start]

    def _span(self, rows: IntArray) -> tuple[int, int]:
        """Return where sorted rows begin in the file, and from there how many bytes they end after."""
        if not len(rows):
            return 0, 0
        first, last = int(rows[0]), int(rows[-1])
        length = (last - first) * self.stride + self.features * self.dtype.itemsize
        return self.offset + first * self.stride, length

    def _rows_within(self, memory: bytearray) -> npt.NDArray[np.generic]:
        shape, strides = (len(memory) // self.stride, self.features), (self.stride, self.dtype.itemsize)
        return np.ndarray(shape, self.dtype, memory, strides=strides)


class Stored:
    """Inputs (examples, features) that lie in a file.

    They have shape, type and rows as an array has; rows of them are again in the file, `toarray` reads them.

    Attributes:
        file: that holds them.
        rows: which of its rows they are (examples,); None for all in their order.
        shape: (examples, features).
        dtype: in memory.
    """

    ndim = 2

    def __init__(self, file: RowFile, rows: IntArray | None = None) -> None:
        self.file, self.rows = file, rows
        self.shape = (file.count if rows is None else len(rows), file.features)
        self.dtype = file.type_in_memory

    @classmethod
    def of(cls, given: object) -> Self | None:
        """Return a memory-mapped array that is large (`WINDOW`), whose rows lie in one piece; else None."""
        if isinstance(given, cls):
            return given
        if not isinstance(given, np.memmap) or given.ndim < 2 or given.dtype.kind not in "biuf":
            return None
        file = _file_of(given)
        if file is None or file.count * file.features * _bytes_in_memory(file.type_in_memory) <= WINDOW:
            return None
        return cls(file)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: IntArray | slice) -> Self:
        own = np.arange(self.file.count) if self.rows is None else self.rows
        return type(self)(self.file, own[rows])

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> RawArray:
        return self.toarray().astype(dtype or self.dtype, copy=False)

    def toarray(self) -> RawArray:
        """Read all of them."""
        array: RawArray = np.empty(self.shape, self.dtype)
        self.read(np.arange(len(self)), array)
        return array

    def read(self, rows: IntArray, into: RawArray) -> None:
        """Read rows (some,) of these into an array (some, features), in the array's type.

        Raises:
            DataError: the file can't be read, or is another than it was.
        """
        self.file.read(rows if self.rows is None else self.rows[rows], into)

    def chunks(self, size: int = 0) -> Iterator[tuple[int, RawArray]]:
        """Read them so many at a time, in their order; of each chunk the row that it begins with is told.

        Args:
            size: in rows; 0 for as many as are best read together.
        """
        size = size or self.run
        at_once = max(1, self._rows_in(_BLOCK) // size) * size
        for first in range(0, len(self), at_once):
            rows = np.arange(first, min(first + at_once, len(self)))
            block: RawArray = np.empty((len(rows), self.shape[1]), self.dtype)
            self.read(rows, block)
            for start in range(0, len(rows), size):
                yield first + start, block[start : start + size]

    @property
    def largest(self) -> float:
        """The largest size of a number of the whole file; not finite if one is not."""
        return self.file.largest

    @property
    def run(self) -> int:
        """How many rows in turn are read together."""
        return self._rows_in(RUN)

    def window(self, batch_size: int, share: int = 1) -> int:
        """Return how many rows are in memory at once, shuffled together: whole batches, at least one.

        Args:
            batch_size: of a batch, in rows; more than there are need no memory.
            share: of `WINDOW` the part, 1 / share, that they may take.
        """
        batch_size = max(1, min(batch_size, len(self)))
        return max(1, self._rows_in(WINDOW // share) // batch_size) * batch_size

    @property
    def _row_bytes(self) -> int:
        return max(1, self.shape[1]) * _bytes_in_memory(self.dtype)

    def _rows_in(self, size: int) -> int:
        return max(1, size // self._row_bytes)


def is_stored(array: object) -> TypeGuard[Stored]:
    """Whether inputs lie in a file."""
    return isinstance(array, Stored)


def identity_of(status: os.stat_result) -> tuple[int, ...]:
    """Return what tells a file from another, and from what it was: device, number, size and time."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _bytes_in_memory(dtype: np.dtype[np.generic]) -> int:
    return 1 if dtype == np.uint8 else max(_FEWEST_BYTES, dtype.itemsize)


def _file_of(given: _Map) -> RowFile | None:
    """Return where a memory-mapped array lies, if each row does so in one piece, as it is in the file."""
    root = given
    while isinstance(root.base, np.memmap):
        root = root.base
    is_in_file = isinstance(root.base, mmap.mmap) and root.filename is not None and root.mode != "c"
    features, stride = math.prod(given.shape[1:]), given.strides[0]
    if not is_in_file or not given[:1].flags.c_contiguous or stride < max(1, features * given.itemsize):
        return None  # stored by columns, or the rows are backwards or overlap
    path = Path(os.fsdecode(str(root.filename)))
    try:
        identity = identity_of(path.stat())
    except OSError:  # it has gone, and the map is all that is left of it
        return None
    offset = root.offset + given.ctypes.data - root.ctypes.data
    return RowFile(path, identity, offset, stride, len(given), features, given.dtype)


def _fill(file: FileIO, target: memoryview) -> None:
    while target:
        count = file.readinto(target)
        if not count:
            raise OSError(errno.EIO, "it ends before its rows do")
        target = target[count:]


def _expect(file: FileIO, start: int, length: int) -> None:
    """Tell the system to read what is asked for and no more, and which part of it comes next."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):  # some disks take no advice
            os.posix_fadvise(
                file.fileno(), start, length, os.POSIX_FADV_WILLNEED if length else os.POSIX_FADV_RANDOM
            )
