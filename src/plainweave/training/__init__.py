"""Training networks, and keeping what came of it."""

from plainweave.training.best import BestWeights
from plainweave.training.checkpoint import Checkpoints
from plainweave.training.checkpoint_file import checkpoint_epoch, remove_damaged_checkpoint
from plainweave.training.fit import fit
from plainweave.training.history import History
from plainweave.training.model import Model
from plainweave.training.model_file import LARGEST_MODEL, WEIGHTS_FILE, load, save, serialized
from plainweave.training.observers import Epoch, Observer, Stop
from plainweave.training.result import Fit, TrainingInterrupted
from plainweave.training.state import TrainingState
from plainweave.training.tracker import Log, Outcome, Tracked, Tracker

__all__ = [
    "LARGEST_MODEL",
    "WEIGHTS_FILE",
    "BestWeights",
    "Checkpoints",
    "Epoch",
    "Fit",
    "History",
    "Log",
    "Model",
    "Observer",
    "Outcome",
    "Stop",
    "Tracked",
    "Tracker",
    "TrainingInterrupted",
    "TrainingState",
    "checkpoint_epoch",
    "fit",
    "load",
    "remove_damaged_checkpoint",
    "save",
    "serialized",
]
