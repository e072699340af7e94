"""One epoch of training, and the scoring of a network."""

from plainweave.engine.reference import Score, evaluate, train_epoch

__all__ = ["Score", "evaluate", "train_epoch"]
