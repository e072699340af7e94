"""Derivatives by central differences of the loss's value: they know the forward pass alone."""

from collections.abc import Callable, Iterator

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.network import Network
from plainweave.verification.objective import Sides

_COPIES = 32  # perturbed at a time: so many that calls cost little, so few that they stay in the cache


def numerical_gradient(
    objective: Callable[[Network], FloatArray], network: Network, name: str, epsilon: float
) -> FloatArray:
    """Approximate dE/dw of every element w of a parameter by (E(w + e) - E(w - e)) / 2e.

    The truncation error is of order e squared (Bishop 1995, section 4.8.4).

    Args:
        objective: gives E (models,) of a stack of networks.
        network: one network in float64.
        name: of the parameter.
        epsilon: e.

    Returns:
        The approximations, of the parameter's shape.
    """

    def without_kinks(perturbed: Network) -> tuple[FloatArray, Sides]:
        return objective(perturbed), ()

    return gradient_and_kinks(without_kinks, network, name, epsilon)[0]


def gradient_and_kinks(
    objective: Callable[[Network], tuple[FloatArray, Sides]], network: Network, name: str, epsilon: float
) -> tuple[FloatArray, BoolArray]:
    """Approximate as `numerical_gradient`, and tell where the step crosses a kink.

    Args:
        objective: gives E (models,) of a stack of networks, and on which sides of their kinks units lie.
        network: one network in float64.
        name: of the parameter.
        epsilon: e.

    Returns:
        The approximations, and which of them do not hold, both of the parameter's shape.
    """
    shape = network.parameters[name].shape
    numeric, kinks = np.empty(shape), np.zeros(shape, dtype=bool)
    for elements, plus, minus in _perturbed(network, name, epsilon):
        (value_plus, sides_plus), (value_minus, sides_minus) = objective(plus), objective(minus)
        count = slice(len(elements))
        # A single value stands for all copies.
        numeric.flat[elements] = np.broadcast_to((value_plus - value_minus) / (2 * epsilon), _COPIES)[count]
        for above, below in zip(sides_plus, sides_minus, strict=True):
            kinks.flat[elements] |= np.broadcast_to((above != below).any(axis=(-2, -1)), _COPIES)[count]
    return numeric, kinks


def _perturbed(network: Network, name: str, epsilon: float) -> Iterator[tuple[IntArray, Network, Network]]:
    """Yield some elements of a parameter, and stacks of copies with each of them up, or down, by epsilon."""
    value = network.parameters[name]
    plus, minus = (np.repeat(value[np.newaxis], _COPIES, axis=0) for _ in range(2))
    above, below = (network.with_parameters({name: copies}) for copies in (plus, minus))
    for start in range(0, value.size, _COPIES):
        elements = np.arange(start, min(start + _COPIES, value.size))
        where = (np.arange(len(elements)), *np.unravel_index(elements, value.shape))
        plus[where] += epsilon
        minus[where] -= epsilon
        yield elements, above, below
        plus[where] = minus[where] = value.flat[elements]
