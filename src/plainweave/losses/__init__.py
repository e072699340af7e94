"""Losses and their metrics: what targets are, what outputs mean, and what training makes small."""

from plainweave.losses.absolute_error import AbsoluteError
from plainweave.losses.huber import Huber
from plainweave.losses.loss import Loss
from plainweave.losses.metrics import METRICS, Metric, metric, score_in_words, scores_in_words
from plainweave.losses.poisson import Poisson
from plainweave.losses.quantile import Quantile
from plainweave.losses.sigmoid import SigmoidCrossEntropy
from plainweave.losses.softmax import SoftmaxCrossEntropy, softmax
from plainweave.losses.squared_error import SquaredError

LOSSES = tuple(Loss.registry)  # the names of those of this library

__all__ = [
    "LOSSES",
    "METRICS",
    "AbsoluteError",
    "Huber",
    "Loss",
    "Metric",
    "Poisson",
    "Quantile",
    "SigmoidCrossEntropy",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "metric",
    "score_in_words",
    "scores_in_words",
    "softmax",
]
