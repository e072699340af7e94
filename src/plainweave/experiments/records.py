"""Records of runs: `runs/ID/seed-N/` with record.json, history.csv and weights.safetensors.

A record holds the SHA-256 of the other two. It is written first: whatever a kill leaves, a folder with a
record is known as a run's, and the run is whole once the other two are those of its record.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plainweave.arrays import IntArray
from plainweave.data import Dataset
from plainweave.errors import PlainweaveError, RecordError
from plainweave.experiments.record_file import check_history, parse_record, record_text
from plainweave.experiments.spec import Experiment
from plainweave.storage.files import check_place, is_there, read_bounded, sha256_of, write_together
from plainweave.training import WEIGHTS_FILE, History, Model, load
from plainweave.training.model_file import LARGEST_MODEL, serialized

RECORD_FILE, HISTORY_FILE = "record.json", "history.csv"
CHECKPOINT_FILE = "run.checkpoint"
RUN_FILES = (RECORD_FILE, HISTORY_FILE, WEIGHTS_FILE, CHECKPOINT_FILE)
_LARGEST_FILE = 2**24  # bytes of a record or a history: 200,000 epochs


class DamagedRunError(RecordError):
    """A run's files are not those that its record was written with."""


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
    test_examples: int

    @classmethod
    def of(cls, dataset: Dataset) -> "DatasetIdentity":
        """Identify a data set."""
        return cls(dataset.name, dataset.fingerprint, len(dataset.train), len(dataset.test))


@dataclass(frozen=True)
class RunRecord:
    """One finished run. Accuracies are percentages.

    Attributes:
        experiment: its settings.
        seed: of split, initial weights and order.
        position: of the experiment in its file, from 0.
        dataset: what it was trained and tested on.
        validation_rows: SHA-256 of which rows of the training examples were kept apart for validation; the
            rows themselves are a function of the seed, see `rows_digest`.
        best_epoch: at whose end the kept weights were scored, 0 if no loss was ever finite.
        epochs: how many were trained.
        diverged: the epoch at which a loss was no longer finite, or None.
        best_validation_loss: of the kept weights, or None if none was finite.
        test_loss, test_accuracy: of the kept weights, scored once; None if the experiment does not ask.
        seconds: that training took.
        environment: versions and machine.
        history: of every epoch.
    """

    experiment: Experiment
    seed: int
    position: int
    dataset: DatasetIdentity
    validation_rows: str
    best_epoch: int
    epochs: int
    diverged: int | None
    best_validation_loss: float | None
    test_loss: float | None
    test_accuracy: float | None
    seconds: float
    environment: Mapping[str, str | int]
    history: History

    @property
    def validation_accuracy(self) -> float:
        """Of the kept weights, in percent; 0 if no loss was ever finite."""
        if not self.best_epoch:
            return 0.0
        return float(self.history.validation_accuracy[self.best_epoch - 1])


def run_folder(out: Path, experiment_id: str, seed: int) -> Path:
    """Return where a run's record lies in an output folder."""
    return out / "runs" / experiment_id / f"seed-{seed}"


def run_folders(out: Path) -> list[Path]:
    """Return the folders in an output folder that hold a run's record; a run that was only begun has none."""
    return sorted(path.parent for path in out.glob(f"runs/*/seed-*/{RECORD_FILE}"))


def checkpoint_file(folder: Path) -> Path:
    """Return where the state of a run's training is kept until the run is finished."""
    return folder / CHECKPOINT_FILE


def rows_digest(rows: IntArray) -> str:
    """Return the SHA-256 of numbers of rows, as 64-bit integers, little end first."""
    return hashlib.sha256(np.asarray(rows).astype("<i8").tobytes()).hexdigest()


def check_run_place(folder: Path) -> None:
    """Make the folder of a run that is to be trained, and check that it would replace only a run's own files.

    Raises:
        RecordError: files can't find their place there, or without a record there lies what is no history or
            no weights of plainweave's.
    """
    check_place(folder, RUN_FILES)
    if (folder / RECORD_FILE).exists():
        return
    for name, read in ((HISTORY_FILE, _history), (WEIGHTS_FILE, load)):
        path = folder / name
        try:
            if path.exists():
                read(path)
        except (OSError, ValueError, RecordError) as error:
            raise RecordError(
                f"{path} is in the way: plainweave did not write it, or it is damaged. Move it, or choose "
                "another --out."
            ) from error


def write_run(folder: Path, record: RunRecord, model: Model, *, anew: bool = False) -> None:
    """Write a finished run; nothing else in its folder is touched.

    Args:
        folder: made if it is not there.
        record: of the run.
        model: its kept weights.
        anew: whether no run may be there yet.

    Raises:
        RecordError: the folder can't be written, or a run has appeared there meanwhile.
    """
    files = {HISTORY_FILE: record.history.to_csv().encode(), WEIGHTS_FILE: serialized(model)}
    text = record_text({**_content(record), "files": {name: _digest(data) for name, data in files.items()}})
    write_together(folder, {RECORD_FILE: text, **files}, anew=anew)


def read_run(folder: Path, *, weights: bool = False) -> RunRecord:
    """Read a run's record.

    Args:
        folder: of the run.
        weights: whether to look at its weights too, that they are those it was written with.

    Raises:
        DamagedRunError: its history or its weights are not what the record was written with.
        RecordError: a file is missing or not what `write_run` writes.
    """
    with _readable(folder):
        content = _read_record(folder)
        files = content.pop("files")
        for name in (HISTORY_FILE, *([WEIGHTS_FILE] if weights else [])):
            _check_file(folder / name, files and files[name])
        history = _history(folder / HISTORY_FILE)
        check_history(history, content["epochs"])
        return RunRecord(**content, history=history)


