"""The layers of a network as nodes of ONNX."""

from collections.abc import Callable

import numpy as np

from plainweave.errors import ConfigurationError
from plainweave.interop.onnx.graph import Graph
from plainweave.network import (
    ELU,
    GELU,
    SELU,
    Dropout,
    GELUTanh,
    Identity,
    Layer,
    LeakyReLU,
    Linear,
    Mish,
    Network,
    ReLU,
    Scale,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from plainweave.network.gates import CUBIC, ROOT_2_OVER_PI
from plainweave.network.rectifiers import SELU_ALPHA, SELU_SCALE

_Write = Callable[[Graph, str, Layer], str]


def add_network(graph: Graph, x: str, network: Network) -> str:
    """Add the layers of a network, and return the name of its outputs (examples, outputs).

    Parameters have the names and the shapes that the network gives them, in float32. Dropout is left out.

    Raises:
        ConfigurationError: a layer is of a class of one's own.
    """
    for name, layer in zip(network.layer_names, network.layers, strict=True):
        parameters = [
            graph.parameter(value.astype(np.float32), f"{name}.{each}")
            for each, value in layer.parameters.items()
        ]
        if type(layer) is Linear:
            x = graph.add("Gemm", x, *parameters, name=name)
        elif type(layer) is Scale:
            x = graph.add("Mul", x, *parameters, name=name)
        elif type(layer) in _WRITTEN:
            x = _WRITTEN[type(layer)](graph, x, layer)
        elif type(layer) is not Dropout:
            kind = type(layer).__name__
            raise ConfigurationError(
                f"the network has a layer of the class {kind}, which is your own; expected layers of "
                "plainweave, for ONNX holds no code. Keep the model in plainweave's own file."
            )
    return x


def _by(operator: str, **attributes: float) -> _Write:
    return lambda graph, x, layer: graph.add(operator, x, name="", **attributes)


def _leaky_relu(graph: Graph, x: str, layer: Layer) -> str:
    return graph.add("LeakyRelu", x, alpha=_setting(layer, "slope"))


def _elu(graph: Graph, x: str, layer: Layer) -> str:
    return graph.add("Elu", x, alpha=_setting(layer, "alpha"))


def _gelu(graph: Graph, x: str, layer: Layer) -> str:
    """Phi(x) = (1 + erf(x / sqrt 2)) / 2."""
    twice = graph.add("Add", graph.add("Erf", graph.add("Mul", x, np.sqrt(0.5))), 1.0)
    return graph.add("Mul", x, graph.add("Mul", twice, 0.5))


def _gelu_tanh(graph: Graph, x: str, layer: Layer) -> str:
    """The gate is the sigmoid of 2 sqrt(2 / pi) x (1 + c x**2)."""
    bent = graph.add("Add", graph.add("Mul", graph.add("Mul", x, x), CUBIC), 1.0)
    inner = graph.add("Mul", graph.add("Mul", x, bent), 2 * ROOT_2_OVER_PI)
    return graph.add("Mul", x, graph.add("Sigmoid", inner))


def _silu(graph: Graph, x: str, layer: Layer) -> str:
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def _mish(graph: Graph, x: str, layer: Layer) -> str:
    return graph.add("Mul", x, graph.add("Tanh", graph.add("Softplus", x)))


def _setting(layer: Layer, name: str) -> float:
    return float(getattr(layer, name))


_WRITTEN: dict[type[Layer], _Write] = {
    Identity: lambda graph, x, layer: x,
    Tanh: _by("Tanh"),
    Sigmoid: _by("Sigmoid"),
    ReLU: _by("Relu"),
    LeakyReLU: _leaky_relu,
    ELU: _elu,
    SELU: _by("Selu", alpha=SELU_ALPHA, gamma=SELU_SCALE),
    Softplus: _by("Softplus"),
    GELU: _gelu,
    GELUTanh: _gelu_tanh,
    SiLU: _silu,
    Mish: _mish,
}
