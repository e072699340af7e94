"""What a worker is asked for, and what it answers: all of it goes there and back as bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from plainweave.data import Dataset, Loaded
from plainweave.errors import DataError
from plainweave.jobs.job import Failed, Finished, Job
from plainweave.named import Named
from plainweave.training import Observer


@dataclass(frozen=True)
class NotSent:
    """Stands for the source of a data set in memory, which is not sent along with every order."""

    def load(self) -> Dataset:
        """Tell that it is not there.

        Raises:
            DataError: always.
        """
        raise DataError("the data set is in the memory of the caller.")


@dataclass(frozen=True)
class Common:
    """What all orders of one study have in common.

    Attributes:
        topic: its name, under which workers tell of epochs.
        source: of the data, with the fingerprint that they must have.
        observers: of each run, in copies of its own.
        threads: of each training.
        versions: of the caller, that a worker's must equal.
        parts: the classes that settings name: a worker that gets them knows them, those of one's own too.
        leg: seconds, after which a training that is not finished comes back with its state.
        pause: seconds between two epochs that are told.
        keeps: whether the last states of finished runs are wanted.
        are_trials: whether each training may be asked to end early, and fails alone where its settings do not
            fit the data. Trials are trained one by one.
    """

    topic: str
    source: Loaded
    observers: Sequence[Observer]
    threads: int
    versions: Mapping[str, str]
    parts: Sequence[type[Named]]
    leg: float
    pause: float
    keeps: bool
    are_trials: bool = False


@dataclass(frozen=True)
class Order:
    """A leg of a training.

    Attributes:
        common: to all orders.
        number: of the stack, by which it is told of.
        jobs: that are trained together.
        states: the content of a checkpoint for each to go on from; none to begin.
        known: epochs that were told.
        ending: why it is to end at its next epoch; "" where it is not.
    """

    common: Common
    number: int
    jobs: tuple[Job, ...]
    states: tuple[bytes, ...] = ()
    known: int = 0
    ending: str = ""


# Of a training: its epoch, the lowest validation loss, the names of scores, and those of new epochs (names,
# epochs, jobs) as lists.
Told: TypeAlias = tuple[int, float, tuple[str, ...], list[list[list[float]]]]


@dataclass(frozen=True)
class Report:
    """What has become of an order.

    Attributes:
        ends: of its jobs: of all, or of none where the training is to go on.
        states: the content of a checkpoint for each job; none where there is none, or none is wanted.
        told: of the epochs that were not told of while it was at work; None where there is nothing to tell.
    """

    ends: tuple[Finished | Failed, ...]
    states: tuple[bytes, ...]
    told: Told | None = None


@dataclass(frozen=True)
class NoData:
    """The worker can't load the data itself, and was sent none."""
