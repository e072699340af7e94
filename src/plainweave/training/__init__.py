"""Training networks, and keeping what came of it."""

from plainweave.training.best import BestWeights
from plainweave.training.checkpoint import Checkpoints, checkpoint_epoch, remove_damaged_checkpoint
from plainweave.training.fit import Callback, Fit, TrainingInterrupted, fit
from plainweave.training.history import History
from plainweave.training.model import WEIGHTS_FILE, Model, load, save
from plainweave.training.state import TrainingState

__all__ = [
    "WEIGHTS_FILE",
    "BestWeights",
    "Callback",
    "Checkpoints",
    "Fit",
    "History",
    "Model",
    "TrainingInterrupted",
    "TrainingState",
    "checkpoint_epoch",
    "fit",
    "load",
    "remove_damaged_checkpoint",
    "save",
]
