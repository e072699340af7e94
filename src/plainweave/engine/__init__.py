"""One epoch of training, and the scoring of a network."""

from plainweave.engine.checks import check_examples, check_velocity
from plainweave.engine.compiled import kernels
from plainweave.engine.engine import ENGINES, Engine, engine_for, engine_name
from plainweave.engine.reference import evaluate, train_epoch
from plainweave.engine.score import Score

__all__ = [
    "ENGINES",
    "Engine",
    "Score",
    "check_examples",
    "check_velocity",
    "engine_for",
    "engine_name",
    "evaluate",
    "kernels",
    "train_epoch",
]
