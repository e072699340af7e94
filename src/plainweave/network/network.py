"""A fully-connected network, or a stack of them."""

import copy
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from plainweave.arrays import Cache, FloatArray, IntArray
from plainweave.checks import choice, whole_number
from plainweave.errors import ConfigurationError, ShapeError, shown
from plainweave.network.activations import Activation, activation
from plainweave.network.initializers import initializer
from plainweave.network.linear import Linear
from plainweave.network.losses import softmax
from plainweave.randomness import weights_generator

DTYPES = ("float32", "float64")
_LARGEST_LAYER = sys.maxsize // 8  # weights; as many float64s as NumPy can address


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
        name = choice("dtype", np.dtype(dtype).name, DTYPES)
        self.layers = _initial_layers(
            [self.inputs, *self.hidden, self.classes], initializer, seed, np.dtype(name)
        )

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
            ShapeError: x has another number of features.
        """
        if x.ndim < 2 or x.shape[-1] != self.inputs:
            raise ShapeError(
                f"Network of {self.inputs} inputs: x has shape {x.shape}; expected (batch, {self.inputs})."
            )
        caches: list[Cache] = []
        for layer, nonlinearity in zip(self.layers, self.activations, strict=False):
            x, of_layer = layer.forward(x)
            x, of_activation = nonlinearity.forward(x)
            caches += [of_layer, of_activation]
        logits, of_layer = self.layers[-1].forward(x)
        return logits, [*caches, of_layer]

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
            dy, of_layer = self.layers[number].backward(dy, remaining.pop())
            gradients |= _prefixed(names[number], of_layer)
            dy = self.activations[number - 1].backward(dy, remaining.pop())
        return gradients | _prefixed(names[0], self.layers[0].gradients(dy, remaining.pop()))

    def probabilities(self, x: FloatArray) -> FloatArray:
        """Return the class probabilities (..., batch, classes) of examples x (..., batch, inputs)."""
        return softmax(self.forward(x)[0])

    def predict(self, x: FloatArray) -> IntArray:
        """Return the most probable class (..., batch) of examples x (..., batch, inputs)."""
        return np.asarray(self.forward(x)[0].argmax(axis=-1))

    def with_parameters(self, parameters: Mapping[str, FloatArray]) -> "Network":
        """Return a network of the same structure with some or all parameters replaced.

        A replacement may have axes in front (models); the arrays are not copied.
        """
        twin = copy.copy(self)
        twin.layers = [
            Linear(
                parameters.get(f"{name}.weight", layer.weight),
                parameters.get(f"{name}.bias", layer.bias),
            )
            for name, layer in zip(self.layer_names, self.layers, strict=True)
        ]
        return twin

    def astype(self, dtype: npt.DTypeLike) -> "Network":
        """Return a copy in that precision."""
        return self.with_parameters({name: value.astype(dtype) for name, value in self.parameters.items()})

    @classmethod
    def stacked(cls, networks: Sequence["Network"]) -> "Network":
        """Return a stack of copies of networks of one structure."""
        names = networks[0].parameters
        return networks[0].with_parameters(
            {name: np.stack([each.parameters[name] for each in networks]) for name in names}
        )

    def member(self, model: int) -> "Network":
        """Return a copy of one network of a stack."""
        return self.with_parameters({name: value[model].copy() for name, value in self.parameters.items()})


def hidden_sizes(hidden: object) -> tuple[int, ...]:
    """Check the units of hidden layers: a sequence of whole numbers of at least 1.

    Raises:
        ConfigurationError: they are something else.
    """
    if isinstance(hidden, str) or not isinstance(hidden, Sequence):
        raise ConfigurationError(
            f"hidden is {shown(hidden)}; expected a list of whole numbers, the units of each hidden layer."
        )
    return tuple(whole_number("hidden", units, at_least=1) for units in hidden)


def activations_of(
    hidden: Sequence[int], given: str | Activation | Sequence[str | Activation]
) -> tuple[Activation, ...]:
    """Return one activation for each hidden layer, from one for all or a list.

    Raises:
        ConfigurationError: a name is unknown, or the list is not as long as `hidden`.
    """
    if isinstance(given, str | Activation):
        return (activation(given),) * len(hidden)
    if not isinstance(given, Sequence) or len(given) != len(hidden):
        raise ConfigurationError(
            f"activation is {shown(given)}; expected one name, or a list of {len(hidden)} for hidden "
            f"layers of {list(hidden)} units."
        )
    return tuple(activation(each) for each in given)


def _initial_layers(
    sizes: Sequence[int], method: str, seed: int | Sequence[int], dtype: np.dtype[np.floating]
) -> list[Linear]:
    if isinstance(seed, Sequence):
        members = [_initial_layers(sizes, method, each, dtype) for each in seed]
        return [
            Linear(np.stack([each.weight for each in layers]), np.stack([each.bias for each in layers]))
            for layers in zip(*members, strict=True)
        ]
    if max(inputs * outputs for inputs, outputs in pairwise(sizes)) > _LARGEST_LAYER:
        raise ConfigurationError(
            f"a network of layers {list(sizes)} was asked for; expected at most {_LARGEST_LAYER:.0e} "
            "weights in a layer. Choose fewer units."
        )
    stream = weights_generator(whole_number("seed", seed, at_least=0))
    draw = initializer(method)
    return [
        Linear(draw(stream, inputs, outputs).astype(dtype), np.zeros((1, outputs), dtype))
        for inputs, outputs in pairwise(sizes)
    ]


def _prefixed(name: str, gradients: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    return {f"{name}.{kind}": gradient for kind, gradient in gradients.items()}
