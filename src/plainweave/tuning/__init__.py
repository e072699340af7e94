"""Tuning: a search for better settings on Optuna, which ends in proof of what it gained."""

from plainweave.tuning.proof import Proof
from plainweave.tuning.samplers import PRUNERS, SAMPLERS
from plainweave.tuning.space_file import SpaceFile, read_space
from plainweave.tuning.trial import Pruning
from plainweave.tuning.tune import Tuned, tune

__all__ = ["PRUNERS", "SAMPLERS", "Proof", "Pruning", "SpaceFile", "Tuned", "read_space", "tune"]
