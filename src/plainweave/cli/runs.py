"""A run, as the commands that use one are given it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from plainweave.experiments import RunRecord
    from plainweave.training import Model

Run = Annotated[Path, typer.Argument(help="A run's folder, or its weights.safetensors.", metavar="RUN")]

_MOST_NAMED = 5  # of the runs that a folder holds


def model_of(run: Path) -> "Model":
    """Load the network of a run.

    Raises:
        RecordError: it can't be read, or `run` is a folder of several.
    """
    from plainweave.errors import RecordError
    from plainweave.experiments import WEIGHTS_FILE
    from plainweave.training import load

    if not run.is_dir():
        return load(run)
    if not (run / WEIGHTS_FILE).exists() and (several := sorted(run.glob(f"runs/*/seed-*/{WEIGHTS_FILE}"))):
        names = ", ".join(str(path.parent) for path in several[:_MOST_NAMED])
        more = f" and {len(several) - _MOST_NAMED} more" if len(several) > _MOST_NAMED else ""
        raise RecordError(f"{run} is a folder of runs: {names}{more}. Give one of them.")
    return load(run / WEIGHTS_FILE)


def record_of(run: Path) -> "RunRecord | None":
    """Return the record of a run's folder; None of a model file, or a folder that holds no more.

    Raises:
        RecordError: it can't be read, or the weights are not those that it was written with.
    """
    from plainweave.experiments import read_run
    from plainweave.experiments.records import RECORD_FILE

    return read_run(run, weights=True) if (run / RECORD_FILE).is_file() else None
