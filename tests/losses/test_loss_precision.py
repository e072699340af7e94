"""The terms of losses are as exact as docs/conventions.md says, against 50 digits."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.losses.elementwise import Elementwise
from precision import DIGITS, points, units

CONVENTIONS = Path(__file__).parents[2] / "docs" / "conventions.md"
DTYPES = [np.float32, np.float64]


@cache
def bounds() -> dict[str, list[float]]:
    """The largest errors by name, in float32 and float64."""
    text = CONVENTIONS.read_text(encoding="utf-8")
    section = text.partition("## How exact terms of losses are")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    return {name: [float(bound) for bound in row] for name, _, *row in rows}


def largest(term: str, column: int) -> float:
    [found] = [row for name, row in bounds().items() if name.startswith(term)]
    return found[column]


def exponential(x: Any) -> Any:
    return DIGITS.exp(x) if x > -2000 else DIGITS.mpf(0)


def sigmoid(z: Any, t: Any) -> tuple[Any, Any, Any, Any]:
    """Value, its size, derivative, its size."""
    small = exponential(-abs(z))
    p = (small if z < 0 else 1) / (1 + small)
    value = DIGITS.log1p(small) + abs(z) * ((1 - t) if z > 0 else t)
    return value, value, p - t, p + t


def poisson(z: Any, t: Any) -> tuple[Any, Any, Any, Any]:
    mean = exponential(z)
    return mean - t * z, mean + abs(t * z), mean - t, mean + t


CASES: dict[str, tuple[Elementwise, Any, list[float]]] = {
    "sigmoid": (pw.SigmoidCrossEntropy(), sigmoid, [0, 1, 0.25]),
    "poisson": (pw.Poisson(), poisson, [0, 1, 7]),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_terms(name: str, dtype: Any) -> None:
    loss, exact, targets = CASES[name]
    z = points(dtype, 100)
    z = z[np.abs(z) < 1e30]
    z = z[z < 80] if name == "poisson" else z
    for target in targets:
        values, derivatives = loss.terms(z, np.full_like(z, target))
        assert values.dtype == derivatives.dtype == dtype
        right = [exact(DIGITS.mpf(float(each)), DIGITS.mpf(target)) for each in z]
        column = DTYPES.index(dtype)
        value_error = units(values, [row[0] for row in right], [row[1] for row in right], small_terms=2)
        error = units(derivatives, [row[2] for row in right], [row[3] for row in right], small_terms=1)
        assert value_error.max() <= largest(f"{name}, value", column)
        assert error.max() <= largest(f"{name}, derivative", column)
