"""Activations are as exact as docs/conventions.md says, in both engines, against 50 digits."""

from functools import cache
from typing import Any

import numpy as np
import pytest

import measured
from exact import ACTIVATIONS, Terms
from plainweave.network import Activation
from precision import DIGITS, ENGINES, Numbers, largest, normal, ours, points, units

GATES = ["gelu", "gelu-tanh", "silu", "mish"]
LOST = 800  # a gate below the smallest normal number may be 0, and x times that is lost, with x down to -800


@cache
def right(name: str, dtype: Any) -> tuple[Numbers, Terms]:
    """Points, and columns of what is right there."""
    x = points(dtype, 100)
    x = x[normal(x) & (np.abs(x) < np.finfo(dtype).max / 1e4)]
    found = [ACTIVATIONS[name](DIGITS.mpf(float(each))) for each in x]
    return x, Terms(*(list(column) for column in zip(*found, strict=True)))


@pytest.mark.parametrize(("engine", "dtype"), ENGINES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str, engine: str, dtype: Any) -> None:
    x, exact = right(name, dtype)
    y, dy = measured.activation(engine, name, x)
    small_terms = LOST if name in GATES else 2
    assert y.dtype == dy.dtype == dtype
    assert units(y, exact.value, exact.size, small_terms).max() <= largest(f"{name}, value", engine, dtype)
    error = units(dy, exact.derivative, exact.derivative_size, small_terms)
    assert error.max() <= largest(f"{name}, derivative", engine, dtype)


def test_every_activation_is_measured() -> None:
    assert ours(Activation.registry) == set(ACTIVATIONS)
