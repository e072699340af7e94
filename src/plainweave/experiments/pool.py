"""The pool of processes: work is given out, results and progress come back, losses are made good."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

from plainweave.errors import PlainweaveError, RecordError
from plainweave.experiments import worker
from plainweave.experiments.plan import Stack, unfinished
from plainweave.experiments.processes import CONTEXT, process_pool
from plainweave.experiments.progress import Progress
from plainweave.experiments.records import DatasetIdentity
from plainweave.experiments.worker import Message

_POLL_SECONDS = 0.1
_TRIES_AGAIN = 2  # for a run whose process was killed

Source = tuple[str, Path | None]


def train_all(
    stacks: Sequence[Stack], source: Source, dataset: DatasetIdentity, jobs: int, progress: Progress
) -> None:
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
        left = pool.train(waiting)
        suspects = [stack for stack in left if stack in pool.begun] or left[:jobs]
        waiting = [stack for stack in left if stack not in suspects]
        for suspect in suspects:
            progress.say(f"{suspect.name}: its process was killed, perhaps for want of memory; tried again.")
            again = unfinished([suspect], dataset)
            for _ in range(_TRIES_AGAIN):
                if again:
                    again = unfinished(_Pool(source, 1, progress, failures).train(again), dataset)
            if again:
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
        begun: the stacks that a process has begun.
    """

    def __init__(self, source: Source, jobs: int, progress: Progress, failures: dict[str, str]) -> None:
        self._source, self._jobs, self._progress, self._failures = source, jobs, progress, failures
        self._messages: Queue[Message] = CONTEXT.Queue()
        self.begun: set[Stack] = set()

    def train(self, stacks: Sequence[Stack]) -> list[Stack]:
        """Train stacks, and return those that are left because a process was killed."""
        pending: dict[Future[list[str]], Stack] = {}
        jobs = min(self._jobs, len(stacks))
        try:
            with process_pool(jobs, worker.start, self._source, self._messages) as executor:
                for number, stack in enumerate(stacks):
                    pending[executor.submit(worker.work, number, stack)] = stack
                self._collect(pending, stacks)
        except BrokenProcessPool:
            self._receive(stacks)
        return list(pending.values())

    def _collect(self, pending: dict[Future[list[str]], Stack], stacks: Sequence[Stack]) -> None:
        while pending:
            done, _ = wait(pending, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            self._receive(stacks)
            # What is finished first: of a pool that is gone all other futures fail.
            for future in sorted(done, key=_is_lost):
                self._finish(future, pending[future])
                del pending[future]

    def _finish(self, future: Future[list[str]], stack: Stack) -> None:
        """Tell what came of a stack.

        Raises:
            BrokenProcessPool: a process was killed.
            PlainweaveError: the settings do not fit the data.
        """
        try:
            results = future.result()
        except (RecordError, MemoryError, OSError) as error:
            reason = str(error) or "there is not enough memory"
            self._failures[stack.name] = reason
            self._progress.finished(stack.name, {stack.name: reason}, stack.epochs)
            return
        named = {job.name: each for job, each in zip(stack.jobs, results, strict=True)}
        self._progress.finished(stack.name, named, stack.epochs)

    def _receive(self, stacks: Sequence[Stack]) -> None:
        """Pass on what the processes have told since."""
        with suppress(Empty):
            while True:
                number, epoch, best_validation_loss = self._messages.get_nowait()
                stack = stacks[number]
                self.begun.add(stack)
                epochs = epoch * len(stack.jobs)
                self._progress.epoch(stack.name, epochs, stack.epochs, best_validation_loss)


def _is_lost(future: Future[list[str]]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)
