"""A graph of ONNX as it is written: nodes, constants and names, each name once."""

from collections.abc import Sequence

import numpy as np
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from plainweave.arrays import RawArray
from plainweave.errors import ConfigurationError
from plainweave.version import __version__

OPSET, ML_OPSET, IR_VERSION = 11, 2, 6  # of ONNX 1.6, September 2019; read by ONNX Runtime since 1.0
_ML = "ai.onnx.ml"
_ML_OPERATORS = ("LabelEncoder",)
FLOAT, DOUBLE, INT64, STRING = (
    *(TensorProto.FLOAT, TensorProto.DOUBLE),
    *(TensorProto.INT64, TensorProto.STRING),
)


class Graph:
    """A graph to which nodes are added in order.

    Attributes:
        metadata: of the model, texts by name.
    """

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []
        self._inputs: list[ValueInfoProto] = []
        self._outputs: list[ValueInfoProto] = []
        self._taken: set[str] = set()
        self.metadata: dict[str, str] = {}

    def input(self, name: str, kind: int, columns: int) -> str:
        """Add an input (examples, columns) and return its name.

        Raises:
            ConfigurationError: it has no name, or that of another value.
        """
        if not name or name in self._taken:
            raise ConfigurationError(
                f"a column is called {name!r}; expected a name that an input of ONNX can have, and no other "
                "value of the graph has. Rename it, and train again."
            )
        self._taken.add(name)
        self._inputs.append(helper.make_tensor_value_info(name, kind, [None, columns]))
        return name

    def output(self, value: str, name: str, kind: int, columns: int | None) -> None:
        """Make an output (examples, columns), or (examples,), of a value."""
        shape = [None] if columns is None else [None, columns]
        called = self._free(name)
        self._nodes.append(helper.make_node("Identity", [value], [called], name=called))
        self._outputs.append(helper.make_tensor_value_info(called, kind, shape))

    def constant(self, value: RawArray, name: str = "constant") -> str:
        """Add an array and return its name."""
        called = self._free(name)
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), called))
        return called

    def parameter(self, value: RawArray, name: str) -> str:
        """Add an array of the model by its very name.

        Raises:
            ConfigurationError: a column has that name.
        """
        if name in self._taken:
            raise ConfigurationError(
                f"a column is called {name!r}, as weights of the network are; expected another name. Rename "
                "it, and train again."
            )
        return self.constant(value, name)

    def add(
        self, operator: str, *inputs: str | float | RawArray, name: str = "", **attributes: object
    ) -> str:
        """Add a node and return the name of its output.

        Args:
            operator: of ONNX.
            inputs: names of values; or arrays, which become constants, and numbers, which do of float32.
            name: of the output, where it is to have one.
            attributes: of the node.
        """
        called = self._free(name or operator.lower())
        names = [each if isinstance(each, str) else self.constant(_array(each)) for each in inputs]
        domain = _ML if operator in _ML_OPERATORS else ""
        further = [self._free("unused")] if operator == "TopK" else []
        outputs = [called, *further]
        node = helper.make_node(operator, names, outputs, name=called, domain=domain, **attributes)
        self._nodes.append(node)
        return called

    def cast(self, value: str, kind: int) -> str:
        """Add a cast to a type of elements."""
        return self.add("Cast", value, to=kind)

    def model(self, name: str, doc: str) -> ModelProto:
        """Return the model of the graph."""
        graph = helper.make_graph(self._nodes, name, self._inputs, self._outputs, self._constants)
        opsets = [helper.make_opsetid("", OPSET)]
        if any(node.domain == _ML for node in self._nodes):
            opsets.append(helper.make_opsetid(_ML, ML_OPSET))
        model = helper.make_model(
            graph,
            opset_imports=opsets,
            ir_version=IR_VERSION,
            producer_name="plainweave",
            producer_version=__version__,
            doc_string=doc,
        )
        helper.set_model_props(model, self.metadata)
        return model

    def _free(self, name: str) -> str:
        """Return the name, with a number behind it where it is taken, and take it."""
        called, number = name, 0
        while called in self._taken:
            number += 1
            called = f"{name}{number}"
        self._taken.add(called)
        return called


def attributes_of(node: NodeProto) -> dict[str, object]:
    """Return the attributes of a node by name."""
    return {each.name: _value(each) for each in node.attribute}


def _value(attribute: AttributeProto) -> object:
    value = helper.get_attribute_value(attribute)
    return value.decode() if isinstance(value, bytes) else value


def _array(given: float | RawArray) -> RawArray:
    return given if isinstance(given, np.ndarray) else np.array(given, np.float32)


def joined(graph: Graph, values: Sequence[str]) -> str:
    """Return the values (examples, any) side by side."""
    return values[0] if len(values) == 1 else graph.add("Concat", *values, axis=1)
