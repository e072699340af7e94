"""Activations that level off: tanh, the sigmoid; and the identity and softplus, whose derivative is one."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.network.activation import Activation


def sigmoid(x: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-x)); where exp(-x) overflows to infinity it is 0."""
    with np.errstate(over="ignore"):
        y: FloatArray = np.exp(-x)
    y += 1
    np.divide(1, y, out=y)
    return y


@dataclass(frozen=True)
class Tanh(Activation):
    """y = tanh(x)."""

    name = "tanh"

    def value(self, x: FloatArray) -> FloatArray:
        """Y = tanh(x)."""
        return np.tanh(x)

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = 1 - y**2."""
        return 1 - np.square(y)


@dataclass(frozen=True)
class Sigmoid(Activation):
    """y = 1 / (1 + exp(-x)); where exp(-x) overflows to infinity, y is 0."""

    name = "sigmoid"

    def value(self, x: FloatArray) -> FloatArray:
        """Y = 1 / (1 + exp(-x))."""
        return sigmoid(x)

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = y * (1 - y)."""
        return y - np.square(y)


@dataclass(frozen=True)
class Softplus(Activation):
    """y = log(1 + exp(x)), a smooth max(0, x) (Dugas et al. 2001)."""

    name = "softplus"

    def value(self, x: FloatArray) -> FloatArray:
        """Y = max(0, x) + log(1 + exp(-abs(x))), of which nothing overflows."""
        y: FloatArray = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
        return y

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = 1 / (1 + exp(-x))."""
        return sigmoid(x)


@dataclass(frozen=True)
class Identity(Activation):
    """y = x."""

    name = "identity"

    def value(self, x: FloatArray) -> FloatArray:
        """Y = x."""
        return x

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = 1."""
        return np.ones_like(x)
