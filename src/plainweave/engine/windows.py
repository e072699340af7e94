"""Inputs that lie in a file, as the compiled code takes them: a window of rows at a time is in memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

import numpy as np
import numpy.typing as npt

from plainweave.arrays import IntArray, RawArray
from plainweave.data.stored import Stored
from plainweave.errors import ConfigurationError

# What is made of raw inputs (some, features) of rows (some,) before they are multiplied.
Prepare = Callable[[RawArray, IntArray], RawArray]


class Windows:
    """Memory for two windows: one is worked on while the other is read.

    Args:
        inputs: in their file.
        window: how many rows are in memory at once.
        dtype: bytes or reals.
        prepare: what is made of them; None where they are taken as they are.

    Attributes:
        arrays: the memory (2 * window, features), and where in it each row of the inputs is (examples,).
    """

    def __init__(self, inputs: Stored, window: int, dtype: npt.DTypeLike, prepare: Prepare | None) -> None:
        self._inputs, self._window, self._prepare = inputs, window, prepare
        self._memory: RawArray = np.empty((2 * window, inputs.shape[1]), dtype)
        self._places = np.zeros(len(inputs), np.int64)
        self._lock = Lock()
        self.arrays: tuple[RawArray, IntArray] = (self._memory, self._places)

    def over(self, order: IntArray, batch_size: int) -> Iterator[slice]:
        """Give the parts of an order of rows, whole batches of it, whose inputs are in memory, in turn.

        Raises:
            ConfigurationError: a batch is larger than a window.
            DataError: the file can't be read, or is another than it was.
        """
        batch_size = min(batch_size, len(order))
        size = self._window // batch_size * batch_size
        if not size:
            raise ConfigurationError(
                f"{batch_size} examples of a file are asked for at once; expected at most {self._window}."
            )
        with self._lock, ThreadPoolExecutor(1, "plainweave-reader") as reader:
            reading: Future[None] | None = None
            for number, start in enumerate(range(0, len(order), size)):
                first = number % 2 * self._window
                reading = reading or reader.submit(self._read, order[:size], first)
                reading.result()
                rows = order[start : start + size]
                self._places[rows] = np.arange(first, first + len(rows))
                after = order[start + size : start + 2 * size]
                if len(after):
                    reading = reader.submit(self._read, after, self._window - first)
                yield slice(start, start + len(rows))

    def _read(self, rows: IntArray, first: int) -> None:
        """Read rows into memory, the first of them into its row `first`."""
        window = self._memory[first : first + len(rows)]
        if self._prepare is None:
            self._inputs.read(rows, window)
            return
        order = np.argsort(rows)
        for start in range(0, len(rows), self._inputs.run):
            places = order[start : start + self._inputs.run]
            raw: RawArray = np.empty((len(places), self._inputs.shape[1]), self._inputs.dtype)
            self._inputs.read(rows[places], raw)
            window[places] = self._prepare(raw, rows[places])
