"""A pool of processes, each with a pipe of its own: no semaphores, and a kill costs one task alone."""

import errno
import multiprocessing
import pickle
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from pathlib import Path

from plainweave.errors import PlainweaveError
from plainweave.jobs.executor import NoProcessesError
from plainweave.jobs.worker import (
    Idle,
    Problem,
    Ready,
    Task,
    Value,
    not_to_be_handed_over,
    work,
)

CONTEXT = multiprocessing.get_context("spawn")
_GRACE = 5.0  # seconds in which a process that was asked to end can end
_RAN_THE_SCRIPT = 78  # the exit code of a process that began with its parent's work


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


@dataclass(frozen=True)
class LostTask:
    """The process that had a task was killed."""


class Pool:
    """At most `count` fresh processes, which are there while `results` is read.

    Args:
        count: how many.
        prepare: called at the start of each; tasks get what it returns.

    Raises:
        NoProcessesError: processes can't be had here, or `prepare` can't be handed to them.
    """

    def __init__(self, count: int, prepare: Callable[[], object]) -> None:
        check_processes()
        self._count = count
        try:
            self._prepare = pickle.dumps(prepare)
        except (pickle.PicklingError, AttributeError, TypeError) as error:  # a class within a function
            raise not_to_be_handed_over(error) from error
        self._members: list[_Member] = []

    def results(self, tasks: Sequence[Task]) -> Generator[tuple[int, object], None, None]:
        """Do tasks, and give each value of each, with the task's number, as it comes.

        A `LostTask` is the last of a task whose process was killed. Closed before its end, all processes are
        asked to end, and soon made to.

        Raises:
            NoProcessesError: a process can't be started.
            PlainweaveError: each process ends at its start; or what a task or `prepare` raised.
        """
        waiting = deque(enumerate(tasks))
        try:
            while waiting or self._members:
                while waiting and len(self._members) < self._count:
                    self._members.append(_Member(*waiting.popleft()))
                yield from self._receive(waiting)
        except BaseException:
            self._end_by_force()
            raise

    def _receive(self, waiting: deque[tuple[int, Task]]) -> Generator[tuple[int, object], None, None]:
        """Wait for what processes tell, and give it; one that has nothing more to do ends."""
        ready = wait([member.connection for member in self._members])
        for member in [member for member in self._members if member.connection in ready]:
            try:
                message = member.connection.recv()
                if isinstance(message, Ready):
                    member.prepare(self._prepare)
                elif isinstance(message, Idle) and not member.go_on(waiting):
                    self._members.remove(member)
                    member.end()
            except (EOFError, OSError):  # it is gone
                self._members.remove(member)
                member.end()
                yield member.number, LostTask()
                continue
            if isinstance(message, Problem):
                raise message.error
            if isinstance(message, Value):
                yield member.number, message.value

    def _end_by_force(self) -> None:
        """Have all processes end: those at work in good order, those that are stopped by force."""
        processes = [member.process for member in self._members]
        try:
            for process in processes:
                process.terminate()
            waiting, deadline = {process.sentinel for process in processes}, time.monotonic() + _GRACE
            while waiting and (left := deadline - time.monotonic()) > 0:
                waiting -= {sentinel for sentinel in wait(waiting, left) if isinstance(sentinel, int)}
        finally:
            for process in processes:
                process.kill()
                process.join()


class _Member:
    """A process of the pool.

    Attributes:
        number: of the task that it has, or will have once it is ready.
    """

    def __init__(self, number: int, task: Task) -> None:
        self.number = number
        self._first: Task | None = task
        self._is_ready = False
        with _as_no_processes_error():
            self.connection, child_end = CONTEXT.Pipe()
            try:
                self.process = CONTEXT.Process(target=work, args=(child_end,), daemon=True)
                with _stops_held_back(), child_end:  # a copy of which, kept here, would outlive the process
                    self.process.start()
            except BaseException:
                self.connection.close()  # at which a process that has started ends
                raise

    def prepare(self, how: bytes) -> None:
        """Tell a process that has started what it is to prepare.

        Raises:
            OSError: it is gone.
        """
        self._is_ready = True
        self.connection.send_bytes(how)

    def go_on(self, waiting: deque[tuple[int, Task]]) -> bool:
        """Give a process that waits its next task, if there is one.

        Raises:
            OSError: it is gone.
        """
        if self._first is not None:
            task, self._first = self._first, None
        elif waiting:
            self.number, task = waiting.popleft()
        else:
            return False
        self.connection.send(task)
        return True

    def end(self) -> None:
        """Let a process end that is gone, or has nothing to do.

        Raises:
            PlainweaveError: it had ended by itself before it was ready.
        """
        self.connection.close()
        self.process.join(_GRACE)
        self.process.kill()
        self.process.join()
        if not self._is_ready and (self.process.exitcode or 0) > 0:
            raise _ended_at_its_start(self.process.exitcode) from None


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
def _as_no_processes_error() -> Iterator[None]:
    """Turn what comes of a system without file handles, or that starts nothing, into the one error."""
    try:
        yield
    except OSError as error:
        reason = f"{error.strerror or error} ({errno.errorcode.get(error.errno or 0, 'OSError')})"
        raise NoProcessesError(f"processes can't be started here: {reason}") from error


@contextmanager
def _stops_held_back() -> Iterator[None]:
    """Keep a stop from coming between this process and one that it starts; it comes after the block.

    Ctrl-C goes to all processes of a terminal: those started within inherit that it is blocked, and so don't
    die of it half started, each with a traceback. And this one must not leave them half told what to do.
    """
    signals: list[int] = []
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if callable(signal.getsignal(number)):
                handlers[number] = signal.signal(number, lambda number, _: signals.append(number))
    can_block = hasattr(signal, "pthread_sigmask")
    if can_block:
        resource_tracker.ensure_running()  # started by the first process, it would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if can_block else set()
    try:
        yield
    finally:
        if can_block:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if signals:
            signal.raise_signal(signals[0])
