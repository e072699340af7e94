"""A worker process of the pool: it trains stacks of runs, and writes them.

On SIGTERM it ends in good order: training stops, and keeps the state of the last epoch that ended; what is
being written is written to its end.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from enum import Enum
from multiprocessing.connection import wait
from multiprocessing.queues import Queue
from threading import Thread
from types import FrameType

from plainweave.data import Dataset
from plainweave.errors import RecordError
from plainweave.experiments.records import RunRecord, describe_result, write_run
from plainweave.experiments.run import run_stack
from plainweave.jobs.plan import Stack
from plainweave.jobs.threads import limit_threads
from plainweave.network import Network
from plainweave.training import History, Model

# Which stack, at the end of which epoch (0: it begins), and its best validation loss. Small enough that the
# system writes it into the queue's pipe at once or not at all, even if the process is killed.
Message = tuple[int, int, float]


class _StoppedError(Exception):
    """The process was asked to end."""


class _Doing(Enum):
    WAITING, TRAINING, WRITING, ENDING = range(4)


# What a worker process holds from its start to its end.
_dataset: Dataset
_problem: Exception | None = None  # that kept it from its data
_messages: "Queue[Message]"
_doing = _Doing.WAITING


def start(load: Callable[[], Dataset], messages: "Queue[Message]") -> None:
    """Come by the data, once for all runs of this process."""
    global _dataset, _messages, _problem
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to stop
    limit_threads()
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _messages = messages
    try:
        _dataset = load()
    except Exception as error:
        _problem = error  # `work` tells it: raised here, it would only be known that the process ended
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, frame: FrameType | None) -> None:
    global _doing
    before, _doing = _doing, _Doing.ENDING
    if before is _Doing.TRAINING:
        raise _StoppedError
    if before is _Doing.WAITING:
        os._exit(0)


def _end_with(parent: int) -> None:
    """Wait for the parent's end: then nobody waits for these runs, and another may begin them again."""
    wait([parent])
    os._exit(1)


def work(number: int, stack: Stack) -> list[str]:
    """Make the runs of a stack in a worker process.

    Returns:
        What came of each, in a line. It is short, for a result that fills the queue's pipe would leave
        the parent waiting for the rest of it if this process were killed meanwhile.
    """
    global _doing
    if _problem is not None:
        raise _problem
    _messages.put((number, 0, float("inf")))

    def tell(epoch: int, history: History, network: Network) -> None:
        _messages.put((number, epoch, history.lowest_validation_loss))

    def begin_to_write() -> None:
        global _doing
        _doing = _Doing.WRITING

    try:
        _doing = _Doing.TRAINING
        return make_runs(stack, _dataset, tell, begin_to_write)
    except _StoppedError:
        os._exit(0)
    finally:
        if _doing is _Doing.ENDING:
            os._exit(0)
        _doing = _Doing.WAITING


def make_runs(
    stack: Stack,
    dataset: Dataset,
    tell: Callable[[int, History, Network], object],
    before_writing: Callable[[], object] = lambda: None,
) -> list[str]:
    """Make the runs of a stack, from their checkpoints if there are any, and write them.

    Args:
        stack: what to train together.
        dataset: what to train and test on.
        tell: called after every epoch.
        before_writing: called once all are trained.

    Returns:
        What came of each, in a line.
    """
    made = run_stack(
        [job.experiment for job in stack.jobs],
        dataset,
        stack.jobs[0].seed,
        positions=[job.position for job in stack.jobs],
        callbacks=[tell],
        checkpoints=[job.checkpoint for job in stack.jobs],
    )
    before_writing()
    _write(stack, made)
    return [describe_result(record, model.network.classes) for record, model in made]


def _write(stack: Stack, made: Sequence[tuple[RunRecord, Model]]) -> None:
    """Write the runs of a stack; one that can't be written does not keep the others from it."""
    problem: RecordError | None = None
    for job, (record, model) in zip(stack.jobs, made, strict=True):
        try:
            write_run(job.folder, record, model)
            job.checkpoint.unlink(missing_ok=True)
        except RecordError as error:
            problem = error
    if problem:
        raise problem
