"""Rules that turn gradients into better parameters, and schedules of their learning rates."""

from plainweave.optimizers.adam import Adam, AdamW
from plainweave.optimizers.cosine import Cosine, CosineRestarts
from plainweave.optimizers.optimizer import DECAY, L1, RATE, SHRINK, Optimizer, Rate, Slots
from plainweave.optimizers.plateau import OnPlateau
from plainweave.optimizers.schedule import Constant, Schedule
from plainweave.optimizers.schedules import Exponential, InverseScaling, Step
from plainweave.optimizers.sgd import SGD

__all__ = [
    "DECAY",
    "L1",
    "RATE",
    "SGD",
    "SHRINK",
    "Adam",
    "AdamW",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "InverseScaling",
    "OnPlateau",
    "Optimizer",
    "Rate",
    "Schedule",
    "Slots",
    "Step",
]
