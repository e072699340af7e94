"""Trainings, in this process or in others: work is given out, results come back, losses are made good."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

from plainweave.data import Dataset
from plainweave.errors import PlainweaveError, RecordError
from plainweave.experiments.records import DatasetIdentity
from plainweave.jobs import worker
from plainweave.jobs.plan import Stack, unfinished
from plainweave.jobs.processes import NoProcessesError, ProcessPool, message_queue
from plainweave.jobs.progress import Progress
from plainweave.jobs.source import Source, shared
from plainweave.jobs.threads import limit_threads
from plainweave.jobs.worker import Message
from plainweave.network import Network
from plainweave.training import History

_POLL_SECONDS = 0.1
_TRIES_AGAIN = 2  # for a run whose process was killed
_OF_ONE_TRAINING = (RecordError, MemoryError, OSError)  # after these the others go on


def train_all(
    stacks: Sequence[Stack],
    dataset: Dataset,
    source: Source | None,
    out: Path,
    jobs: int,
    progress: Progress,
) -> None:
    """Train all stacks: one after another in this process, or on `jobs` others. If one fails, the rest go on.

    Args:
        stacks: to be trained.
        dataset: to train and test on.
        source: from which other processes load it, see `shared`.
        out: the output folder.
        jobs: processes.
        progress: is told what comes of it.

    Raises:
        PlainweaveError: some runs failed, the settings of one do not fit the data, or a process can't come
            by the data.
    """
    told = _Told(progress)
    try:
        if jobs > 1:
            with shared(dataset, source, out) as load:
                _train_in_processes(stacks, DatasetIdentity.of(dataset), load, jobs, told)
        else:
            _train_here(stacks, dataset, told)
    except NoProcessesError as error:
        progress.say(f"{error}: all is trained in this process, one after another.")
        told.failures.clear()  # what failed is tried again
        _train_here(unfinished(stacks, DatasetIdentity.of(dataset)), dataset, told)
    if told.failures:
        first, reason = next(iter(told.failures.items()))
        raise PlainweaveError(
            f"{len(told.failures)} of {len(stacks)} trainings failed, the first {first}: "
            f"{reason.rstrip('.')}. What is finished is kept: run the same command again."
        )


class _Told:
    """Passes on what is done, and keeps what failed.

    Attributes:
        failures: why a stack's training failed, by its name.
    """

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.failures: dict[str, str] = {}

    def epoch(self, stack: Stack, epoch: int, best_validation_loss: float) -> None:
        self.progress.epoch(stack.name, epoch * len(stack.jobs), stack.epochs, best_validation_loss)

    def finished(self, stack: Stack, results: Sequence[str]) -> None:
        named = {job.name: each for job, each in zip(stack.jobs, results, strict=True)}
        self.progress.finished(stack.name, named, stack.epochs)

    def failed(self, stack: Stack, error: BaseException) -> None:
        reason = str(error) or "there is not enough memory"
        self.failures[stack.name] = reason
        self.progress.finished(stack.name, {stack.name: reason}, stack.epochs)


def _train_here(stacks: Sequence[Stack], dataset: Dataset, told: _Told) -> None:
    for stack in stacks:

        def tell(epoch: int, history: History, network: Network, stack: Stack = stack) -> None:
            told.epoch(stack, epoch, history.lowest_validation_loss)

        try:
            with limit_threads():
                results = worker.make_runs(stack, dataset, tell)
        except _OF_ONE_TRAINING as error:
            told.failed(stack, error)
        else:
            told.finished(stack, results)


def _train_in_processes(
    stacks: Sequence[Stack],
    dataset: DatasetIdentity,
    load: Callable[[], Dataset],
    jobs: int,
    told: _Told,
) -> None:
    """Train stacks on `jobs` processes.

    A process that is killed takes the whole pool with it. The runs that were at work are then made one at a
    time, so that the one at fault is found, and each is tried again twice; all go on from their checkpoints.
    """
    waiting = list(stacks)
    while waiting:
        pool = _Pool(load, jobs, told)
        left = pool.train(waiting)
        suspects = [stack for stack in left if stack in pool.begun] or left[:jobs]
        waiting = [stack for stack in left if stack not in suspects]
        for suspect in suspects:
            told.progress.say(
                f"{suspect.name}: its process was killed, perhaps for want of memory; tried again."
            )
            again = unfinished([suspect], dataset)
            for _ in range(_TRIES_AGAIN):
                if again:
                    again = unfinished(_Pool(load, 1, told).train(again), dataset)
            if again:
                told.failures[suspect.name] = (
                    f"its process was killed {_TRIES_AGAIN + 1} times, perhaps for want of memory"
                )


class _Pool:
    """One pool of processes, which is gone once one of them is killed.

    Attributes:
        begun: the stacks that a process has begun.
    """

    def __init__(self, load: Callable[[], Dataset], jobs: int, told: _Told) -> None:
        self._load, self._jobs, self._told = load, jobs, told
        self._messages: Queue[Message] = message_queue()
        self.begun: set[Stack] = set()

    def train(self, stacks: Sequence[Stack]) -> list[Stack]:
        """Train stacks, and return those that are left because a process was killed."""
        pending: dict[Future[list[str]], Stack] = {}
        jobs = min(self._jobs, len(stacks))
        try:
            with ProcessPool(jobs, worker.start, self._load, self._messages) as pool:
                for number, stack in enumerate(stacks):
                    pending[pool.submit(worker.work, number, stack)] = stack
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
            PlainweaveError: the settings do not fit the data, or the data can't be had.
        """
        try:
            results = future.result()
        except _OF_ONE_TRAINING as error:
            self._told.failed(stack, error)
        else:
            self._told.finished(stack, results)

    def _receive(self, stacks: Sequence[Stack]) -> None:
        """Pass on what the processes have told since."""
        with suppress(Empty):
            while True:
                number, epoch, best_validation_loss = self._messages.get_nowait()
                self.begun.add(stacks[number])
                self._told.epoch(stacks[number], epoch, best_validation_loss)


def _is_lost(future: Future[list[str]]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)
