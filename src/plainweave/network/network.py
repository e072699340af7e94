"""A fully-connected network, or a stack of them."""

import copy
from collections.abc import Mapping, Sequence
from typing import Self, cast

import numpy as np
import numpy.typing as npt

from plainweave import tree
from plainweave.arrays import Cache, FloatArray, precision
from plainweave.checks import did_you_mean, flag, instance, several, whole_number
from plainweave.display import Displayed, Rows, counted, listed
from plainweave.elsewhere import Elsewhere, answers
from plainweave.errors import ConfigurationError, shown
from plainweave.network.activation import Activation
from plainweave.network.batch import as_batch, finite
from plainweave.network.layer import Layer
from plainweave.network.layers import (
    activations_between,
    check_layers,
    in_words,
    last_linear,
    layer_names,
    structure,
)
from plainweave.network.linear import Linear
from plainweave.network.parameters import as_parameter, check_arrays, check_stacks, named_gradients
from plainweave.network.prediction import followed, followed_by_each, steps_of
from plainweave.network.structure import activations_of, dropout_rates, hidden_sizes, in_order, initial_layers
from plainweave.randomness import Draw


class Network(Displayed, Elsewhere):
    """A list of layers; what its outputs mean, a loss knows.

    Built with one seed it is one network; built with a list of seeds it is a stack of as many. The
    same code serves both, for everything acts on the last two axes: weights are (..., inputs, outputs),
    biases (..., 1, outputs), and the axis in front, where there is one, counts the models.

    Layers of one's own may be put into `layers`, or make a network by `Network.of`.

    Args:
        inputs: features of an example.
        hidden: units of each hidden layer, in order; may be empty.
        outputs: as many as the loss needs: one for each class, or for each number of a target.
        activation: of every hidden layer, or a list with one for each; a name, as "tanh" or "leaky-relu:0.2"
            (`plainweave.network.ACTIVATIONS` has all), or an `Activation`.
        dropout: the rate of `Dropout` after every hidden layer's activation, or a list with one for each; 0
            for none.
        scale: whether a `Scale`, which begins at 1, stands before the first linear layer.
        initializer: "he", "lecun" or "xavier" with "-normal" or "-uniform" after it; biases begin at 0.
        seed: of the initial weights; a list makes a stack.
        dtype: "float32" or "float64".

    Attributes:
        layers: all in order: linear ones, each hidden one with its activation and its dropout after it.

    Raises:
        ConfigurationError: a size is not a whole number of at least 1 or too large for any array, a
            name is unknown, a rate is not one, or there are not as many of them as hidden layers.
        MemoryError: the weights do not fit in memory.
    """

    layers: list[Layer]

    @answers("pw.Network(inputs, [50, 50], outputs)")
    def __init__(
        self,
        inputs: int,
        hidden: Sequence[int],
        outputs: int,
        *,
        activation: str | Activation | Sequence[str | Activation] = "tanh",
        dropout: float | Sequence[float] = 0.0,
        scale: bool = False,
        initializer: str = "he-normal",
        seed: int | Sequence[int] = 0,
        dtype: npt.DTypeLike = "float32",
    ) -> None:
        inputs = whole_number("inputs", inputs, at_least=1)
        units = hidden_sizes(hidden)
        sizes = [inputs, *units, whole_number("outputs", outputs, at_least=1)]
        activations, rates = activations_of(units, activation), dropout_rates(units, dropout)
        linear = initial_layers(sizes, initializer, seed, precision(dtype))
        self.layers = in_order(linear, activations, rates, flag("scale", scale))

    @classmethod
    def of(cls, layers: Sequence[Layer]) -> Self:
        """Return a network of layers of one's own, which are not copied.

        Raises:
            ConfigurationError: one is no layer, none is linear, or a parameter can't be trained.
            ShapeError: they do not fit each other.
        """
        given = several(layers)
        if given is None:
            raise ConfigurationError(f"layers is {shown(layers)}; expected a list of layers.")
        network = cls.__new__(cls)
        network.layers = cast(list[Layer], given)
        check_parameters(network)
        return network

    def _in_words(self) -> str:
        sizes = listed([self.inputs, *self.hidden, self.outputs], "-")
        words = listed([sizes, *in_words(self.layers)])
        models = f", {counted(self.stack[0], 'model')}" if self.stack else ""
        return f"{words}, {sum(map(_count, self.layers)):,} parameters{models}"

    def _as_rows(self) -> Rows:
        layers = zip(self.layer_names, self.layers, strict=True)
        return Rows(
            ["layer", "kind", "parameters" + " of a model" * len(self.stack)],
            [(name, repr(layer), f"{_count(layer):,}") for name, layer in layers],
        )

    @property
    def linear(self) -> list[Linear]:
        """The linear layers, in order."""
        return [layer for layer in self.layers if isinstance(layer, Linear)]

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The activation of each hidden layer; the identity where there is none."""
        return activations_between(self.layers)

    @property
    def inputs(self) -> int:
        """Features of an example."""
        return int(self.linear[0].weight.shape[-2])

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer."""
        return tuple(layer.weight.shape[-1] for layer in self.linear[:-1])

    @property
    def outputs(self) -> int:
        """Outputs for an example."""
        return int(last_linear(self.layers).weight.shape[-1])

    @property
    def parameters(self) -> dict[str, FloatArray]:
        """The layers' parameters by name, as "hidden_1.weight" or "output.bias"; the arrays themselves."""
        return {
            f"{name}.{kind}": value
            for name, layer in zip(self.layer_names, self.layers, strict=True)
            for kind, value in layer.parameters.items()
        }

    @property
    def layer_names(self) -> list[str]:
        """What each layer is called: linear ones "hidden_1" to "output", others by their class's name."""
        return layer_names([type(layer) for layer in self.layers])

    @property
    def stack(self) -> tuple[int, ...]:
        """The shape of the stack: () for one network, (models,) for several."""
        return last_linear(self.layers).bias.shape[:-2]

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """The precision of the parameters."""
        return last_linear(self.layers).bias.dtype

    def __call__(self, x: FloatArray, threads: int = 1) -> FloatArray:
        """Return the outputs (..., batch, outputs) for finite examples x, as outside of training.

        Compiled code does it, where it is built and knows all layers; then an example's outputs are the same
        bytes whatever examples are with it, and `forward` agrees with them to rounding.

        Args:
            x: as `forward` takes them.
            threads: that work on many examples; any number gives the same bytes.

        Raises:
            ConfigurationError: threads is no whole number of at least 1.
            ShapeError: x has another number of features, or is of another number of models.
            DataError: x is no array of finite real numbers.
        """
        if threads != 1:
            threads = whole_number("threads", threads, at_least=1)
        steps = steps_of(self.layers) if type(self) is Network else None
        outputs: FloatArray | None = None
        if steps and type(x) is np.ndarray and x.ndim == 2:  # it may be as compiled code takes it
            outputs = followed(steps, x, threads)
        if outputs is None:
            x = finite(as_batch(x, self.inputs, self.stack, self.dtype))
            outputs = followed_by_each(steps, self.stack, x, threads) if steps else None
        return self.forward(x)[0] if outputs is None else outputs

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, list[Cache]]:
        """Return outputs (..., batch, outputs) and what `backward` needs.

        Args:
            x: (batch, inputs), the same for all models of a stack, or (models, batch, inputs).
            draw: the random numbers of this batch in training; None when not in training.

        Raises:
            ShapeError: x has another number of features, or is of another number of models.
            DataError: x is no array of real numbers.
        """
        x = as_batch(x, self.inputs, self.stack, self.dtype)
        caches: list[Cache] = []
        for number, layer in enumerate(self.layers):
            x, cache = layer.forward(x, draw.at(number) if draw else None)
            caches.append(cache)
        return x, caches

    def backward(self, dy: FloatArray, caches: Sequence[Cache]) -> dict[str, FloatArray]:
        """Return the gradients by the names of `parameters`.

        Args:
            dy: gradient of the loss by the outputs (..., batch, outputs).
            caches: what `forward` returned.

        Raises:
            ConfigurationError: a layer of one's own gives no gradient of one of its parameters.
        """
        names, gradients = self.layer_names, dict[str, FloatArray]()
        first = next(number for number, layer in enumerate(self.layers) if layer.names)
        for number in reversed(range(first, len(self.layers))):
            layer, cache = self.layers[number], caches[number]
            if number == first:  # nothing before it is trained, so it needs no dx
                of_layer = layer.gradients(dy, cache)
            else:
                dy, of_layer = layer.backward(dy, cache)
            gradients |= named_gradients(names[number], layer.parameters, of_layer)
        return gradients

    def with_parameters(self, parameters: Mapping[str, FloatArray]) -> "Network":
        """Return a network of the same structure with some or all parameters replaced.

        A replacement takes on the network's precision, and may have an axis of models in front; what needs no
        change is not copied. The layers keep their classes.

        Raises:
            ConfigurationError: a name is none of `parameters`.
            ShapeError: a replacement has another shape, or is of another number of models than the rest.
            DataError: a replacement holds no real numbers.
        """
        if not isinstance(parameters, Mapping):
            raise ConfigurationError(
                f"parameters is a {type(parameters).__name__}; expected arrays by name, as in "
                "{'output.bias': bias}."
            )
        replaced = self.parameters
        for name, given in parameters.items():
            if name not in replaced:
                raise ConfigurationError(
                    f"a parameter is called {shown(name)}; expected one of {', '.join(replaced)}."
                    + did_you_mean(name, replaced)
                )
            replaced[name] = as_parameter(name, given, replaced[name].shape[-2:], self.dtype)
        check_stacks(replaced)
        return self.holding(replaced)

    def holding(self, parameters: Mapping[str, FloatArray]) -> Self:
        """Return a twin with these arrays, unchecked, in the places of its own."""
        twin = copy.copy(self)
        twin.layers = [copy.copy(layer) for layer in self.layers]
        for name, layer in zip(self.layer_names, twin.layers, strict=True):
            for kind in layer.names:
                object.__setattr__(layer, kind, parameters[f"{name}.{kind}"])  # of any shape, unlike setattr
        return twin

    def astype(self, dtype: npt.DTypeLike) -> "Network":
        """Return a copy in that precision.

        Raises:
            ConfigurationError: it is neither float32 nor float64.
        """
        wanted = precision(dtype)
        with np.errstate(over="ignore"):  # training marks what is not finite
            return self.holding({name: value.astype(wanted) for name, value in self.parameters.items()})

    @classmethod
    def stacked(cls, networks: Sequence["Network"]) -> "Network":
        """Return a stack of copies of networks of one structure.

        Raises:
            ConfigurationError: there is none, one is no network or a stack itself, or they differ in more
                than weights.
        """
        networks = list(networks)
        for network in networks:
            instance("one of the networks", network, Network, "pw.Network(features, [50], classes)")
        structures = [
            (type(network), network.stack, network.dtype, structure(network.layers)) for network in networks
        ]
        if not structures or networks[0].stack or any(other != structures[0] for other in structures):
            raise ConfigurationError(
                f"networks are {shown(networks)}; expected at least 1, none a stack, of one class "
                "and the same layers and precision."
            )
        return tree.stacked(networks)

    def member(self, model: int) -> "Network":
        """Return a copy of one network of a stack.

        Raises:
            ConfigurationError: the network is no stack, or of fewer models.
        """
        return tree.member(self, self.number_of(model))

    def number_of(self, model: object) -> int:
        """Check that a network is a stack with that model, and return its number.

        Raises:
            ConfigurationError: the network is no stack, or of fewer models.
        """
        check_parameters(self)
        if not self.stack:
            raise ConfigurationError("the network is no stack; expected one to take a member of.")
        number = whole_number("model", model, at_least=0)
        if number >= self.stack[0]:
            raise ConfigurationError(f"model is {number}; expected 0 to {self.stack[0] - 1}.")
        return number


def _count(layer: Layer) -> int:
    """Return how many parameters a layer has, in one model."""
    return sum(value.shape[-2] * value.shape[-1] for value in layer.parameters.values())


def check_no_stack(network: Network) -> None:
    """Check that a network is one and no stack.

    Raises:
        ConfigurationError: it is a stack.
    """
    if network.stack:
        raise ConfigurationError(
            f"network is a stack of {network.stack[0]}; expected one network. Take one by member()."
        )


def check_parameters(network: Network) -> None:
    """Check that a network's layers go together, whatever was put into them since it was made.

    Raises:
        ConfigurationError: it has parameters besides those of its layers, one of these is no layer or none
            is linear, or an array is of another precision than the rest, can't be written to, or stands for
            two parameters.
        ShapeError: layers do not fit each other, or an array is of another number of models.
    """
    if type(network).parameters is not Network.parameters:  # what would copy and keep them?
        raise ConfigurationError(
            f"{type(network).__name__} has parameters of its own; expected those of its layers. Put "
            "them into a layer."
        )
    check_layers(network.layers)
    check_arrays(network.parameters, network.stack, network.dtype)
