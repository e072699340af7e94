"""`plainweave info`: what training will run on."""

import os
from collections.abc import Mapping

import numpy as np

from plainweave.cli.streams import say, say_text
from plainweave.data import Examples, Split
from plainweave.engine import Work, engine_name, kernels, units
from plainweave.experiments import Experiment, environment
from plainweave.experiments.rules import RULES
from plainweave.experiments.stack import optimizer_of
from plainweave.losses import LOSSES
from plainweave.network import ACTIVATIONS, DTYPES

# By what they are called: settings with which an experiment asks for each part.
_PARTS: dict[str, Mapping[str, Mapping[str, object]]] = {
    "activations": {name: {"activation": name} for name in ACTIVATIONS},
    "layers": {"dropout": {"dropout": 0.5}, "scale": {"scale": True}},
    "losses": {name: {"loss": name} for name in LOSSES},
    "optimizers": {name: {"optimizer": name} for name in RULES},
    "precisions": {name: {"dtype": name} for name in DTYPES},
}

_WITHOUT_ENGINE = (
    "The compiled engine was not built, and training runs on NumPy. Install a C compiler and Python's "
    "headers (gcc and python3-dev), then, in a clone of plainweave's repository: pip install ."
)
_ON_WINDOWS = "There is no compiled engine for Windows, and training runs on NumPy. Under WSL there is one."


def info() -> None:
    """Show versions, the engine in use and the parts it knows, instruction sets, BLAS and its threads."""
    for name, value in environment().items():
        say(f"{name}: {value}")
    if not kernels():
        say(_WITHOUT_ENGINE if os.name != "nt" else _ON_WINDOWS)
        return
    say_text("The compiled engine knows these parts; what has another trains on NumPy:")
    for kind, parts in _PARTS.items():
        known = [name for name, settings in parts.items() if _is_known(settings)]
        say_text(f"  {kind}: {', '.join(known) or 'none'}")
    multiplies = ", ".join(units()) or "can't be had, for this processor has neither AMX nor AVX512-BF16"
    say_text(f"mixed precision: {multiplies}")


def _is_known(settings: Mapping[str, object]) -> bool:
    """Whether the compiled engine trains an experiment with these settings."""
    experiment = Experiment.from_settings({"id": "part", "hidden": (2,), **settings})
    split = Split.of(Examples(np.arange(2.0)[:, np.newaxis], np.arange(2)))
    network = experiment.network(1, 2, seed=0)
    work = Work(network, experiment.loss_function, optimizer_of([experiment], outputs=2), split, 2)
    return engine_name(work) != "numpy"
