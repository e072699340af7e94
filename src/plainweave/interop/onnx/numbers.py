"""Columns of numbers as features, side by side; in float64, as plainweave prepares them."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data.tables.number_column import CLIP, NumberColumn
from plainweave.interop.onnx.graph import FLOAT, Graph
from plainweave.interop.onnx.quantiles import add_normal

_Columns = Sequence[NumberColumn]
_Features = tuple[str, list[int]]  # the name of some features (rows, features), and their numbers


def add_numbers(
    graph: Graph, x: str, columns: _Columns, first: Sequence[int], refuse: bool
) -> Iterator[_Features]:
    """Add what makes features of columns x (rows, columns), and yield features of float32.

    Args:
        graph: to add to.
        x: the name of the columns, float64, NaN where a number is missing.
        columns: each with at least one feature.
        first: the number of the first feature of each.
        refuse: whether a missing number is an error; it gives NaN then, for ONNX knows no errors.
    """
    missing = graph.add("IsNaN", x)
    filled = x if refuse else graph.add("Where", missing, _of(columns, "median"), x)
    for way, add in _WAYS.items():
        some = [place for place, column in enumerate(columns) if column.way == way]
        if some:
            chosen = [columns[place] for place in some]
            z = add(graph, _chosen(graph, filled, some, len(columns)), chosen)
            yield graph.cast(z, FLOAT), [first[place] for place in some]
    told = [place for place, column in enumerate(columns) if column.missing and column.way != "empty"]
    if told:
        flags = _chosen(graph, graph.cast(missing, FLOAT), told, len(columns))
        yield flags, [first[place] + len(columns[place].feature_names) - 1 for place in told]


def _chosen(graph: Graph, x: str, some: list[int], count: int) -> str:
    return x if len(some) == count else graph.add("Gather", x, np.array(some), axis=1)


def _of(columns: _Columns, name: str) -> FloatArray:
    return np.array([getattr(column, name) for column in columns], np.float64)


def _standard(graph: Graph, x: str, columns: _Columns) -> str:
    """U = (x - center) / spread."""
    return graph.add("Div", graph.add("Sub", x, _of(columns, "center")), _of(columns, "spread"))


def _robust(graph: Graph, x: str, columns: _Columns) -> str:
    """Z = u / sqrt(1 + (u / 3)^2)."""
    u = _standard(graph, x, columns)
    part = graph.add("Div", u, np.array(CLIP))
    square = graph.add("Add", graph.add("Mul", part, part), np.array(1.0))
    return graph.add("Div", u, graph.add("Sqrt", square))


def _normal(graph: Graph, x: str, columns: _Columns) -> str:
    return add_normal(graph, x, [column.landmarks for column in columns])


_WAYS: dict[str, Callable[[Graph, str, _Columns], str]] = {
    "none": lambda graph, x, columns: x,
    "standard": _standard,
    "robust": _robust,
    "normal": _normal,
}
