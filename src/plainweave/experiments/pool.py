"""The pool of processes: work is given out, results and progress come back, losses are made good."""

import multiprocessing
import os
import signal
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

from plainweave.errors import PlainweaveError, RecordError
from plainweave.experiments import worker
from plainweave.experiments.plan import Stack
from plainweave.experiments.progress import Progress
from plainweave.experiments.records import RunRecord, describe_result
from plainweave.experiments.worker import Message

_POLL_SECONDS = 0.1
_TRIES_AGAIN = 2  # for a run whose process was killed

Source = tuple[str, Path | None]


def train_all(stacks: Sequence[Stack], source: Source, jobs: int, progress: Progress) -> None:
    """Train all stacks on `jobs` processes. If one fails, the others go on.

    A process that is killed takes the whole pool with it. The runs that were at work are then made one at a
    time, so that the one at fault is found, and each is tried again twice; all go on from their checkpoints.

    Raises:
        PlainweaveError: some runs failed, or the settings of one do not fit the data.
    """
    failures: dict[str, str] = {}
    waiting = list(stacks)
    while waiting:
        pool = _Pool(source, jobs, progress, failures)
        waiting = pool.train(waiting)
        if not waiting:
            break
        suspects = [stack for stack in waiting if stack in pool.begun] or waiting[:jobs]
        waiting = [stack for stack in waiting if stack not in suspects]
        for suspect in suspects:
            progress.say(f"{suspect.name}: its process was killed, perhaps for want of memory; tried again.")
            if not any(
                not _Pool(source, 1, progress, failures).train([suspect]) for _ in range(_TRIES_AGAIN)
            ):
                failures[suspect.name] = (
                    f"its process was killed {_TRIES_AGAIN + 1} times, perhaps for want of memory"
                )
    if failures:
        first, reason = next(iter(failures.items()))
        raise PlainweaveError(
            f"{len(failures)} of {len(stacks)} trainings failed, the first {first}: {reason.rstrip('.')}. "
            "What is finished is kept: run the same command again."
        )


class _Pool:
    """One pool of processes, which is gone once one of them is killed.

    Attributes:
        begun: the stacks that a process has begun, and which process.
    """

    def __init__(self, source: Source, jobs: int, progress: Progress, failures: dict[str, str]) -> None:
        self._source, self._jobs, self._progress, self._failures = source, jobs, progress, failures
        self._context = multiprocessing.get_context("spawn")
        self._messages: Queue[Message] = self._context.Queue()
        self.begun: dict[Stack, int] = {}

    def train(self, stacks: Sequence[Stack]) -> list[Stack]:
        """Train stacks, and return those that are left because a process was killed."""
        stop = self._context.Event()
        pending: dict[Future[list[RunRecord]], Stack] = {}
        with ProcessPoolExecutor(
            min(self._jobs, len(stacks)),
            mp_context=self._context,
            initializer=worker.start,
            initargs=(self._source, self._messages, stop),
        ) as executor:
            try:
                pending.update({executor.submit(worker.work, stack): stack for stack in stacks})
                self._collect(pending)
            except BrokenProcessPool:
                return list(pending.values())
            except BaseException:
                stop.set()
                self._interrupt(pending.values())
                executor.shutdown(cancel_futures=True)
                raise
        return []

    def _collect(self, pending: dict[Future[list[RunRecord]], Stack]) -> None:
        while pending:
            done, _ = wait(pending, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            for message in self._received():
                stack = message.stack
                self.begun[stack] = message.process
                epochs = message.epoch * len(stack.jobs)
                self._progress.epoch(stack.name, epochs, stack.epochs, message.best_validation_loss)
            for future in done:
                self._finish(future, pending[future])
                del pending[future]

    def _finish(self, future: Future[list[RunRecord]], stack: Stack) -> None:
        """Tell what came of a stack.

        Raises:
            BrokenProcessPool: a process was killed.
            PlainweaveError: the settings do not fit the data.
        """
        try:
            records = future.result()
        except (RecordError, MemoryError) as error:
            reason = str(error) or "there is not enough memory"
            self._failures[stack.name] = reason
            self._progress.finished(stack.name, {stack.name: reason}, stack.epochs)
            return
        results = {job.name: describe_result(each) for job, each in zip(stack.jobs, records, strict=True)}
        self._progress.finished(stack.name, results, stack.epochs)

    def _interrupt(self, stacks: Iterable[Stack]) -> None:
        """Stop the processes at work on stacks; they keep the state of the last epoch."""
        for message in self._received():
            self.begun[message.stack] = message.process
        for stack in stacks:
            if stack in self.begun:
                with suppress(ProcessLookupError):
                    os.kill(self.begun[stack], signal.SIGTERM)

    def _received(self) -> Iterable[Message]:
        while True:
            try:
                yield self._messages.get_nowait()
            except Empty:
                return
