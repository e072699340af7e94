"""A fully-connected network, or a stack of them."""

import copy
from collections.abc import Mapping, Sequence
from typing import Self, cast

import numpy as np
import numpy.typing as npt

from plainweave import tree
from plainweave.arrays import Cache, FloatArray, IntArray, as_array, as_dense, precision
from plainweave.checks import did_you_mean, instance, whole_number
from plainweave.errors import ConfigurationError, DataError, ShapeError, shown
from plainweave.network.activations import Activation
from plainweave.network.losses import softmax
from plainweave.network.parameters import as_parameter, check_arrays, check_layers, check_stacks
from plainweave.network.structure import activations_of, hidden_sizes, initial_layers


class Network:
    """Linear layers with an activation after each hidden one; its outputs are logits.

    Built with one seed it is one network; built with a list of seeds it is a stack of as many. The
    same code serves both, for everything acts on the last two axes: weights are (..., inputs, outputs),
    biases (..., 1, outputs), and the axis in front, where there is one, counts the models.

    Args:
        inputs: features of an example.
        hidden: units of each hidden layer, in order; may be empty.
        classes: outputs.
        activation: of every hidden layer, or a list with one for each; a name ("tanh", "sigmoid",
            "relu", "leaky-relu", "leaky-relu:0.2", "identity") or an `Activation`.
        initializer: "he-normal", "xavier-normal" or "xavier-uniform"; biases begin at 0.
        seed: of the initial weights; a list makes a stack.
        dtype: "float32" or "float64".

    Raises:
        ConfigurationError: a size is not a whole number of at least 1 or too large for any array, a
            name is unknown, or there are not as many activations as hidden layers.
        MemoryError: the weights do not fit in memory.
    """

    def __init__(
        self,
        inputs: int,
        hidden: Sequence[int],
        classes: int,
        *,
        activation: str | Activation | Sequence[str | Activation] = "tanh",
        initializer: str = "he-normal",
        seed: int | Sequence[int] = 0,
        dtype: npt.DTypeLike = "float32",
    ) -> None:
        self.inputs = whole_number("inputs", inputs, at_least=1)
        self.hidden = hidden_sizes(hidden)
        self.classes = whole_number("classes", classes, at_least=1)
        self.activations = activations_of(self.hidden, activation)
        self.layers = initial_layers(self._sizes, initializer, seed, precision(dtype))

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self._sizes))
        names = [getattr(part, "name", type(part).__name__) for part in self.activations]
        words = names[:1] if len(set(names)) == 1 else names
        count = sum(value.shape[-2] * value.shape[-1] for value in self.parameters.values())
        models = f", {self.stack[0]} models" if self.stack else ""
        return f"{type(self).__name__}({', '.join([sizes, *words])}, {count:,} parameters{models})"

    @property
    def _sizes(self) -> list[int]:
        return [self.inputs, *self.hidden, self.classes]

    @property
    def parameters(self) -> dict[str, FloatArray]:
        """The weights and biases by name, "hidden_1.weight" to "output.bias"; the arrays themselves."""
        return {
            f"{name}.{kind}": getattr(layer, kind)
            for name, layer in zip(self.layer_names, self.layers, strict=True)
            for kind in ("weight", "bias")
        }

    @property
    def layer_names(self) -> list[str]:
        """The names of the linear layers, "hidden_1" to "output"."""
        return [*(f"hidden_{number}" for number in range(1, len(self.layers))), "output"]

    @property
    def stack(self) -> tuple[int, ...]:
        """The shape of the stack: () for one network, (models,) for several."""
        return self.layers[-1].bias.shape[:-2]

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """The precision of the parameters."""
        return self.layers[-1].bias.dtype

    def forward(self, x: FloatArray) -> tuple[FloatArray, list[Cache]]:
        """Return logits (..., batch, classes) and what `backward` needs.

        Args:
            x: (batch, inputs), the same for all models of a stack, or (models, batch, inputs).

        Raises:
            ShapeError: x has another number of features, or is of another number of models.
            DataError: x is no array of real numbers.
        """
        x = self._as_batch(x)
        caches: list[Cache] = []
        for layer, nonlinearity in zip(self.layers, self.activations, strict=False):
            x, layer_cache = layer.forward(x)
            x, activation_cache = nonlinearity.forward(x)
            caches += [layer_cache, activation_cache]
        logits, layer_cache = self.layers[-1].forward(x)
        return logits, [*caches, layer_cache]

    def _as_batch(self, given: object) -> FloatArray:
        x = as_dense(as_array("x", given))
        one = " x.reshape(1, -1) makes one example a batch." if x.shape == (self.inputs,) else ""
        if x.ndim < 2 or x.shape[-1] != self.inputs:
            raise ShapeError(
                f"Network of {self.inputs} inputs: x has shape {x.shape}; expected (batch, {self.inputs})."
                + one
            )
        if self.stack and x.shape[:-2] not in ((), self.stack):
            raise ShapeError(
                f"Network of {self.stack[0]} models: x has shape {x.shape}; expected (batch, {self.inputs}), "
                f"or ({self.stack[0]}, batch, {self.inputs}) with a batch for each."
            )
        return cast(FloatArray, x) if x.dtype.kind == "f" else x.astype(self.dtype)

    def backward(self, dlogits: FloatArray, caches: Sequence[Cache]) -> dict[str, FloatArray]:
        """Return the gradients by the names of `parameters`.

        Args:
            dlogits: gradient of the loss by the logits (..., batch, classes).
            caches: what `forward` returned.
        """
        names = self.layer_names
        remaining = list(caches)
        gradients: dict[str, FloatArray] = {}
        dy = dlogits
        for number in reversed(range(1, len(self.layers))):
            dy, layer_gradients = self.layers[number].backward(dy, remaining.pop())
            gradients |= _prefixed(names[number], layer_gradients)
            dy = self.activations[number - 1].backward(dy, remaining.pop())
        return gradients | _prefixed(names[0], self.layers[0].gradients(dy, remaining.pop()))

    def probabilities(self, x: FloatArray) -> FloatArray:
        """Return the class probabilities (..., batch, classes) of examples x (..., batch, inputs).

        Raises:
            ShapeError: x has another number of features, or is of another number of models.
            DataError: x is no array of finite real numbers.
        """
        return softmax(self._logits(x))

    def predict(self, x: FloatArray) -> IntArray:
        """Return the most probable class (..., batch) of examples x (..., batch, inputs).

        Raises:
            ShapeError: x has another number of features, or is of another number of models.
            DataError: x is no array of finite real numbers.
        """
        return np.asarray(self._logits(x).argmax(axis=-1))

    def _logits(self, given: object) -> FloatArray:
        x = self._as_batch(given)
        if not np.isfinite(x).all():
            first = tuple(np.argwhere(~np.isfinite(x))[0].tolist())
            raise DataError(
                f"x{list(first)} is {x[first]:g}; expected finite numbers. Leave that example out, or fill "
                "in a number."
            )
        return self.forward(x)[0]

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
            for kind in ("weight", "bias"):
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
        structures = [_structure(network) for network in networks]
        if not structures or networks[0].stack or any(structure != structures[0] for structure in structures):
            raise ConfigurationError(
                f"networks are {shown(networks)}; expected at least 1, none a stack, of one class "
                "and the same sizes, activations and precision."
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


def check_parameters(network: Network) -> None:
    """Check that a network's layers are as its sizes say, whatever was put into them since it was made.

    Raises:
        ConfigurationError: it has parameters besides those of its layers, there are not as many layers or
            activations as its sizes say, or an array is of another precision than the rest, can't be
            written to, or stands for two parameters.
        ShapeError: an array has another shape than its sizes say, or is of another number of models.
    """
    if type(network).parameters is not Network.parameters:  # what would copy and keep them?
        raise ConfigurationError(
            f"{type(network).__name__} has parameters of its own; expected those of its layers, weights and "
            "biases. Put them into a layer."
        )
    sizes, layers, activations = network._sizes, network.layers, network.activations
    if (len(layers), len(activations)) != (len(sizes) - 1, len(sizes) - 2):
        raise ConfigurationError(
            f"the network has {len(layers)} layers and {len(activations)} activations; expected "
            f"{len(sizes) - 1} and {len(sizes) - 2} for its sizes, {'-'.join(map(str, sizes))}."
        )
    check_layers(dict(zip(network.layer_names, layers, strict=True)))
    check_arrays(network.parameters, sizes, network.stack)


def _structure(network: Network) -> tuple[object, ...]:
    """Return what two networks must have in common to be trained as one stack."""
    activations = [(type(part), vars(part)) for part in network.activations]
    return type(network), network._sizes, network.stack, network.dtype, activations


def _prefixed(name: str, gradients: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    return {f"{name}.{kind}": gradient for kind, gradient in gradients.items()}
