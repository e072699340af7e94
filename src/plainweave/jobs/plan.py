"""What is to be trained: runs that are missing, and which of them go together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from plainweave.errors import RecordError
from plainweave.experiments.records import (
    RECORD_FILE,
    DamagedRunError,
    DatasetIdentity,
    checkpoint_file,
    made_with,
    read_run,
    run_folders,
)
from plainweave.experiments.run import identity
from plainweave.experiments.spec import Experiment
from plainweave.storage.files import is_there
from plainweave.training import checkpoint_epoch

_LARGEST_STACK = 8  # runs; a larger one would gain little and leave processes without work


@dataclass(frozen=True)
class Job:
    """A run that is to be made."""

    experiment: Experiment
    seed: int
    position: int
    folder: Path

    @property
    def name(self) -> str:
        """What progress calls it."""
        return f"{self.experiment.id} seed {self.seed}"

    @property
    def checkpoint(self) -> Path:
        """Where the state of its training is kept until it is finished."""
        return checkpoint_file(self.folder)

    def cost(self, features: int, classes: int) -> float:
        """Return the multiply-adds for one example over all epochs."""
        sizes = (features, *self.experiment.hidden, classes)
        return self.experiment.epochs * sum(inputs * outputs for inputs, outputs in pairwise(sizes))


@dataclass(frozen=True)
class Stack:
    """Runs that are trained together, for all that they share."""

    jobs: tuple[Job, ...]

    @property
    def name(self) -> str:
        """What progress calls it."""
        others = f" and {len(self.jobs) - 1} more" if len(self.jobs) > 1 else ""
        return self.jobs[0].name + others

    def cost(self, features: int, classes: int) -> float:
        """Return the cost of all its runs, to begin with the longest."""
        return sum(job.cost(features, classes) for job in self.jobs)

    @property
    def epochs(self) -> int:
        """All epochs of all its runs."""
        return sum(job.experiment.epochs for job in self.jobs)


def stacks_of(missing: Sequence[Job], dataset: DatasetIdentity, jobs: int) -> list[Stack]:
    """Put runs together that can be trained as a stack, few enough that every process gets several.

    Runs that a stop left at one epoch go on together.

    Raises:
        RecordError: a run's checkpoint is of another training, or is damaged.
    """
    alike: dict[tuple[int, Experiment, int], list[Job]] = {}
    for job in missing:
        of_run = identity(job.experiment, dataset.fingerprint, job.seed)
        epoch = checkpoint_epoch(job.checkpoint, of_run)
        alike.setdefault((job.seed, job.experiment.of_a_stack, epoch), []).append(job)
    largest = max(1, min(_LARGEST_STACK, len(missing) // (2 * jobs)))
    return [
        Stack(tuple(group[start : start + largest]))
        for group in alike.values()
        for start in range(0, len(group), largest)
    ]


def unfinished(stacks: Sequence[Stack], dataset: DatasetIdentity) -> list[Stack]:
    """Return what is left of stacks of which some runs may be finished, or have come farther than others."""
    left = [job for stack in stacks for job in stack.jobs if not is_finished(job, dataset)]
    return stacks_of(left, dataset, jobs=1)


def is_finished(job: Job, dataset: DatasetIdentity, say: Callable[[str], object] = lambda line: None) -> bool:
    """Whether a run is there undamaged, made with these settings on this data; tell if it is damaged.

    Raises:
        RecordError: it was made on other data, is another experiment's, or can't be read.
    """
    if not is_there(job.folder / RECORD_FILE):
        return False
    experiment, seed, made_on = made_with(job.folder)
    _check_data(job.folder, made_on, dataset)
    if experiment.id != job.experiment.id:  # on a disk that takes tanh and Tanh for one name
        raise RecordError(
            f"{job.folder} holds the run of {experiment.id!r}; expected that of {job.experiment.id!r}. "
            "Give the experiment another id, or choose another --out."
        )
    if seed != job.seed or experiment != job.experiment:
        return False
    try:
        read_run(job.folder, weights=True)
    except DamagedRunError as error:
        say(str(error))
        return False
    return True


def check_others(out: Path, wanted: Sequence[Job], dataset: DatasetIdentity) -> None:
    """Refuse, before anything is trained, what could not stand on one page with the runs wanted."""
    asked = {job.experiment.id: job.experiment for job in wanted}
    folders = {job.folder for job in wanted}
    for folder in run_folders(out):
        if folder in folders:
            continue
        record = read_run(folder)
        _check_data(folder, record.dataset, dataset)
        experiment = asked.get(record.experiment.id, record.experiment)
        if difference := record.experiment.difference(experiment):
            name, given, expected = difference
            raise RecordError(
                f"{folder} was trained with {name} {given}; expected {expected}, as its other seeds. "
                f"Choose another --out, or train it again too with --seeds {record.seed + 1}."
            )


def _check_data(folder: Path, made_on: DatasetIdentity, dataset: DatasetIdentity) -> None:
    if made_on != dataset:
        raise RecordError(
            f"{folder} was trained on {made_on.name} ({made_on.fingerprint[:12]}); "
            f"expected {dataset.name} ({dataset.fingerprint[:12]}). Choose another --out."
        )
