"""Rules that turn gradients into better parameters."""

from plainweave.optimizers.sgd import SGD

__all__ = ["SGD"]
