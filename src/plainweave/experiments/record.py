"""Records of runs: a folder with record.json, history.csv and weights.safetensors.

A record holds the SHA-256 of the other two. It is written first: whatever a kill leaves, a folder with a
record is known as a run's, and the run is whole once the other two are those of its record.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, ClassVar

import numpy as np

from plainweave.arrays import IntArray
from plainweave.data import Dataset
from plainweave.experiments.experiment import Experiment
from plainweave.storage.forms import Json, Range, read_form
from plainweave.training import History

_LONGEST = 1e10  # seconds
_LARGEST_LOSS = 1e150  # of those that are finite: their squares are, too


@dataclass(frozen=True)
class DatasetIdentity:
    """Which data a run was made on.

    Attributes:
        name: as people call it.
        fingerprint: SHA-256 of all its examples.
        training_examples: how many there are before the split.
        test_examples: how many there are.
    """

    name: str
    fingerprint: str
    training_examples: int
    test_examples: Annotated[int, Range(1)]

    @classmethod
    def of(cls, dataset: Dataset) -> "DatasetIdentity":
        """Identify a data set."""
        return cls(dataset.name, dataset.fingerprint, len(dataset.train), len(dataset.test))


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What a record says of a run, in memory and in its file."""

    experiment: Experiment
    seed: int
    position: int
    dataset: DatasetIdentity
    validation_rows: str
    best_epoch: int
    epochs: Annotated[int, Range(1)]
    diverged: Annotated[int, Range(1)] | None
    best_validation_loss: float | None
    test_loss: Annotated[float, Range(finite=False)] | None
    test_accuracy: Annotated[float, Range(0, 100)] | None
    seconds: Annotated[float, Range(0, _LONGEST)]
    environment: dict[str, str | int]


@dataclass(frozen=True, kw_only=True)
class RunRecord(_Run):
    """One finished run. Accuracies are percentages.

    Attributes:
        experiment: its settings.
        seed: of split, initial weights and order.
        position: of the experiment in its file, from 0.
        dataset: what it was trained and tested on.
        validation_rows: SHA-256 of which rows of the training examples were kept apart for validation; the
            rows themselves are a function of the seed, see `rows_digest`.
        best_epoch: at whose end the best weights were scored, 0 if no loss was ever finite.
        epochs: how many were trained.
        diverged: the epoch at which a loss was no longer finite, or None.
        best_validation_loss: of the best weights, or None if none was finite.
        test_loss, test_accuracy: of the best weights, scored once; None if the experiment does not ask. The
            loss of weights that were validated may still overflow on a test example.
        seconds: that training took.
        environment: versions and machine.
        history: of every epoch.
    """

    history: History

    @property
    def validation_accuracy(self) -> float:
        """Of the best weights, in percent; 0 if no loss was ever finite."""
        if not self.best_epoch:
            return 0.0
        return float(self.history.validation_accuracy[self.best_epoch - 1])


@dataclass(frozen=True)
class Checksums:
    """SHA-256 of the files of a run, in hexadecimal."""

    history: str
    weights: str


@dataclass(frozen=True, kw_only=True)
class RecordFile(_Run):
    """The form of record.json: a run without its history, and the checksums of the files beside it.

    Attributes:
        files: None in a record of 0.1, which kept none.
    """

    VERSION: ClassVar[int] = 2

    files: Checksums | None

    def __post_init__(self) -> None:
        for name, epoch in (("best_epoch", self.best_epoch), ("diverged", self.diverged)):
            if epoch is not None and epoch > self.epochs:
                raise ValueError(f"{name} is {epoch}; expected a number from 0 to {self.epochs}")
        if (self.best_validation_loss is None) != (self.best_epoch == 0):
            raise ValueError(
                f"best_validation_loss is {self.best_validation_loss} at epoch {self.best_epoch}; "
                "expected null at epoch 0, and a number at any other"
            )
        if self.experiment.test and self.test_accuracy is None:
            raise ValueError("test_accuracy is None; expected a number for a tested experiment")

    @classmethod
    def of(cls, record: RunRecord, files: Checksums) -> "RecordFile":
        """Return what is to be written of a run."""
        return cls(**_shared(record), files=files)  # type: ignore[arg-type]

    def with_history(self, history: History) -> RunRecord:
        """Return the run with its history.

        Raises:
            ValueError: the history is not one of so many epochs, with accuracies in percent.
        """
        check_history(history, self.epochs)
        return RunRecord(**_shared(self), history=history)  # type: ignore[arg-type]

    @staticmethod
    def from_version_1(content: dict[str, Json]) -> dict[str, Json]:
        """Return a record of 0.1 as one of today.

        It had figures and accuracies of others among the settings; its first releases listed the rows kept
        apart for validation and kept no checksums.
        """
        content = {"files": None, **content}
        experiment, rows, files = (content.get(name) for name in ("experiment", "validation_rows", "files"))
        if isinstance(experiment, dict):
            shown = ("figure", "report_accuracy")
            content["experiment"] = {name: experiment[name] for name in experiment if name not in shown}
        if isinstance(rows, list):
            numbers = read_form(tuple[int, ...], rows, "validation_rows")
            content["validation_rows"] = rows_digest(np.array(numbers, dtype=np.int64))
        if isinstance(files, dict) and files.keys() == {"history.csv", "weights.safetensors"}:
            content["files"] = {name.partition(".")[0]: files[name] for name in files}
        return content


def _shared(run: _Run) -> dict[str, object]:
    return {field.name: getattr(run, field.name) for field in fields(_Run)}


def rows_digest(rows: IntArray) -> str:
    """Return the SHA-256 of numbers of rows, as 64-bit integers, little end first."""
    return hashlib.sha256(np.asarray(rows).astype("<i8").tobytes()).hexdigest()


def check_history(history: History, epochs: int) -> None:
    """Check that a history is one of so many epochs, with accuracies in percent.

    Raises:
        ValueError: it is not.
    """
    if len(history) != epochs:
        raise ValueError(f"its history has {len(history)} epochs; expected {epochs}")
    accuracies = np.asarray([history.training_accuracy, history.validation_accuracy])
    if not ((accuracies >= 0) & (accuracies <= 100)).all():
        raise ValueError("an accuracy of its history is not from 0 to 100")
    losses = np.asarray([history.training_loss, history.validation_loss])
    if (np.abs(losses[np.isfinite(losses)]) > _LARGEST_LOSS).any():
        raise ValueError(f"a loss of its history is above {_LARGEST_LOSS:g} and not infinite")


def by_experiment(records: Sequence[RunRecord]) -> list[list[RunRecord]]:
    """Part records into those of one experiment each: the same settings, other seeds."""
    groups: dict[Experiment, list[RunRecord]] = {}
    for record in records:
        groups.setdefault(record.experiment, []).append(record)
    return list(groups.values())


def describe_result(record: RunRecord, classes: int) -> str:
    """Say in a line what came of a run on data of so many classes."""
    diverged = f", diverged at epoch {record.diverged}" if record.diverged else ""
    if classes > 1 and not record.history.learned(math.log(classes)):
        diverged += f", learned nothing (no validation loss below {math.log(classes):.4f}, that of guessing)"
    accuracy = (
        f"validation accuracy {record.validation_accuracy:.2f} %, not tested"
        if record.test_accuracy is None
        else f"test accuracy {record.test_accuracy:.2f} %"
    )
    return f"{accuracy}, best epoch {record.best_epoch} of {record.epochs}{diverged}, {record.seconds:.0f} s"
