"""A graph of another program's, read as a chain of layers."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, numpy_helper

from plainweave.arrays import FloatArray, RawArray
from plainweave.errors import PlainweaveError, RecordError
from plainweave.interop.onnx.graph import attributes_of
from plainweave.interop.untold import Untold
from plainweave.network import (
    ELU,
    GELU,
    SELU,
    GELUTanh,
    Layer,
    LeakyReLU,
    Linear,
    Mish,
    Network,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from plainweave.network.rectifiers import SELU_ALPHA, SELU_SCALE

_Attributes = Mapping[str, object]
_ACTIVATIONS: dict[str, Callable[[_Attributes], Layer | None]] = {
    "Tanh": lambda given: Tanh(),
    "Sigmoid": lambda given: Sigmoid(),
    "Relu": lambda given: ReLU(),
    "LeakyRelu": lambda given: LeakyReLU(_number(given, "alpha", 0.01)),
    "Elu": lambda given: ELU(_number(given, "alpha", 1.0)),
    "Selu": lambda given: SELU() if _is_selu(given) else None,
    "Softplus": lambda given: Softplus(),
    "Gelu": lambda given: GELUTanh() if given.get("approximate") == "tanh" else GELU(),
    "Mish": lambda given: Mish(),
}
_GATES: dict[tuple[str, ...], type[Layer]] = {("Sigmoid",): SiLU, ("Softplus", "Tanh"): Mish}
_LINEAR = ("Gemm", "MatMul")
_BEFORE = ("Identity", "Dropout", "Cast", "Flatten", "Reshape")  # examples are flat here
_ENDS = ("Softmax", "LogSoftmax")
_EXPECTED = (
    f"one input, {' or '.join(_LINEAR)} with constant weights, Add of a bias, {', '.join(_ACTIVATIONS)}, "
    f"{', '.join(_BEFORE)}, and {' or '.join(_ENDS)} last, as torch.onnx.export writes them of opset 20"
)


def chain_of(graph: GraphProto, arrays: Mapping[str, RawArray], path: Path) -> Untold:
    """Return the network of a graph, and the loss that a softmax or a sigmoid at its end tells of.

    Raises:
        RecordError: it is no chain of layers that plainweave has.
    """
    try:
        return _Chain(graph, arrays).read()
    except (PlainweaveError, ValueError, TypeError) as error:  # arrays that don't fit, attributes of no type
        raise RecordError(f"{path} can't be read as layers: {error}") from error


class _Chain:
    """A walk along a graph, from its input on.

    Attributes:
        layers: found so far.
        value: the name of what the last of them gives.
    """

    def __init__(self, graph: GraphProto, arrays: Mapping[str, RawArray]) -> None:
        inputs = [each.name for each in graph.input if each.name not in arrays]
        if len(inputs) != 1:
            raise _UnreadError(f"it has the inputs {', '.join(inputs)}")
        self._nodes = [node for node in graph.node if node.op_type != "Constant"]
        constants = [node for node in graph.node if node.op_type == "Constant"]
        self._arrays = {**arrays, **{node.output[0]: _constant(node) for node in constants}}
        self._left = {id(node) for node in self._nodes if node.op_type in _LINEAR}
        self._outputs = {each.name for each in graph.output}
        self.layers: list[Layer] = []
        self.value = inputs[0]

    def read(self) -> Untold:
        """Return what the walk comes to."""
        loss, seen = None, set[str]()
        while loss is None and (nodes := [node for node in self._nodes if self.value in node.input]):
            if self.value in seen:
                raise _UnreadError(f"it goes round in a circle at {self.value!r}")
            seen.add(self.value)
            if any(node.op_type in _ENDS for node in nodes):
                loss = "softmax"
            elif not self._step(nodes):
                break
        is_last = bool(self.layers) and isinstance(self.layers[-1], Sigmoid)
        if not loss and is_last and not self._left:
            self.layers.pop()
            loss = "sigmoid"
        if self._left or (loss is None and self.value not in self._outputs):
            after = [node.op_type for node in self._nodes if self.value in node.input]
            raise _UnreadError(f"behind {self.value!r} it has {' and '.join(after) or 'nothing'}")
        return Untold(Network.of(self.layers), loss)

    def _step(self, nodes: list[NodeProto]) -> bool:
        """Take in what acts on the value, and return whether it is known."""
        node = nodes[0]
        layer = self._gate(nodes) if len(nodes) > 1 else self._layer(node)
        if layer is not None:
            self.layers.append(layer)
        elif len(nodes) > 1 or not (self._is_bias(node) or self._is_nothing(node)):
            return False
        elif node.op_type == "Add":
            self.layers[-1] = self._with_bias(node)
        if len(nodes) == 1:
            self.value = node.output[0]
        return True

    def _layer(self, node: NodeProto) -> Layer | None:
        given = attributes_of(node)
        if node.op_type in _ACTIVATIONS:
            return _ACTIVATIONS[node.op_type](given)
        if node.op_type not in _LINEAR or node.input[0] != self.value or node.input[1] not in self._arrays:
            return None
        if _number(given, "alpha", 1) != 1 or _number(given, "beta", 1) != 1 or given.get("transA"):
            return None
        weight = cast(FloatArray, self._arrays[node.input[1]])
        if weight.ndim != 2:
            raise _UnreadError(f"{node.input[1]!r} has shape {weight.shape}")
        weight = weight.T if given.get("transB") else weight
        self._left.discard(id(node))
        bias = np.zeros((1, weight.shape[-1]), weight.dtype)
        if len(node.input) > 2:
            bias = bias + self._arrays[node.input[2]]
        return Linear(weight, bias.astype(weight.dtype))

    def _is_bias(self, node: NodeProto) -> bool:
        is_linear = bool(self.layers) and isinstance(self.layers[-1], Linear)
        return node.op_type == "Add" and is_linear and self._other(node) in self._arrays

    def _with_bias(self, node: NodeProto) -> Linear:
        linear = self.layers[-1]
        assert isinstance(linear, Linear)
        bias: FloatArray = linear.bias + self._arrays[self._other(node)]
        return Linear(linear.weight, bias.astype(linear.weight.dtype))

    def _is_nothing(self, node: NodeProto) -> bool:
        if node.input[0] != self.value or node.op_type not in _BEFORE:
            return False
        if node.op_type == "Reshape" and self.layers:  # to rows of as many features, as skl2onnx does last
            return len(self._arrays.get(node.input[1], ())) == 2
        return node.op_type != "Flatten" or not self.layers

    def _other(self, node: NodeProto) -> str:
        return next((name for name in node.input if name != self.value), "")

    def _gate(self, nodes: list[NodeProto]) -> Layer | None:
        """Return the layer x g(x) where the value is multiplied by a gate that is made of it."""
        product = next((node for node in nodes if node.op_type == "Mul"), None)
        if product is None or len(nodes) != 2:
            return None
        wanted, kinds = self._other(product), list[str]()
        while wanted != self.value and len(kinds) < len(self._nodes):
            made = next((node for node in self._nodes if wanted in node.output), None)
            if made is None or len(made.input) != 1:
                return None
            kinds.insert(0, made.op_type)
            wanted = made.input[0]
        if tuple(kinds) not in _GATES:
            return None
        self.value = product.output[0]
        return _GATES[tuple(kinds)]()


class _UnreadError(RecordError):
    """A graph is no chain."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}; expected {_EXPECTED}.")


def _number(given: _Attributes, name: str, otherwise: float) -> float:
    value = given.get(name, otherwise)
    if not isinstance(value, int | float):
        raise _UnreadError(f"{name} is {value!r}")
    # an attribute is a float32: 0.1 is 0.10000000149
    return float(np.format_float_positional(np.float32(value)))


def _is_selu(given: _Attributes) -> bool:
    alpha, gamma = _number(given, "alpha", SELU_ALPHA), _number(given, "gamma", SELU_SCALE)
    return bool(np.allclose([alpha, gamma], [SELU_ALPHA, SELU_SCALE], rtol=1e-6))


def _constant(node: NodeProto) -> RawArray:
    value = attributes_of(node).get("value")
    if not isinstance(value, TensorProto) or value.data_location == TensorProto.EXTERNAL:
        raise _UnreadError("it has a Constant that is no array")
    try:
        array: RawArray = numpy_helper.to_array(value)
    except (ValueError, TypeError, KeyError) as error:
        raise _UnreadError(f"its Constant can't be read ({error})") from error
    return array
