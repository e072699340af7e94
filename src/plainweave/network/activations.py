"""The nonlinear functions between linear layers, each beside its derivative.

An activation acts on every element alone, so its vector-Jacobian product is dy times the derivative.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from plainweave.arrays import Cache, FloatArray
from plainweave.checks import choice, number
from plainweave.errors import ConfigurationError
from plainweave.network.floats import as_floats


class Activation(ABC):
    """An elementwise function with two verbs, `forward` and `backward`."""

    name: ClassVar[str]
    has_kink: ClassVar[bool] = False  # at 0, where the derivative jumps

    @abstractmethod
    def forward(self, x: FloatArray) -> tuple[FloatArray, Cache]:
        """Return y, of the shape of x (..., batch, features), and what `backward` needs."""

    @abstractmethod
    def backward(self, dy: FloatArray, cache: Cache) -> FloatArray:
        """Return dx (..., batch, features) from the gradient dy of the same shape."""

    def __str__(self) -> str:
        """Return the text that `activation` reads back."""
        return self.name


class Tanh(Activation):
    """y = tanh(x)."""

    name = "tanh"

    def forward(self, x: FloatArray) -> tuple[FloatArray, Cache]:
        """Y = tanh(x)."""
        y: FloatArray = np.tanh(as_floats("the inputs of an activation", x))
        return y, y

    def backward(self, dy: FloatArray, cache: Cache) -> FloatArray:
        """dy/dx = 1 - y**2."""
        dx: FloatArray = dy * (1 - np.square(cache))
        return dx


class Sigmoid(Activation):
    """y = 1 / (1 + exp(-x)); where exp(-x) overflows to infinity, y is 0."""

    name = "sigmoid"

    def forward(self, x: FloatArray) -> tuple[FloatArray, Cache]:
        """Y = 1 / (1 + exp(-x))."""
        with np.errstate(over="ignore"):
            y: FloatArray = np.exp(-as_floats("the inputs of an activation", x))
        y += 1
        np.divide(1, y, out=y)
        return y, y

    def backward(self, dy: FloatArray, cache: Cache) -> FloatArray:
        """dy/dx = y * (1 - y)."""
        dx: FloatArray = dy * (cache - np.square(cache))
        return dx


class ReLU(Activation):
    """y = max(0, x). The derivative at the kink, x = 0, is taken as 0."""

    name = "relu"
    has_kink = True

    def forward(self, x: FloatArray) -> tuple[FloatArray, Cache]:
        """Y = max(0, x)."""
        x = as_floats("the inputs of an activation", x)
        return np.maximum(x, 0), x > 0

    def backward(self, dy: FloatArray, cache: Cache) -> FloatArray:
        """dy/dx = 1 where x > 0, else 0."""
        dx: FloatArray = dy * cache
        return dx


class LeakyReLU(Activation):
    """y = x where x > 0, else slope * x. The derivative at the kink, x = 0, is taken as the slope.

    Raises:
        ConfigurationError: the slope is not a number from 0 up to, not including, 1.
    """

    name = "leaky-relu"
    has_kink = True

    def __init__(self, slope: float = 0.1) -> None:
        self.slope = number("the slope of leaky-relu", slope, below=1)

    def forward(self, x: FloatArray) -> tuple[FloatArray, Cache]:
        """Y = max(x, slope * x), for below a slope of 1 the larger of the two lines is the function."""
        x = as_floats("the inputs of an activation", x)
        return np.maximum(x, self.slope * x), x > 0

    def backward(self, dy: FloatArray, cache: Cache) -> FloatArray:
        """dy/dx = 1 where x > 0, else slope."""
        return np.where(cache, dy, self.slope * dy)

    def __str__(self) -> str:
        return f"{self.name}:{self.slope!r}"


class Identity(Activation):
    """y = x."""

    name = "identity"

    def forward(self, x: FloatArray) -> tuple[FloatArray, Cache]:
        """Y = x."""
        return as_floats("the inputs of an activation", x), None

    def backward(self, dy: FloatArray, cache: Cache) -> FloatArray:
        """dy/dx = 1."""
        return dy


ACTIVATIONS: dict[str, type[Activation]] = {
    kind.name: kind for kind in (Tanh, Sigmoid, ReLU, LeakyReLU, Identity)
}


def activation(text: object) -> Activation:
    """Return the activation that a text names: "tanh", "leaky-relu", or "leaky-relu:0.2" with a slope.

    Raises:
        ConfigurationError: the name is unknown, or the slope is not a number in range.
    """
    if isinstance(text, Activation):
        return text
    if isinstance(text, str) and text.startswith(f"{LeakyReLU.name}:"):
        return LeakyReLU(_as_number(text.partition(":")[2]))
    return ACTIVATIONS[choice("activation", text, ACTIVATIONS)]()


def _as_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError(
            f"activation is 'leaky-relu:{text}'; expected a number after the colon, as in 'leaky-relu:0.1'."
        ) from None
