"""A run, as the commands that use one are given it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from plainweave.errors import RecordError
from plainweave.experiments import WEIGHTS_FILE, RunRecord, read_run
from plainweave.experiments.run_files import RECORD_FILE
from plainweave.training import Model, load

Run = Annotated[Path, typer.Argument(help="A run's folder, or its weights.safetensors.", metavar="RUN")]

Members = Annotated[
    Path,
    typer.Argument(
        help="A run's folder, or its weights.safetensors; or the folder of an experiment, all seeds of which "
        "predict together.",
        metavar="RUN",
    ),
]

_MOST_NAMED = 5  # of the runs that a folder holds


def folder_of(run: Path) -> Path:
    """Return the folder of a run whose weights are given, what else was given as it is."""
    is_of_run = run.name == WEIGHTS_FILE and (run.parent / RECORD_FILE).is_file()
    return run.parent if is_of_run else run


def load_run(run: Path) -> tuple[Model, RunRecord | None]:
    """Return the network of a run and its record; no record of a model file, or a folder that holds none.

    Raises:
        RecordError: one can't be read, the weights are not those that the record was written with, or `run`
            is a folder of several runs.
    """
    if not run.is_dir():
        return load(run), None
    record = read_run(run, weights=True) if (run / RECORD_FILE).is_file() else None
    if several := _runs_in(run):
        raise RecordError(f"{run} is a folder of runs: {_listed(several)}. Give one of them.")
    return load(run / WEIGHTS_FILE), record


def load_members(run: Path) -> list[Model]:
    """Return the network of a run; or, of a folder that holds all runs of an experiment, that of each seed.

    Raises:
        RecordError: as `load_run`; or the folder holds runs of several experiments, or of one whose settings
            or data are not the same in all.
    """
    several = _runs_in(run)
    if not several:
        return [load_run(run)[0]]
    records = [read_run(folder, weights=True) for folder in several]
    experiments = sorted({folder.parent for folder in several})
    if len(experiments) > 1:
        raise RecordError(f"{run} holds several experiments: {_listed(experiments)}. Give one of them.")
    first = records[0]
    for folder, record in zip(several, records, strict=True):
        is_alike = record.dataset.fingerprint == first.dataset.fingerprint
        if not is_alike or first.experiment.difference(record.experiment):
            raise RecordError(
                f"{folder} was trained with other settings or data than {several[0]}; expected the same. "
                "Give one of them, or train all again."
            )
    return [load(folder / WEIGHTS_FILE) for folder in several]


def _runs_in(folder: Path) -> list[Path]:
    """Return the runs in a folder of an experiment, or of a study; none of a run's own folder or a file."""
    if not folder.is_dir() or (folder / WEIGHTS_FILE).exists():
        return []
    found = [*folder.glob(f"seed-*/{WEIGHTS_FILE}"), *folder.glob(f"runs/*/seed-*/{WEIGHTS_FILE}")]
    return sorted(path.parent for path in found)


def _listed(folders: Sequence[Path]) -> str:
    more = f" and {len(folders) - _MOST_NAMED} more" if len(folders) > _MOST_NAMED else ""
    return ", ".join(map(str, folders[:_MOST_NAMED])) + more


def has_classes(model: Model) -> bool:
    """Whether a network tells classes apart, or predicts numbers."""
    return model.loss.classes_of(model.network.outputs) > 0
