"""A worker process: it does one task after another, and tells its parent through a pipe of its own.

On SIGTERM it ends in good order: a training that is at work keeps the state of the last epoch that ended.
"""

import multiprocessing
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from threading import Thread
from types import FrameType
from typing import cast

from plainweave.engine.threads import limit_threads
from plainweave.errors import PlainweaveError
from plainweave.jobs.executor import NoProcessesError

# What is done with what `prepare` gave; each value that it gives is told at once.
Task = Callable[[object], Generator[object, None, None]]


@dataclass(frozen=True)
class Ready:
    """The worker has started and waits for what it is to prepare."""


@dataclass(frozen=True)
class Value:
    """A value that the task gave."""

    value: object


@dataclass(frozen=True)
class Idle:
    """The worker has prepared, or its task has come to its end: it waits for the next."""


@dataclass(frozen=True)
class Problem:
    """The worker can't prepare, or the task raised what it was not to."""

    error: Exception


Message = Ready | Idle | Value | Problem


class _StoppedError(BaseException):
    """The process was asked to end."""


def work(connection: "Connection[Message, object]") -> None:
    """Live as a worker: prepare once, then do tasks until the pipe is closed at its other end."""
    _Worker(connection).live()


class _Worker:
    def __init__(self, connection: "Connection[Message, object]") -> None:
        self._connection = connection
        self._is_at_work = self._is_to_end = False

    def live(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to stop
        signal.signal(signal.SIGTERM, self._end)
        limit_threads()
        parent = multiprocessing.parent_process()
        if parent is not None:
            Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
        try:
            self._connection.send(Ready())
            self._do_all(self._prepared())
        except (EOFError, OSError, _StoppedError):  # nobody listens any more, or it was asked to end
            os._exit(0)

    def _prepared(self) -> object:
        try:
            prepare = pickle.loads(self._connection.recv_bytes())
        except (AttributeError, ImportError) as error:  # a class typed in at a prompt or in a notebook
            self._send_error(not_to_be_handed_over(error))
            raise EOFError from error
        try:
            return prepare()
        except Exception as error:
            self._send_error(error)
            raise EOFError from error

    def _do_all(self, prepared: object) -> None:
        while True:
            self._connection.send(Idle())
            task = cast(Task, self._connection.recv())
            try:
                self._do(task, prepared)
            except Exception as error:
                self._send_error(error)

    def _do(self, task: Task, prepared: object) -> None:
        with closing(task(prepared)) as values:
            self._is_at_work = True
            try:
                for value in values:
                    self._connection.send(Value(value))
                    if self._is_to_end:  # what was raised then was lost, as it is in a destructor
                        raise _StoppedError
            finally:
                self._is_at_work = False

    def _end(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what makes a stop good is not stopped
        self._is_to_end = True
        if not self._is_at_work:
            os._exit(0)
        raise _StoppedError

    def _send_error(self, error: Exception) -> None:
        if not isinstance(error, PlainweaveError):
            error.add_note(f"In a process of the pool:\n{traceback.format_exc()}")
        try:
            pickle.loads(pickle.dumps(error))  # many can be pickled and not made again: at the parent
        except Exception:
            error = RuntimeError("".join(traceback.format_exception(error)))
        self._connection.send(Problem(error))


def _end_with(parent: int) -> None:
    """Wait for the parent's end: then nobody waits for this work, and another may begin it again."""
    wait([parent])
    os._exit(1)


def not_to_be_handed_over(error: Exception) -> NoProcessesError:
    """Return the error for what can't be pickled, or can't be unpickled elsewhere."""
    return NoProcessesError(f"data, observers or parts can't be handed to other processes ({error})")
