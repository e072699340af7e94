"""Which jobs are trained together, and how: what all executors do."""

import copy
import math
import pickle
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import numpy as np

from plainweave.data import Dataset, Source
from plainweave.engine.team import share_cores
from plainweave.errors import NO_MEMORY, ConfigurationError, RecordError
from plainweave.experiments import Experiment, resumed_epoch
from plainweave.experiments.run import run_by_epochs
from plainweave.jobs.job import Begun, EpochEnded, Event, Failed, Finished, Job
from plainweave.named import Named
from plainweave.training import History, Observer
from plainweave.training.model_file import serialized
from plainweave.training.observers import as_observers
from plainweave.training.tracker import Tracker

# Where the state of a job's training is kept until it is finished.
Checkpoint = Callable[[Job], Path]
_Event = TypeVar("_Event")
_Result = TypeVar("_Result")

_LARGEST_STACK = 8  # runs; a larger one would gain little and leave processes without work
_PAUSE = 0.1  # seconds between two epochs that are told; some take a millisecond
_OF_ONE_TRAINING = (RecordError, MemoryError, OSError)  # after these the others go on


@dataclass(frozen=True)
class Stack:
    """Jobs that are trained together, for all that they share.

    Attributes:
        jobs: alike in `Experiment.of_a_stack` and in their seed.
        checkpoints: a file for each; none where no state is to be kept.
    """

    jobs: tuple[Job, ...]
    checkpoints: tuple[Path, ...] = ()

    def cost(self, dataset: Dataset) -> float:
        """Return the cost of all its jobs, to begin with the longest."""
        return sum(job.cost(dataset.features, dataset.outputs) for job in self.jobs)


def stacks_of(
    jobs: Sequence[Job],
    dataset: Dataset,
    processes: int,
    checkpoint: Checkpoint | None,
    *,
    together: bool = True,
    elsewhere: bool = False,
) -> list[Stack]:
    """Put jobs together that can be trained as a stack, few enough that every process gets several.

    Jobs that a stop left at one epoch go on together.

    Args:
        jobs: to be done.
        dataset: on what.
        processes: how many there will be.
        checkpoint: where the state of each is kept, if it is.
        together: whether they may be trained together at all.
        elsewhere: whether on other machines, where the arithmetic may be another.

    Returns:
        The stacks, those that take longest first.

    Raises:
        RecordError: a checkpoint is of another training or a later epoch, or is damaged.
    """
    alike: dict[tuple[int, Experiment, int], list[Job]] = {}
    for job in jobs:
        of_run = (job.experiment, dataset.fingerprint, job.seed)
        epoch = resumed_epoch(checkpoint(job), *of_run, elsewhere=elsewhere) if checkpoint else 0
        alike.setdefault((job.seed, job.experiment.of_a_stack, epoch), []).append(job)
    largest = max(1, min(_LARGEST_STACK, len(jobs) // (2 * processes))) if together else 1
    parts = [
        tuple(group[start : start + largest])
        for group in alike.values()
        for start in range(0, len(group), largest)
    ]
    stacks = [Stack(part, tuple(map(checkpoint, part)) if checkpoint else ()) for part in parts]
    return sorted(stacks, key=lambda stack: -stack.cost(dataset))


@dataclass(frozen=True)
class Workplace:
    """What all trainings of a process share.

    Attributes:
        dataset: what is trained and tested on.
        observers: of each run, in copies of its own.
        threads: of each training; None for as many as pay.
    """

    dataset: Dataset
    observers: Sequence[Observer] = ()
    threads: int | None = None


def workplace(
    source: Source,
    observers: Sequence[Observer],
    threads: int | None,
    processes: int,
    parts: Sequence[type[Named]],
) -> Workplace:
    """Return the workplace of a process that loads the data itself, and has its share of the cores.

    Args:
        source: of the data.
        observers: of each run.
        threads: of each training.
        processes: that work beside each other.
        parts: the classes that settings name: a process that gets them knows them, those of one's own too.
    """
    share_cores(processes)
    return Workplace(source.load(), observers, threads)


def observers_for_runs(observers: Iterable[Observer], executor: object = None) -> list[Observer]:
    """Return observers as a list, if each run can have copies of its own; trackers are not copied.

    Raises:
        ConfigurationError: one is no function or can't be copied, or they are given beside an executor.
    """
    listed = as_observers(observers)
    copied = [observer for observer in listed if not isinstance(observer, Tracker)]
    if copied and executor is not None:
        raise ConfigurationError(
            "observers are given beside an executor; expected one of them. Give them to the executor, as in "
            "Here(observers=[...])."
        )
    try:
        copy.deepcopy(copied)
    except (TypeError, pickle.PicklingError) as error:
        raise ConfigurationError(
            f"observers can't be copied for each run ({error}); expected functions, or objects of plain "
            "values. Open what can't be copied where it is used."
        ) from error
    return listed


def train(stack: Stack, workplace: Workplace) -> Generator[Event, None, None]:
    """Train a stack, from its checkpoints if there are any, and tell what becomes of it.

    Raises:
        ConfigurationError: the settings do not fit the data.
    """
    first = stack.jobs[0]
    yield Begun(stack.jobs)
    steps = run_by_epochs(
        [job.experiment for job in stack.jobs],
        workplace.dataset,
        first.seed,
        positions=[job.position for job in stack.jobs],
        observers=copy.deepcopy(workplace.observers),
        checkpoints=stack.checkpoints,
        threads=workplace.threads,
    )
    try:
        results = yield from now_and_then(steps, partial(_epoch_ended, stack))
        for job, (record, model) in zip(stack.jobs, results, strict=True):
            try:
                yield Finished(job, record, serialized(model))
            except _OF_ONE_TRAINING as error:
                yield Failed(job, _reason(error))
    except _OF_ONE_TRAINING as error:
        for job in stack.jobs:
            yield Failed(job, _reason(error))


def now_and_then(
    steps: Generator[History, None, _Result], event: Callable[[History, int], _Event]
) -> Generator[_Event, None, _Result]:
    """Train to the end, tell an epoch now and then, and return what came of it.

    Args:
        steps: of the training, closed with this.
        event: returns what is told, of the history and of the epoch that was told before, from 0.
    """
    last_event, told = -math.inf, 0
    with closing(steps):
        while True:
            try:
                history = next(steps)
            except StopIteration as end:
                return cast(_Result, end.value)
            if time.monotonic() - last_event >= _PAUSE:
                yield event(history, told)
                last_event, told = time.monotonic(), len(history)


def _epoch_ended(stack: Stack, history: History, told: int) -> EpochEnded:
    scores = np.array([values[told:] for values in history.columns()], np.float64)
    return EpochEnded(
        stack.jobs, len(history), history.lowest_validation_loss, tuple(history.names()), scores
    )


def _reason(error: BaseException) -> str:
    return NO_MEMORY if isinstance(error, MemoryError) else str(error)
