"""The columns of a table as features: inputs of ONNX, and what a preparation makes of them."""

import json
import re
from collections.abc import Sequence
from itertools import product

import numpy as np

from plainweave.data import Preparation
from plainweave.data.tables.category_column import CategoryColumn
from plainweave.data.tables.number_column import NumberColumn
from plainweave.interop.onnx.graph import DOUBLE, STRING, Graph, joined
from plainweave.interop.onnx.numbers import add_numbers

_WHOLE = re.compile(r"-?\d+")


def add_columns(graph: Graph, preparation: Preparation) -> str:
    """Add inputs for the columns of a table, and return the name of their features (rows, features).

    A table of numbers alone is one input `X` (rows, columns), with all columns of the training part in their
    order; else each column that has a feature is an input (rows, 1), of numbers or of texts.
    """
    places: list[int] = []
    features: list[str] = []
    numbers = [column for column in preparation.columns if isinstance(column, NumberColumn)]
    used = [column for column in numbers if column.feature_names]
    first = _first_features(preparation)
    if used:
        x = _numbers(graph, numbers, used, alone=len(numbers) == len(preparation.columns))
        refuse = preparation.missing == "refuse"
        for name, found in add_numbers(graph, x, used, [first[column.name] for column in used], refuse):
            features.append(name)
            places += found
    for column in preparation.columns:
        if isinstance(column, CategoryColumn) and column.feature_names:
            features.append(_add_categories(graph, column))
            places += range(first[column.name], first[column.name] + len(column.feature_names))
    together = joined(graph, features)
    if places == sorted(places):
        return together
    return graph.add("Gather", together, np.argsort(places), axis=1, name="features")


def _first_features(preparation: Preparation) -> dict[str, int]:
    """Return the number of the first feature of each column."""
    first, found = 0, {}
    for column in preparation.columns:
        found[column.name] = first
        first += len(column.feature_names)
    return found


def _numbers(
    graph: Graph, all_of_them: Sequence[NumberColumn], used: list[NumberColumn], *, alone: bool
) -> str:
    """Return the name of the used columns of numbers (rows, columns)."""
    if not alone:
        return joined(graph, [graph.input(column.name, DOUBLE, 1) for column in used])
    graph.metadata["columns"] = json.dumps([column.name for column in all_of_them])
    x = graph.input("X", DOUBLE, len(all_of_them))
    if len(used) == len(all_of_them):
        return x
    return graph.add("Gather", x, np.array([all_of_them.index(column) for column in used]), axis=1)


def _add_categories(graph: Graph, column: CategoryColumn) -> str:
    """Add the input of a column of categories, and return the name of its features (rows, features)."""
    x = graph.input(column.name, STRING, 1)
    texts = _texts(column)
    width = len(column.levels) + bool(column.rare)
    codes = column.places(tuple(texts))[:-1].tolist()
    place = graph.add(
        "LabelEncoder",
        x,
        keys_strings=texts,
        values_int64s=[code if code >= 0 else width for code in codes],
        default_int64=width,
    )
    flat = graph.add("Squeeze", place, axes=[1])
    if width == 2:
        return graph.add("Gather", np.array([[-1], [1], [0]], np.float32), flat)
    return graph.add("OneHot", flat, np.array(width), np.array([0, 1], np.float32), axis=1)


def _texts(column: CategoryColumn) -> list[str]:
    """Return all texts that stand for a level, those too that other programs write in its place."""
    texts = dict.fromkeys((*column.levels, *column.rare))
    for level in tuple(texts):
        plain = level.removesuffix(".0") if _WHOLE.fullmatch(level.removesuffix(".0")) else level
        if _WHOLE.fullmatch(plain):
            texts |= dict.fromkeys((plain, f"{plain}.0"))
        if level.lower() in ("true", "false"):
            texts |= dict.fromkeys(map("".join, product(*zip(level.lower(), level.upper(), strict=True))))
    return list(texts)
