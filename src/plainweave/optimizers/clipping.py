"""Gradients cut to a norm."""

from collections.abc import Iterable

import numpy as np

from plainweave.arrays import FloatArray

_TINY = 1e-6  # as in torch.nn.utils.clip_grad_norm_


def clip(gradients: Iterable[FloatArray], norm: float) -> None:
    """Scale gradients in place to a norm where theirs is larger, by `torch.nn.utils.clip_grad_norm_`.

    The norm is that of all gradients of a model taken together, summed in float64::

        g = g * min(1, norm / (sqrt(sum of all g**2) + 1e-6))

    Args:
        gradients: each (..., a, b), with the models of a stack in front.
        norm: the largest that is left as it is.
    """
    gradients = list(gradients)
    total = np.sqrt(sum(_squares(gradient) for gradient in gradients))
    share = np.minimum(norm / (total + _TINY), 1)
    for gradient in gradients:
        gradient *= share.reshape(*share.shape, *(1,) * (gradient.ndim - share.ndim)).astype(gradient.dtype)


def _squares(gradient: FloatArray) -> FloatArray:
    """Return the sum of squares () or (models,), in the same order whether a model is alone or not."""
    squares = np.square(gradient, dtype=np.float64)
    return squares.reshape(*gradient.shape[:-2], -1).sum(axis=-1)  # type: ignore[no-any-return]
