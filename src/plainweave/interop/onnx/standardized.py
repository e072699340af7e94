"""Arrays as a network takes them: standardized as the training part tells."""

import numpy as np

from plainweave.data import Standardizer
from plainweave.interop.onnx.graph import DOUBLE, FLOAT, Graph
from plainweave.training.model_description import SCALE, SHIFT

_ROUNDING = 10 * float(np.finfo(np.float32).eps)  # what varies by no more is constant


def input_type(standardizer: Standardizer) -> int:
    """Return the type of raw inputs: where a mean is far from 0, float32 would lose digits that count."""
    kind: int = DOUBLE if standardizer.far.any() else FLOAT
    return kind


def add_standardizer(graph: Graph, x: str, standardizer: Standardizer) -> str:
    """Add what standardizes raw inputs x (examples, features); return its name, of float32."""
    if standardizer.kind == "none":
        return graph.cast(x, FLOAT) if input_type(standardizer) == DOUBLE else x
    if standardizer.kind == "per-image":
        return _by_its_own(graph, graph.cast(x, DOUBLE))
    kind = input_type(standardizer)
    scale, shift = (
        graph.cast(graph.parameter(value, name), kind)
        for name, value in ((SCALE, standardizer.scale), (SHIFT, standardizer.shift))
    )
    if kind == FLOAT:
        return graph.add("Sub", graph.add("Mul", x, scale), shift)
    centered = graph.add("Sub", x, graph.add("Div", shift, scale))
    return graph.cast(graph.add("Mul", centered, scale), FLOAT)


def _by_its_own(graph: Graph, x: str) -> str:
    """Each example x (examples, features) less its mean, over its standard deviation."""
    mean = graph.add("ReduceMean", x, axes=[1])
    centered = graph.add("Sub", x, mean)
    square = graph.add("ReduceMean", graph.add("Mul", centered, centered), axes=[1])
    deviation = graph.add("Sqrt", square)
    least = graph.add("Mul", graph.add("Abs", mean), np.array(_ROUNDING))
    varies = graph.add("Greater", deviation, least)
    divisor = graph.add("Where", varies, deviation, np.array(1.0))
    return graph.cast(graph.add("Div", centered, divisor), FLOAT)
