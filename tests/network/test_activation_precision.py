"""Smooth activations are as exact as docs/conventions.md says, in NumPy, against 50 digits."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from precision import DIGITS, points, units

CONVENTIONS = Path(__file__).parents[2] / "docs" / "conventions.md"
DTYPES = [np.float32, np.float64]
SMALL = 800  # a gate below the smallest normal number may be 0, and x times that is lost, with x down to -800
Terms = tuple[Any, Any, Any, Any]  # the value and its size, the derivative and its size


@cache
def bounds() -> dict[str, list[float]]:
    """The largest errors by name, in float32 and float64."""
    text = CONVENTIONS.read_text(encoding="utf-8")
    section = text.partition("## How exact smooth activations are")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    return {name: [float(bound) for bound in row] for name, _, *row in rows}


def exponential(x: Any) -> Any:
    return DIGITS.exp(x) if x > -2000 else DIGITS.mpf(0)


def opened(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    e = exponential(-abs(x))
    return (e if x < 0 else 1) / (1 + e)


def elu(x: Any, scale: Any = 1, alpha: Any = 1) -> Terms:
    value = scale * (x if x > 0 else alpha * DIGITS.expm1(x if x > -2000 else -2000))
    derivative = scale * (1 if x > 0 else alpha * exponential(x))
    return value, value, derivative, derivative


def selu(x: Any) -> Terms:
    scale, alpha = "1.0507009873554804934193349852946", "1.6732632423543772848170429916717"
    return elu(x, DIGITS.mpf(scale), DIGITS.mpf(alpha))


def gelu(x: Any) -> Terms:
    gate = DIGITS.ncdf(x) if abs(x) < 200 else DIGITS.mpf(x > 0)
    density = DIGITS.npdf(x) if abs(x) < 200 else DIGITS.mpf(0)
    grown = 1 + x * x
    return x * gate, x * gate * grown, gate + x * density, (gate + abs(x) * density) * grown


def gelu_tanh(x: Any) -> Terms:
    root, cubic = DIGITS.sqrt(2 / DIGITS.pi), DIGITS.mpf("0.044715")
    u = root * (x + cubic * x**3)
    gate, shut, slope = opened(2 * u), opened(-2 * u), root * (1 + 3 * cubic * x * x)
    grown = 1 + 2 * abs(u) if abs(x) < 200 else 1
    second = 2 * gate * shut * slope
    size = gate + (2 * abs(x) * gate * slope if abs(x) < 20 else 0)
    return x * gate, x * gate * grown, gate + x * second, size * grown


def silu(x: Any) -> Terms:
    gate = opened(x)
    return x * gate, x * gate, gate + x * gate * opened(-x), gate * (1 + min(abs(x), 1000))


def mish(x: Any) -> Terms:
    if x > 100:
        return x, x, DIGITS.mpf(1), DIGITS.mpf(1)
    e = exponential(x)
    n = e * (e + 2)
    first, second = n / (n + 2), 4 * e * (e + 1) / (n + 2) ** 2
    return x * first, x * first, first + x * second, first + abs(x) * second


def softplus(x: Any) -> Terms:
    value = max(x, 0) + DIGITS.log1p(exponential(-abs(x)))
    return value, value, opened(x), opened(x)


EXACT: dict[str, Callable[[Any], Terms]] = {
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "gelu-tanh": gelu_tanh,
    "silu": silu,
    "mish": mish,
    "softplus": softplus,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", EXACT)
def test_smooth_activations(name: str, dtype: Any) -> None:
    activation, column = pw.Activation.named(name), DTYPES.index(dtype)
    x = points(dtype, 100)
    x = x[np.abs(x) < 1e30]
    y, cache = activation.forward(x)
    dy, _ = activation.backward(np.ones_like(x), cache)
    right = [EXACT[name](DIGITS.mpf(float(each))) for each in x]
    values = units(y, [row[0] for row in right], [row[1] for row in right], SMALL)
    slopes = units(dy, [row[2] for row in right], [row[3] for row in right], SMALL)
    assert values.max() <= bounds()[f"{name}, value"][column]
    assert slopes.max() <= bounds()[f"{name}, derivative"][column]
