"""Rules that turn gradients into better parameters."""

from plainweave.optimizers.sgd import SGD, Rate

__all__ = ["SGD", "Rate"]
