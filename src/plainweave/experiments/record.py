"""Records of runs: a folder with record.json, history.csv, weights.safetensors, and the state to go on from.

A record holds the SHA-256 of the others. It is written first: whatever a kill leaves, a folder with a
record is known as a run's, and the run is whole once the others are those of its record.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from plainweave.arrays import FloatArray, IntArray
from plainweave.data import Dataset
from plainweave.display import Displayed, Rows
from plainweave.experiments.experiment import Experiment
from plainweave.losses import Metric, metric, scores_in_words
from plainweave.storage.forms import Json, Range, read_form
from plainweave.training import History

_LONGEST = 1e10  # seconds
_LARGEST = 1e150  # score that is finite: its square is, too

# By name: "loss", and the metrics of the experiment's loss.
Scores: TypeAlias = dict[str, Annotated[float, Range(finite=False)]]


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
    stopped: str | None
    test: Scores | None
    seconds: Annotated[float, Range(0, _LONGEST)]
    environment: dict[str, str | int]
    prepared: tuple[tuple[str, str, str], ...] | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class RunRecord(Displayed, _Run):
    """One finished run. Accuracies are percentages.

    Attributes:
        experiment: its settings.
        seed: of split, initial weights and order.
        position: of the experiment in its file, from 0.
        dataset: what it was trained and tested on.
        validation_rows: SHA-256 of which rows of the training examples were kept apart for validation; the
            rows themselves are a function of the seed, see `rows_digest`.
        best_epoch: at whose end the best weights were scored, 0 if no loss was ever finite; the last one
            where there is no validation part.
        epochs: how many were trained.
        diverged: the epoch at which a loss was no longer finite, or None.
        stopped: why an observer ended training, or None.
        test: of the best weights, scored once, by name: "loss" and each of the loss's metrics; None if the
            experiment does not ask. The loss of weights that were validated may still overflow on a test
            example.
        seconds: that training took.
        environment: versions and machine.
        prepared: of each column of a table its name, what it was, and what became of it, in words; None where
            the inputs are arrays.
        history: of every epoch.
    """

    history: History

    def _in_words(self) -> str:
        parts = [f"{part} {scores}" for part, scores in self._scores().items()]
        if self.diverged is not None:
            parts.append(f"diverged at epoch {self.diverged}")
        run = f"{self.experiment.id!r} seed {self.seed}, best epoch {self.best_epoch} of {self.epochs}"
        return ", ".join([run, *parts])

    def _as_rows(self) -> Rows:
        told = [("experiment", self.experiment), ("data", self.dataset.name), *self._scores().items()]
        return Rows((), [*told, ("seconds", f"{self.seconds:.3g}")])

    def _scores(self) -> dict[str, str]:
        scores = {"test": self.test, "validation": self.best_validation}
        return {part: scores_in_words(given) for part, given in scores.items() if given}

    @property
    def best_validation(self) -> Scores | None:
        """Of the best weights, by name as `test`; None without a validation part, or at best epoch 0."""
        return _best_validation(self.history, self.best_epoch)

    @property
    def test_accuracy(self) -> float | None:
        """Of the best weights, in percent; None if it was not tested, or is no classifier."""
        return (self.test or {}).get("accuracy")

    @property
    def validation_accuracy(self) -> float | None:
        """Of the best weights, in percent, 0 if no loss was ever finite.

        None without a validation part, or if it is no classifier.
        """
        if "accuracy" not in self.history.validation:
            return None
        return (self.best_validation or {"accuracy": 0.0})["accuracy"]


@dataclass(frozen=True)
class Checksums:
    """SHA-256 of the files of a run, in hexadecimal.

    Attributes:
        checkpoint: of the state at its end, from which it can go on to more epochs; None if it was not kept.
    """

    history: str
    weights: str
    checkpoint: str | None = None


@dataclass(frozen=True, kw_only=True)
class RecordFile(_Run):
    """The form of record.json: a run without its history, and the checksums of the files beside it.

    Attributes:
        best_validation: for who reads this file alone; a run has it from its history.
        files: None in a record of 0.1, which kept none.
    """

    VERSION: ClassVar[int] = 4

    best_validation: Scores | None
    files: Checksums | None

    def __post_init__(self) -> None:
        for name, epoch in (("best_epoch", self.best_epoch), ("diverged", self.diverged)):
            if epoch is not None and epoch > self.epochs:
                raise ValueError(f"{name} is {epoch}; expected a number from 0 to {self.epochs}")
        if self.experiment.test and self.test is None:
            raise ValueError("test is None; expected the scores of a tested experiment")
        for name, scores in (("test", self.test), ("best_validation", self.best_validation)):
            if scores is not None:
                self._check_scores(name, scores)

    def _check_scores(self, name: str, scores: Scores) -> None:
        expected = ["loss", *self.experiment.loss_function.metrics]
        if sorted(scores) != sorted(expected):
            raise ValueError(f"{name} has {', '.join(scores) or 'nothing'}; expected {', '.join(expected)}")
        accuracy = scores.get("accuracy", 0.0)
        if not 0 <= accuracy <= 100:
            raise ValueError(f"{name}.accuracy is {accuracy:g}; expected a number from 0 to 100")

    @classmethod
    def of(cls, record: RunRecord, files: Checksums) -> "RecordFile":
        """Return what is to be written of a run."""
        return cls(**_shared(record), best_validation=record.best_validation, files=files)  # type: ignore[arg-type]

    def with_history(self, history: History) -> RunRecord:
        """Return the run with its history.

        Raises:
            ValueError: the history is not one of so many epochs and of the experiment's metrics.
        """
        check_history(history, self.epochs, ["loss", *self.experiment.loss_function.metrics])
        best = _best_validation(history, self.best_epoch)
        if best is not None and not np.isfinite(best["loss"]):
            raise ValueError(f"best_epoch is {self.best_epoch}, whose validation loss is {best['loss']:g}")
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

    @staticmethod
    def from_version_2(content: dict[str, Json]) -> dict[str, Json]:
        """Return a record of 0.2, of a classifier whose scores had a name each, as one of today."""
        content = {"stopped": None, "best_validation": None, **content}
        content.pop("best_validation_loss", None)  # the history has it
        loss, accuracy = content.pop("test_loss", None), content.pop("test_accuracy", None)
        return {**content, "test": None if accuracy is None else {"loss": loss, "accuracy": accuracy}}

    @staticmethod
    def from_version_3(content: dict[str, Json]) -> dict[str, Json]:
        """Return a record that knew of no tables."""
        return {"prepared": None, **content}


def _shared(run: _Run) -> dict[str, object]:
    return {field.name: getattr(run, field.name) for field in fields(_Run)}


def rows_digest(rows: IntArray) -> str:
    """Return the SHA-256 of numbers of rows, as 64-bit integers, little end first."""
    return hashlib.sha256(np.asarray(rows).astype("<i8").tobytes()).hexdigest()


def bounded(scores: npt.ArrayLike) -> FloatArray:
    """Return scores with infinities in the places of those whose squares would be infinite."""
    values = np.asarray(scores, np.float64)
    return np.where(np.abs(values) > _LARGEST, np.copysign(np.inf, values), values)


def _best_validation(history: History, best_epoch: int) -> Scores | None:
    if not best_epoch or not history.validation:
        return None
    return {name: float(values[best_epoch - 1]) for name, values in history.validation.items()}


def check_history(history: History, epochs: int, names: Sequence[str]) -> None:
    """Check that a history is one of so many epochs and these metrics, with accuracies in percent.

    Raises:
        ValueError: it is not.
    """
    if len(history) != epochs:
        raise ValueError(f"its history has {len(history)} epochs; expected {epochs}")
    for part, columns in (("training", history.training), ("validation", history.validation)):
        if sorted(columns) != sorted(names) and (columns or part == "training"):
            raise ValueError(f"its history has {part} {', '.join(columns)}; expected {', '.join(names)}")
        accuracies = np.asarray(columns.get("accuracy", []))
        if not ((accuracies >= 0) & (accuracies <= 100)).all():
            raise ValueError("an accuracy of its history is not from 0 to 100")
        for name, values in columns.items():
            if not np.array_equal(bounded(values), values, equal_nan=True):
                raise ValueError(f"a {name} of its history is above {_LARGEST:g} in size and not infinite")


def by_experiment(records: Sequence[RunRecord]) -> list[list[RunRecord]]:
    """Part records into those of one experiment each: the same settings, other seeds."""
    groups: dict[Experiment, list[RunRecord]] = {}
    for record in records:
        groups.setdefault(record.experiment, []).append(record)
    return list(groups.values())


def describe_result(record: RunRecord, outputs: int) -> str:
    """Say in a line what came of a run whose network has so many outputs."""
    loss = record.experiment.loss_function
    told = metric([*loss.metrics, "loss"][0])
    if record.test is not None:
        result = f"test {_told(told, record.test)}"
    elif record.history.validation:
        result = f"validation {_told(told, record.best_validation)}, not tested"
    else:
        result = "neither validated nor tested"
    blind_loss = loss.blind_loss(outputs)
    has_learned = not blind_loss or bool(record.history.learned(blind_loss))
    notes = [result]
    if has_learned:
        notes.append(f"best epoch {record.best_epoch} of {record.epochs}")
    elif not record.diverged:
        notes.append("learned nothing")
    if record.stopped is not None:
        notes.append(f"stopped ({record.stopped})")
    if record.diverged:
        notes.append(f"diverged at epoch {record.diverged}")
    return ", ".join([*notes, f"{record.seconds:.0f} s"])


def _told(told: Metric, scores: Scores | None) -> str:
    """Return a metric as people read it, "accuracy 97.31 %"; an accuracy of no finite loss is 0."""
    value = scores[told.name] if scores else 0.0 if told.name == "accuracy" else math.nan
    return f"{told.name} {told.written(value)}" + (f" {told.unit}" if told.unit else "")