def _history(path: Path) -> History:
    return History.from_csv(read_bounded(path, _LARGEST_FILE).decode())


def made_with(folder: Path) -> tuple[Experiment, int, DatasetIdentity]:
    """Return with which settings, from which seed and on which data a run was made, damaged or not.

    Raises:
        RecordError: there is no record, or it can't be read.
    """
    with _readable(folder):
        content = _read_record(folder)
    return content["experiment"], content["seed"], content["dataset"]


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Turn what reading a run may end in into the error that says what to do."""
    try:
        yield
    except DamagedRunError:
        raise
    except FileNotFoundError as error:
        raise RecordError(
            f"{folder} holds no whole run: {error.filename} is missing. Remove it to have it trained again."
        ) from error
    except (OSError, ValueError, PlainweaveError) as error:
        raise RecordError(
            f"{folder} holds no readable run ({error}). Remove it to have it trained again."
        ) from error


def _read_record(folder: Path) -> dict[str, Any]:
    content = parse_record(read_bounded(folder / RECORD_FILE, _LARGEST_FILE))
    content["experiment"] = Experiment.from_settings(content["experiment"])
    content["dataset"] = DatasetIdentity(**content["dataset"])
    if not isinstance(content["validation_rows"], str):
        content["validation_rows"] = rows_digest(np.array(content["validation_rows"], dtype=np.int64))
    if content["experiment"].test and content["test_accuracy"] is None:
        raise ValueError("test_accuracy is None; expected a number for a tested experiment")
    return content


def _check_file(path: Path, digest: str | None) -> None:
    """Hold a file to its checksum; 0.1 kept none, but its weights can at least be loaded or not."""
    if not is_there(path):
        raise _damaged(path, "is missing")
    if digest is None:
        if path.name == WEIGHTS_FILE:
            try:
                load(path)
            except RecordError:
                raise _damaged(path, "is not what was written") from None
        return
    if sha256_of(path, LARGEST_MODEL) != digest:
        raise _damaged(path, "is not what was written")


def _damaged(path: Path, how: str) -> DamagedRunError:
    return DamagedRunError(f"{path} {how}. The command that made the run makes it again.")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def find_runs(out: Path) -> list[RunRecord]:
    """Read all runs of an output folder, in the order of their experiments and seeds.

    Raises:
        RecordError: there are none, one can't be read, or one is not the run that its folder is named after.
    """
    folders = run_folders(out)
    if not folders:
        raise RecordError(f"{out} holds no runs. Give a folder that plainweave reproduce wrote.")
    records = [read_run(folder) for folder in folders]
    for folder, record in zip(folders, records, strict=True):
        if folder != run_folder(out, record.experiment.id, record.seed):
            raise RecordError(
                f"{folder} holds the run of {record.experiment.id!r} and seed {record.seed}; expected the "
                "one that it is named after. Rename it, or remove it to have its run trained again."
            )
    return sorted(records, key=lambda each: (each.position, each.experiment.id, each.seed))


def find_comparable_runs(out: Path) -> list[RunRecord]:
    """Read all runs of an output folder that holds what can be compared.

    Raises:
        RecordError: there are none, one can't be read, they are of several data sets, or those of one
            experiment differ in their settings.
    """
    records = find_runs(out)
    datasets = {record.dataset.fingerprint: record.dataset.name for record in records}
    if len(datasets) > 1:
        raise RecordError(
            f"{out} holds runs on {' and '.join(sorted(datasets.values()))}; expected one data set. "
            "Move the others to a folder of their own."
        )
    first: dict[str, Experiment] = {}
    for experiment in (record.experiment for record in records):
        if difference := first.setdefault(experiment.id, experiment).difference(experiment):
            name, one, other = difference
            raise RecordError(
                f"{out} holds runs of {experiment.id!r} with {name} {one} and {other}; expected one. "
                "Train all its seeds again, or move some to a folder of their own."
            )
    return records


def by_experiment(records: Sequence[RunRecord]) -> list[list[RunRecord]]:
    """Part records into those of one experiment each: the same settings, other seeds."""
    groups: dict[Experiment, list[RunRecord]] = {}
    for record in records:
        groups.setdefault(record.experiment, []).append(record)
    return list(groups.values())


def describe_result(record: RunRecord, classes: int) -> str:
    """Say in a line what came of a run on data of so many classes."""
    diverged = f", diverged at epoch {record.diverged}" if record.diverged else ""
    if classes > 1 and not record.history.learned(classes):
        diverged += f", learned nothing (no validation loss below {math.log(classes):.4f}, that of guessing)"
    accuracy = (
        f"validation accuracy {record.validation_accuracy:.2f} %, not tested"
        if record.test_accuracy is None
        else f"test accuracy {record.test_accuracy:.2f} %"
    )
    return f"{accuracy}, best epoch {record.best_epoch} of {record.epochs}{diverged}, {record.seconds:.0f} s"


def _content(record: RunRecord) -> dict[str, Any]:
    content: dict[str, Any] = dict(vars(record))
    del content["history"]
    content["experiment"] = record.experiment.settings
    content["dataset"] = vars(record.dataset)
    return content
