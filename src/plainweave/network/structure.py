"""What the settings of a network are and mean: sizes, activations, dropout, initial weights, order."""

import sys
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from plainweave import tree
from plainweave.arrays import FloatArray
from plainweave.checks import number, several, whole_number
from plainweave.errors import ConfigurationError, shown
from plainweave.network.activation import Activation
from plainweave.network.dropout import Dropout
from plainweave.network.initializers import initializer
from plainweave.network.layer import Layer
from plainweave.network.linear import Linear
from plainweave.network.scale import Scale
from plainweave.randomness import weights_generator

_LARGEST_LAYER = sys.maxsize // 8  # weights; as many float64s as NumPy can address


def hidden_sizes(hidden: object) -> tuple[int, ...]:
    """Check the units of hidden layers: a sequence of whole numbers of at least 1.

    Raises:
        ConfigurationError: they are something else.
    """
    units = several(hidden)
    if units is None:
        raise ConfigurationError(
            f"hidden is {shown(hidden)}; expected a list of whole numbers, the units of each hidden layer."
        )
    return tuple(whole_number("hidden", count, at_least=1) for count in units)


def activations_of(
    hidden: Sequence[int], given: str | Activation | Sequence[str | Activation]
) -> tuple[Activation, ...]:
    """Return one activation for each hidden layer, from one for all or a list.

    Raises:
        ConfigurationError: a name is unknown, or the list is not as long as `hidden`.
    """
    if isinstance(given, str | Activation | type):
        return (Activation.named(given),) * len(hidden)
    names = several(given)
    if names is None or len(names) != len(hidden):
        raise ConfigurationError(
            f"activation is {shown(given)}; expected one name, or a list of {len(hidden)} for hidden "
            f"layers of {list(hidden)} units."
        )
    return tuple(map(Activation.named, names))


def dropout_rates(hidden: Sequence[int], given: float | Sequence[float]) -> tuple[float, ...]:
    """Return one rate of dropout for each hidden layer, from one for all or a list.

    Raises:
        ConfigurationError: a rate is not a number from 0 up to, not including, 1, or the list is not as long
            as `hidden`.
    """
    rates = several(given)
    if rates is None:
        return (number("dropout", given, below=1),) * len(hidden)
    if len(rates) != len(hidden):
        raise ConfigurationError(
            f"dropout is {shown(given)}; expected one rate, or a list of {len(hidden)} for hidden "
            f"layers of {list(hidden)} units."
        )
    return tuple(number("dropout", rate, below=1) for rate in rates)


def in_order(
    linear: Sequence[Linear], activations: Sequence[Activation], rates: Sequence[float], scale: bool
) -> list[Layer]:
    """Return all layers: a scale of ones if asked for, and after each hidden layer what belongs to it."""
    layers: list[Layer] = []
    if scale:
        weight = linear[0].weight
        layers.append(Scale(np.ones((*weight.shape[:-2], 1, weight.shape[-2]), weight.dtype)))
    for hidden, activation, rate in zip(linear, activations, rates, strict=False):
        layers += [hidden, activation]
        if rate:
            layers.append(Dropout(rate))
    return [*layers, linear[-1]]


def initial_layers(
    sizes: Sequence[int], method: str, seed: int | Sequence[int], dtype: np.dtype[np.floating]
) -> list[Linear]:
    """Return the layers of a network before training, or those of a stack where seeds are a list.

    Raises:
        ConfigurationError: a seed is no whole number, no method has that name, or a layer is too large.
    """
    seeds = several(seed)
    if seeds is None:
        parameters = _initial_parameters(sizes, method, seed, dtype)
    elif seeds and all(several(member) is None for member in seeds):
        parameters = tree.stacked([_initial_parameters(sizes, method, member, dtype) for member in seeds])
    else:
        raise ConfigurationError(
            f"seed is {shown(seed)}; expected a whole number, or a list of at least 1 for a stack."
        )
    return [Linear(weight, bias) for weight, bias in parameters]


def _initial_parameters(
    sizes: Sequence[int], method: str, seed: object, dtype: np.dtype[np.floating]
) -> list[tuple[FloatArray, FloatArray]]:
    """Draw the weights (inputs, outputs) of each layer of one network; biases (1, outputs) are 0."""
    if max(inputs * outputs for inputs, outputs in pairwise(sizes)) > _LARGEST_LAYER:
        raise ConfigurationError(
            f"a network of layers {list(sizes)} was asked for; expected at most {_LARGEST_LAYER:.0e} "
            "weights in a layer. Choose fewer units."
        )
    stream = weights_generator(whole_number("seed", seed, at_least=0))
    draw = initializer(method)
    return [
        (draw(stream, inputs, outputs).astype(dtype), np.zeros((1, outputs), dtype))
        for inputs, outputs in pairwise(sizes)
    ]
