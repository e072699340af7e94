"""BLAS on one thread, while an engine works or for a whole process, whoever calls it.

Small products are slower on several threads than on one, far slower where several processes share the
cores; and another number of threads adds in another order, so results would not be the same bytes.
"""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from threading import Lock
from typing import Protocol, cast

import threadpoolctl


class _Library(Protocol):
    """One that threadpoolctl found in the process."""

    user_api: str

    def get_num_threads(self) -> int: ...
    def set_num_threads(self, number: int) -> object: ...


_lock = Lock()
_users: set[object] = set()  # who is within `one_blas_thread`
_limits: set[ExitStack] = set()  # those of `limit_threads`; what nobody holds would end by itself
_before: dict[_Library, int] = {}  # threads of each library before the first of them came


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit every BLAS that is loaded now to one thread; the last thread to leave restores the numbers."""
    user, own = object(), dict[_Library, int]()
    try:
        with _lock:
            _users.add(user)
            _take_control()
            for library in _libraries("scipy.linalg.cython_blas" in sys.modules):
                # OpenMP counts for each thread of Python, all others for the whole process.
                before = own if getattr(library, "threading_layer", "") == "openmp" else _before
                before.setdefault(library, library.get_num_threads())
                library.set_num_threads(1)
            _take_control()
        yield
    finally:
        with _lock:
            _users.discard(user)
            _take_control()
            _restore(own)
            if not _users:
                _restore(_before)
            _take_control()


def blas_threads() -> int:
    """Return how many threads BLAS would take for a large product; 1 where no BLAS is found."""
    libraries = _libraries("scipy.linalg.cython_blas" in sys.modules)
    return max((library.get_num_threads() for library in libraries), default=1)


def limit_threads() -> AbstractContextManager[object]:
    """Limit BLAS to one thread from now on, for a process that trains small networks.

    Returns:
        What gives the threads back at the end of a `with` block; without one they are held for good.
    """
    limit = ExitStack()
    limit.enter_context(one_blas_thread())
    _limits.add(limit)
    limit.callback(_limits.discard, limit)
    return limit


def _restore(numbers: dict[_Library, int]) -> None:
    while numbers:
        library, threads = numbers.popitem()  # last first: it may be another view of the same library
        library.set_num_threads(threads)


def _take_control() -> None:
    """Make it this thread that counts: threadpoolctl ignores all threads but the one that began a limit."""
    clear = getattr(threadpoolctl.OpenBLASController, "clear_controlling_thread", None)  # of 3.8 and later
    if clear:
        clear(force=True)


@cache
def _libraries(with_scipy: bool) -> list[_Library]:
    """Find BLAS, which takes milliseconds: once, and once more when SciPy has brought its own."""
    libraries = cast(list[_Library], threadpoolctl.ThreadpoolController().lib_controllers)
    return [library for library in libraries if library.user_api == "blas" and library.get_num_threads()]
