"""A network's list of layers: what each is called, and that they go together."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np

from plainweave.checks import instance
from plainweave.errors import ConfigurationError, ShapeError
from plainweave.network.activation import Activation
from plainweave.network.layer import Layer
from plainweave.network.linear import Linear
from plainweave.network.scale import Scale
from plainweave.network.sigmoids import Identity


def layer_names(kinds: Sequence[type]) -> list[str]:
    """Return what layers of those classes are called, in order.

    Linear layers are "hidden_1" to "output"; others go by their own name, or that of their class, in
    lower case, from the second on with a number: "scale", "tanh", "tanh_2".
    """
    return list(_names(tuple(kinds)))


@lru_cache(maxsize=256)  # a network asks at every step
def _names(kinds: tuple[type, ...]) -> list[str]:
    count = sum(issubclass(kind, Linear) for kind in kinds)
    linear = [*(f"hidden_{number}" for number in range(1, count)), "output"]
    taken, used, names = Counter(linear), 0, list[str]()
    for kind in kinds:
        if issubclass(kind, Linear):
            names.append(linear[used])
            used += 1
            continue
        base = name = _own_name(kind).lower()
        taken[base] += 1
        if taken[base] > 1:
            name = f"{base}_{taken[base]}"
        names.append(name)
    return names


def _own_name(kind: type) -> str:
    """Return the name that a class has registered, or else that in the code: a parent's is not its own."""
    return kind.name if issubclass(kind, Layer) and kind.registry.get(kind.name) is kind else kind.__name__


def activations_between(layers: Sequence[Layer]) -> tuple[Activation, ...]:
    """Return the first activation after each linear layer but the last; the identity where there is none."""
    found: list[Activation | None] = []
    for layer in layers:
        if isinstance(layer, Linear):
            found.append(None)
        elif isinstance(layer, Activation) and found and found[-1] is None:
            found[-1] = layer
    return tuple(activation or Identity() for activation in found[:-1])


def structure(layers: Sequence[Layer]) -> list[tuple[object, ...]]:
    """Return what networks must have in common to be trained as one stack: classes, settings and shapes."""
    return [
        (
            type(layer),
            {name: value for name, value in vars(layer).items() if not isinstance(value, np.ndarray)},
            [value.shape for value in layer.parameters.values()],
        )
        for layer in layers
    ]


def kinds(layers: Sequence[Layer]) -> list[str]:
    """Return what each layer is, in words: its text if one makes it again, else the name of its class."""
    return [type(layer).__qualname__ if layer.names else str(layer) for layer in layers]


def last_linear(layers: Sequence[object]) -> Linear:
    """Return the linear layer that gives the outputs.

    Raises:
        ConfigurationError: there is none.
    """
    for layer in reversed(layers):
        if isinstance(layer, Linear):
            return layer
    raise ConfigurationError(
        f"the network has {len(layers)} layers and none is linear; expected at least 1, which says how many "
        "inputs and outputs there are."
    )


def check_layers(layers: Sequence[object]) -> None:
    """Check that layers have the parameters that their classes name, and fit one to the next.

    Raises:
        ConfigurationError: one is no layer, none is a linear one, or a parameter is no array.
        ShapeError: a parameter has another shape than it can have, or a layer takes another number of
            features than those before it give.
    """
    for number, layer in enumerate(layers):
        if isinstance(layer, type) and issubclass(layer, Layer):
            raise ConfigurationError(
                f"layers[{number}] is the class {layer.__name__}; expected a layer. Did you mean "
                f"{layer.__name__}()?"
            )
        instance(f"layers[{number}]", layer, Layer, "pw.Tanh()")
    last_linear(layers)
    width: int | None = None
    for name, layer in zip(layer_names([type(layer) for layer in layers]), layers, strict=True):
        assert isinstance(layer, Layer)
        _check_parameters(name, layer)
        width = _width_after(name, layer, width)


def _check_parameters(name: str, layer: Layer) -> None:
    for kind in layer.names:
        value = getattr(layer, kind, None)
        if not isinstance(value, np.ndarray) or value.ndim < 2:
            what = (
                f"has shape {value.shape}"
                if isinstance(value, np.ndarray)
                else f"is a {type(value).__name__}"
            )
            raise ConfigurationError(
                f"{name}.{kind} {what}; expected an array of 2 axes, or of 3 in a stack, as the class "
                f"{type(layer).__name__} names it as a parameter."
            )


def _width_after(name: str, layer: Layer, width: int | None) -> int | None:
    """Return how many features a layer gives, of as many as it is given; None is for any number."""
    takes = gives = width
    if isinstance(layer, Linear):
        takes, gives = layer.weight.shape[-2:]
        if layer.bias.shape[-2:] != (1, gives):
            raise ShapeError(
                f"{name}.bias has shape {layer.bias.shape}; expected {(*layer.weight.shape[:-2], 1, gives)}, "
                "for its weight."
            )
    elif isinstance(layer, Scale):
        takes = gives = layer.factor.shape[-1]
    if width not in (None, takes):
        raise ShapeError(f"{name} takes {takes} features; expected {width}, what the layers before it give.")
    return gives


def in_words(layers: Sequence[Layer]) -> list[str]:
    """Return what is between linear layers, in order; once, where it is the same after all hidden ones."""
    groups: list[list[str]] = [[]]
    for layer in layers:
        if isinstance(layer, Linear):
            groups.append([])
        else:
            groups[-1].append(str(layer))
    first, *between, last = groups
    if all(group == between[0] for group in between):
        between = between[:1]
    return [*first, *chain(*between), *last]
