"""BLAS on one thread while an engine works, whoever calls it.

Small products are slower on several threads than on one, far slower where several processes share the
cores; and another number of threads adds in another order, so results would not be the same bytes.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import threadpoolctl

_lock = Lock()
_users: set[object] = set()  # who is within `one_blas_thread`
_before: dict[Any, int] = {}  # threads of each library before the first of them came


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit every BLAS that is loaded now to one thread; the last thread to leave restores the numbers."""
    user, own = object(), dict[Any, int]()
    try:
        with _lock:
            _users.add(user)
            _take_control()
            for library in _libraries("scipy.linalg.cython_blas" in sys.modules):
                # OpenMP counts for each thread of Python, all others for the whole process.
                kept = own if getattr(library, "threading_layer", "") == "openmp" else _before
                kept.setdefault(library, library.get_num_threads())
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


def _restore(numbers: dict[Any, int]) -> None:
    while numbers:
        library, threads = numbers.popitem()  # last first: it may be another view of the same library
        library.set_num_threads(threads)


def _take_control() -> None:
    """Make it this thread that counts: threadpoolctl ignores all threads but the one that began a limit."""
    clear = getattr(threadpoolctl.OpenBLASController, "clear_controlling_thread", None)  # of 3.8 and later
    if clear:
        clear(force=True)


@cache
def _libraries(with_scipy: bool) -> list[Any]:
    """Find BLAS, which takes milliseconds: once, and once more when SciPy has brought its own."""
    found = threadpoolctl.ThreadpoolController().lib_controllers
    return [each for each in found if each.user_api == "blas" and each.get_num_threads()]
