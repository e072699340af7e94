"""Pools of processes that a stop does not wait for, and why there may be none."""

import errno
import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from plainweave.errors import PlainweaveError

CONTEXT = multiprocessing.get_context("spawn")
_GRACE = 5.0  # seconds in which a process that was asked to end can end
_RAN_THE_SCRIPT = 78  # the exit code of a process that began with its parent's work
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class NoProcessesError(PlainweaveError):
    """This process can't start others; what they were to do, it can do itself."""


def check_processes() -> None:
    """Check that this process may start others.

    Raises:
        NoProcessesError: it may not.
        SystemExit: it is itself one that is being started, and has come here by running its parent's script
            once more; the parent tells what to do.
    """
    process = multiprocessing.current_process()
    if getattr(process, "_inheriting", False):  # as multiprocessing itself finds it out
        sys.exit(_RAN_THE_SCRIPT)
    if process.daemon:
        raise NoProcessesError("a daemonic process can't start others")
    method = multiprocessing.get_start_method(allow_none=True)
    if method not in (None, *multiprocessing.get_all_start_methods()):  # a fresh process would not know it
        raise NoProcessesError(f"processes of {method} can't start others")
    script = getattr(sys.modules["__main__"], "__file__", None)
    if script is not None and not Path(script).exists():  # each process would load it
        raise NoProcessesError(f"the script is not in a file ({script})")


def message_queue() -> "Queue[Any]":
    """Return a queue from processes to this one.

    Raises:
        NoProcessesError: it can't be had here.
    """
    check_processes()
    with _telling_why():
        return CONTEXT.Queue()


class ProcessPool:
    """Fresh processes, at most `jobs`. If the block fails, they are asked to end, and soon made to.

    Args:
        jobs: how many.
        initializer: called at the start of each.
        *arguments: of the initializer; small, for a process that ends before it has read more than a
            pipe holds would leave this one writing for ever.

    Raises:
        NoProcessesError: processes can't be had here.
    """

    def __init__(self, jobs: int, initializer: Callable[..., object], *arguments: Any) -> None:
        check_processes()
        self._others = set(multiprocessing.active_children())
        self._started: set[BaseProcess] = set()
        with _telling_why():
            self._executor = ProcessPoolExecutor(
                jobs, mp_context=CONTEXT, initializer=initializer, initargs=arguments
            )

    def submit(
        self, function: Callable[_Arguments, _Result], *args: _Arguments.args, **keywords: _Arguments.kwargs
    ) -> Future[_Result]:
        """Give out work.

        Raises:
            NoProcessesError: a process for it can't be started.
        """
        with _telling_why(), _stops_held_back():
            future = self._executor.submit(function, *args, **keywords)
        self._started |= set(multiprocessing.active_children()) - self._others
        return future

    def __enter__(self) -> "ProcessPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._end()
        self._executor.shutdown(cancel_futures=error is not None)
        if isinstance(error, BrokenProcessPool):
            for process in self._started:
                if (process.exitcode or 0) > 0:  # it was not killed: it ended by itself
                    raise _ended_at_its_start(process.exitcode) from None

    def _end(self) -> None:
        """Have all processes end: those at work in good order, those that are stopped by force."""
        processes = self._started | set(multiprocessing.active_children()) - self._others
        for process in processes:
            process.terminate()
        try:
            waiting, deadline = {process.sentinel for process in processes}, time.monotonic() + _GRACE
            while waiting and (left := deadline - time.monotonic()) > 0:
                waiting -= {each for each in wait(waiting, left) if isinstance(each, int)}
        finally:
            for process in processes:
                process.kill()


def _ended_at_its_start(code: int | None) -> PlainweaveError:
    if code == _RAN_THE_SCRIPT:
        return PlainweaveError(
            "each process runs this script from its beginning, and would start processes in turn. Put what "
            'is to run once under `if __name__ == "__main__":`, or use jobs=1.'
        )
    return PlainweaveError(
        "a process ended while it was being started; if it said why, that stands above. Put what is to run "
        'once under `if __name__ == "__main__":`, or use jobs=1.'
    )


@contextmanager
def _telling_why() -> Iterator[None]:
    """Turn what comes of a system without semaphores, or without file handles, into the one error."""
    try:
        yield
    except OSError as error:
        reason = f"{error.strerror or error} ({errno.errorcode.get(error.errno or 0, 'OSError')})"
        raise NoProcessesError(f"processes can't be started here: {reason}") from error
    except ImportError as error:  # Python itself was built without semaphores
        raise NoProcessesError(f"processes can't be started here: {error}") from error


@contextmanager
def _stops_held_back() -> Iterator[None]:
    """Keep a stop from coming between this process and one that it starts; it comes after the block.

    Ctrl-C goes to all processes of a terminal: those started within inherit that it is blocked, and so don't
    die of it half started, each with a traceback. And this one must not leave them half told what to do.
    """
    heard: list[int] = []
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if callable(signal.getsignal(number)):
                handlers[number] = signal.signal(number, lambda number, _: heard.append(number))
    can_block = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if can_block else set()
    try:
        yield
    finally:
        if can_block:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if heard:
            signal.raise_signal(heard[0])
