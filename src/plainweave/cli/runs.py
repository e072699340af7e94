"""A run, as the commands that use one are given it."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from plainweave.errors import ConfigurationError, RecordError
from plainweave.experiments import WEIGHTS_FILE, RunRecord, read_run
from plainweave.experiments.run_files import RECORD_FILE
from plainweave.training import Model, load

Run = Annotated[Path, typer.Argument(help="A run's folder, or its weights.safetensors.", metavar="RUN")]

_MOST_NAMED = 5  # of the runs that a folder holds


def load_run(run: Path) -> tuple[Model, RunRecord | None]:
    """Return the network of a run and its record; no record of a model file, or a folder that holds none.

    Raises:
        RecordError: one can't be read, the weights are not those that the record was written with, or `run`
            is a folder of several runs.
    """
    if not run.is_dir():
        return load(run), None
    record = read_run(run, weights=True) if (run / RECORD_FILE).is_file() else None
    if not (run / WEIGHTS_FILE).exists() and (several := sorted(run.glob(f"runs/*/seed-*/{WEIGHTS_FILE}"))):
        names = ", ".join(str(path.parent) for path in several[:_MOST_NAMED])
        more = f" and {len(several) - _MOST_NAMED} more" if len(several) > _MOST_NAMED else ""
        raise RecordError(f"{run} is a folder of runs: {names}{more}. Give one of them.")
    return load(run / WEIGHTS_FILE), record


def has_classes(model: Model) -> bool:
    """Whether a network tells classes apart, or predicts numbers."""
    try:
        model.loss.probabilities(np.zeros((1, model.network.outputs)))
    except ConfigurationError:
        return False
    return True
