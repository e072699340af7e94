"""Training networks, and keeping what came of it."""

from plainweave.training.best import BestWeights
from plainweave.training.fit import Callback, Fit, fit
from plainweave.training.history import History
from plainweave.training.model import Model, load, save

__all__ = ["BestWeights", "Callback", "Fit", "History", "Model", "fit", "load", "save"]
