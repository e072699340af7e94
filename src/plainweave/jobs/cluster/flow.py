"""The flow of orders to a cluster and of reports back: as many on their way as keep its workers busy."""

import time
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from plainweave.errors import PlainweaveError, RecordError
from plainweave.jobs.cluster.order import Common, NoData, Order, Report, Told
from plainweave.jobs.cluster.wire import Answer, Wire
from plainweave.jobs.job import Begun, EpochEnded, Event, Failed, Job, Lost
from plainweave.jobs.stacks import Stack
from plainweave.storage.files import read_bounded, write_whole
from plainweave.training.checkpoint_file import LARGEST_CHECKPOINT

_MOMENT = 1.0  # seconds in which nothing may be heard, after which the connection is looked at
_GRACE = 5.0  # seconds in which what is at work can end in good order


@dataclass
class _Training:
    """A stack that is trained in legs.

    Attributes:
        stack: its jobs, and where their states are kept, if they are.
        states: the content of a checkpoint for each, to go on from; None before one was had.
        future: of the order that is on its way.
        has_begun: whether that was told.
        known: epochs that were told.
        ending: why it is to end early; "" where it is not.
    """

    stack: Stack
    states: tuple[bytes, ...] | None = None
    future: Any = None
    has_begun: bool = False
    known: int = 0
    ending: str = ""

    def begun(self) -> Iterable[Event]:
        """Tell that it begins, the first time."""
        if not self.has_begun:
            self.has_begun = True
            yield Begun(self.stack.jobs)

    def told(self, told: Told) -> Iterable[Event]:
        """Tell of an epoch."""
        yield from self.begun()
        epoch, best, names, scores = told
        self.known = max(self.known, epoch)
        table = np.array(scores, np.float64).reshape(len(names), -1, len(self.stack.jobs))  # none may be new
        yield EpochEnded(self.stack.jobs, epoch, best, tuple(names), table)

    def read(self) -> tuple[bytes, ...]:
        """Return the states to go on from, as they came back, or as a stop has left them."""
        if self.states is None:
            paths = self.stack.checkpoints
            is_begun = bool(paths) and all(path.exists() for path in paths)
            return tuple(read_bounded(path, LARGEST_CHECKPOINT) for path in paths) if is_begun else ()
        return self.states

    def keep(self, states: tuple[bytes, ...]) -> None:
        """Write states where they are kept.

        Raises:
            RecordError: they can't be written.
        """
        for path, state in zip(self.stack.checkpoints, states, strict=False):
            write_whole(path, state)


class Flow:
    """Orders and reports of one study. Left by an error, it keeps the states of what is at work.

    Args:
        wire: to the cluster.
        common: to all orders.
    """

    def __init__(self, wire: Wire, common: Common) -> None:
        self._wire, self._common = wire, common
        self._count = 0
        self._waiting: deque[int] = deque()
        self._trainings: dict[int, _Training] = {}  # that have not ended

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._end()

    def __len__(self) -> int:
        """How many trainings have not ended."""
        return len(self._trainings)

    @property
    def threads(self) -> int:
        """Of all workers that there are now."""
        return self._wire.threads

    def add(self, stack: Stack) -> None:
        """Have a stack trained."""
        self._trainings[self._count] = _Training(stack)
        self._waiting.append(self._count)
        self._count += 1

    def end(self, job: Job, reason: str) -> None:
        """Have a training of one job end at its next epoch; if it ends before that is heard, so it does."""
        for number, training in self._trainings.items():
            if training.stack.jobs == (job,) and not training.ending:
                training.ending = reason
                self._wire.end(number, reason)

    def events(self, room: int) -> Generator[Event, None, None]:
        """Send orders until so many are on their way, and tell what is heard next, if it is soon.

        Raises:
            PlainweaveError: the cluster was lost; or what a worker raised.
        """
        self._send(room)
        yield from self._hear()

    def _send(self, room: int) -> None:
        if not self._waiting or not self._wire.is_there:
            return
        while self._waiting and len(self._trainings) - len(self._waiting) < room:
            number = self._waiting.popleft()
            training = self._trainings[number]
            states = training.read()
            jobs = training.stack.jobs
            order = Order(self._common, number, jobs, states, training.known, training.ending)
            training.future = self._wire.send(order)

    def _hear(self) -> Generator[Event, None, None]:
        news = self._wire.news(_MOMENT)
        if not news and not self._wire.is_there:
            return
        ended: dict[int, Any] = {}
        for number, *what in news:
            training = self._trainings.get(number)
            if training is None or training.future is None:
                continue
            if len(what) > 1:
                yield from training.told(tuple(what))
            elif what[0] is training.future:
                ended[number] = what[0]
        answers = self._wire.fetch(list(ended.values()))
        for number, answer in zip(ended, answers, strict=True):
            training = self._trainings[number]
            training.future = None
            yield from self._handle(number, training, answer)

    def _handle(self, number: int, training: _Training, answer: Answer) -> Generator[Event, None, None]:
        """Tell what has become of an order; what is not finished is sent again."""
        if isinstance(answer, Exception):
            if type(answer).__name__ != "KilledWorker":
                raise _as_ours(answer) from answer
            del self._trainings[number]
            yield from map(Lost, training.stack.jobs)
        elif isinstance(answer, Report) and answer.ends:
            del self._trainings[number]
            yield from training.begun()
            yield from _finished(training, answer)
        else:
            if isinstance(answer, Report) and answer.told:
                yield from training.told(answer.told)
            try:
                self._go_on(training, answer)
            except RecordError as error:
                del self._trainings[number]
                yield from (Failed(job, str(error)) for job in training.stack.jobs)
            else:
                self._waiting.appendleft(number)  # what is begun is ended first

    def _go_on(self, training: _Training, answer: Report | NoData | None) -> None:
        """Make ready for the next order of a training.

        Raises:
            RecordError: its states can't be written.
        """
        if isinstance(answer, NoData):
            self._wire.send_data()
        elif isinstance(answer, Report):
            training.states = answer.states
            training.keep(answer.states)
        else:
            self._wire.begin_anew()

    def _end(self) -> None:
        """Have what is at work end in good order, and keep its states."""
        left = {
            number: training for number, training in self._trainings.items() if training.future is not None
        }
        try:
            if not left or not self._wire.is_there:
                return
        except PlainweaveError:  # nobody is there to be told
            return
        self._wire.stop()
        deadline = time.monotonic() + _GRACE
        while left and (seconds := deadline - time.monotonic()) > 0:
            for number, *what in self._wire.news(seconds):
                training = left.get(number)
                if training is None or what[0] is not training.future:
                    continue
                (answer,) = self._wire.fetch([training.future])
                if isinstance(answer, Report):
                    with suppress(RecordError):  # what stops all tells more
                        training.keep(answer.states)
                del left[number]


def _finished(training: _Training, report: Report) -> Generator[Event, None, None]:
    """Keep the last states, and tell how the jobs have ended."""
    try:
        training.keep(report.states)
    except RecordError as error:
        yield from (Failed(job, str(error)) for job in training.stack.jobs)
    else:
        for job, end in zip(training.stack.jobs, report.ends, strict=True):
            yield replace(end, job=job)


def _as_ours(error: Exception) -> Exception:
    """Return what a worker raised: as it is, or as a line where the worker lacks what it needs."""
    if isinstance(error, PlainweaveError):
        return error
    if isinstance(error, ImportError | AttributeError):
        return PlainweaveError(
            f"the cluster can't load what it is sent ({error}). Install plainweave, and modules of your own, "
            "on its scheduler and all its workers."
        )
    error.add_note("On a worker of the cluster.")
    return error
