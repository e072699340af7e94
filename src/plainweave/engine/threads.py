"""BLAS on one thread while an engine works, whoever calls it.

Small products are slower on several threads than on one, far slower where several processes share the
cores; and another number of threads adds in another order, so results would not be the same bytes.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = Lock()
_users: set[object] = set()  # who is within `one_blas_thread`
_limited: list[Any] = []  # what was limited for them
_restore = ExitStack()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit every BLAS that is loaded now to one thread; the last thread to leave restores the numbers."""
    user = object()
    try:
        with _lock:
            _users.add(user)
            libraries = _libraries("scipy.linalg.cython_blas" in sys.modules)
            if libraries not in _limited:
                _limited.append(libraries)
                _restore.enter_context(libraries.limit(limits=1, user_api="blas"))
        yield
    finally:
        with _lock:
            _users.discard(user)
            if not _users:
                _limited.clear()
                _restore.close()


@cache
def _libraries(with_scipy: bool) -> Any:
    """Find the libraries, which takes milliseconds: once, and once more when SciPy has brought its own."""
    return ThreadpoolController()
