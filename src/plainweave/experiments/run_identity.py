"""What decides a run to the bit: a training goes on from no other's checkpoint."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import scipy

from plainweave.engine import units
from plainweave.errors import RecordError
from plainweave.experiments.environment import environment
from plainweave.experiments.experiment import Experiment
from plainweave.optimizers import Schedule
from plainweave.storage.forms import Json
from plainweave.training import checkpoint_epoch
from plainweave.version import __version__

_OF_THE_MACHINE = ("plainweave", "engine", "numpy", "scipy", "blas", "unit")


def identity(experiment: Experiment, fingerprint: str, seed: int) -> dict[str, Json]:
    """Return all that decides a run to the bit but for how long it is, as a checkpoint has it.

    Where the schedule ends with training, that decides every epoch, and is there too. What is a setting of
    tables, or the precision, is there where it was set; and then what multiplies, too.
    """
    defaults = Experiment(id="default").settings
    settings = {
        name: value
        for name, value in experiment.settings.items()
        if name not in ("missing", "rare", "precision") or value != defaults[name]
    }
    if not Schedule.named(experiment.schedule).spans_training:
        settings.pop("epochs")
    return {
        "plainweave": __version__,
        **_arithmetic(),
        "data": fingerprint,
        "seed": seed,
        **({"unit": ", ".join(units()[:1])} if "precision" in settings else {}),
        **flat(settings),
    }


def flat(settings: Mapping[str, Json]) -> dict[str, Json]:
    """Return settings with those that are numbers by name one by one, "rate_factors.bias"."""
    flat: dict[str, Json] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{part}": number for part, number in value.items()}
        else:
            flat[name] = value
    return flat


def digest(experiment: Experiment, fingerprint: str, seed: int) -> str:
    """Return 16 hexadecimal digits of what decides a run but for its length, versions and machine."""
    wanted = identity(experiment, fingerprint, seed)
    text = json.dumps(
        {name: value for name, value in wanted.items() if name not in _OF_THE_MACHINE}, sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def resumed_epoch(
    checkpoint: Path, experiment: Experiment, fingerprint: str, seed: int, *, elsewhere: bool = False
) -> int:
    """Return after which epoch a run would go on from a checkpoint, 0 if there is none.

    Args:
        checkpoint: its file.
        experiment: the settings of the run.
        fingerprint: of its data set.
        seed: of the run.
        elsewhere: whether it is to go on on another machine: then the checkpoint need not be of this one's
            arithmetic.

    Raises:
        RecordError: it is of another training, has come to a later epoch than the last, or is damaged.
    """
    differing = ("unit", *_arithmetic()) if elsewhere else ()
    epoch = checkpoint_epoch(checkpoint, identity(experiment, fingerprint, seed), differing)
    if epoch > experiment.epochs:
        raise RecordError(
            f"{checkpoint} is of a training that has come to epoch {epoch}; expected at most "
            f"{experiment.epochs}. Remove it to train anew, or choose another folder."
        )
    return epoch


@cache
def _arithmetic() -> dict[str, str]:
    """Return the versions and kernels that decide the last bits of a network."""
    versions = environment()
    return {
        "engine": str(versions["engine"]),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "blas": str(versions["blas"]).partition(", threads")[0],
    }
