"""A worker process of the pool: it trains stacks of runs, and writes them."""

import multiprocessing
import os
import signal
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from types import FrameType

import threadpoolctl

from plainweave.data import Dataset, load_dataset
from plainweave.experiments.plan import Stack
from plainweave.experiments.records import RunRecord, write_run
from plainweave.experiments.run import run_stack
from plainweave.network import Network
from plainweave.training import History


@dataclass(frozen=True)
class Message:
    """That a worker is at the end of an epoch of a stack; of epoch 0, that it begins."""

    stack: Stack
    process: int
    epoch: int = 0
    best_validation_loss: float = float("inf")


class StoppedError(Exception):
    """The run was asked to end."""


# What a worker process holds from its start to its end.
_dataset: Dataset
_messages: "Queue[Message]"
_stop: Event
_training = False


def start(source: tuple[str, Path | None], messages: "Queue[Message]", stop: Event) -> None:
    """Load the data, once for all runs of this process."""
    global _dataset, _messages, _stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to stop
    signal.signal(signal.SIGTERM, _interrupt)
    threadpoolctl.threadpool_limits(1)  # small products are slower on two threads than on one
    _dataset, _messages, _stop = load_dataset(*source), messages, stop


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _training:  # what is being written then is written to its end
        raise StoppedError


def work(stack: Stack) -> list[RunRecord]:
    """Make the runs of a stack, from their checkpoints if there are any, and write them.

    Raises:
        StoppedError: the parent asked to stop; the state of the last epoch is kept.
    """
    global _training
    if _stop.is_set():
        raise StoppedError
    process = os.getpid()
    _messages.put(Message(stack, process))

    def tell(epoch: int, history: History, network: Network) -> None:
        parent = multiprocessing.parent_process()
        if parent is None or not parent.is_alive():
            os._exit(1)  # nobody waits for this run any longer, and another may have begun it again
        _messages.put(Message(stack, process, epoch, history.lowest_validation_loss))

    _training = True
    try:
        made = run_stack(
            [job.experiment for job in stack.jobs],
            _dataset,
            stack.jobs[0].seed,
            positions=[job.position for job in stack.jobs],
            callbacks=[tell],
            checkpoints=[job.checkpoint for job in stack.jobs],
        )
    finally:
        _training = False
    for job, (record, model) in zip(stack.jobs, made, strict=True):
        write_run(job.folder, record, model)
        job.checkpoint.unlink(missing_ok=True)
    return [record for record, _ in made]
