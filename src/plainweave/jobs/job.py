"""What is to be trained, and what becomes of it."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from plainweave.arrays import FloatArray
from plainweave.experiments import Experiment, RunRecord


@dataclass(frozen=True)
class Job:
    """A run that is to be made.

    Attributes:
        experiment: its settings.
        seed: of split, initial weights and order.
        position: of the experiment in its file, from 0.
    """

    experiment: Experiment
    seed: int
    position: int = 0

    @property
    def name(self) -> str:
        """What progress and errors call it."""
        return f"{self.experiment.id} seed {self.seed}"

    def cost(self, features: int, classes: int) -> float:
        """Return the multiply-adds for one example over all epochs."""
        sizes = (features, *self.experiment.hidden, classes)
        return self.experiment.epochs * sum(inputs * outputs for inputs, outputs in pairwise(sizes))


@dataclass(frozen=True)
class Begun:
    """A training begins: of one job, or of several that are trained together as a stack."""

    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class EpochEnded:
    """A training has come to the end of an epoch; not every one need be told.

    Attributes:
        jobs: that are trained together.
        epoch: from 1.
        best_validation_loss: the lowest finite one of them all, infinity if there is none.
        names: of the scores, as history.csv has them.
        scores: of all epochs since the last one told (names, epochs, jobs), for trackers; None where they are
            not told: then they are had when the training has finished.
    """

    jobs: tuple[Job, ...]
    epoch: int
    best_validation_loss: float
    names: tuple[str, ...] = ()
    scores: FloatArray | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Finished:
    """A job is done.

    Attributes:
        job: that was given.
        record: of its run.
        model: the best weights, as the content of their file: `training.load` reads it.
    """

    job: Job
    record: RunRecord
    model: bytes = field(repr=False)


@dataclass(frozen=True)
class Failed:
    """A job can't be done, and trying again would not help.

    Attributes:
        job: that was given.
        why: in a line.
    """

    job: Job
    why: str


@dataclass(frozen=True)
class Lost:
    """What worked on a job is gone, as a process that was killed. It may be tried again."""

    job: Job


Event: TypeAlias = Begun | EpochEnded | Finished | Failed | Lost
