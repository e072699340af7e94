"""The contract of the nonlinear functions between linear layers: elementwise, each beside its derivative."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from plainweave.arrays import BoolArray, Cache, FloatArray
from plainweave.errors import ShapeError
from plainweave.named import Named
from plainweave.network.floats import as_floats
from plainweave.network.layer import Layer
from plainweave.randomness import Draw


class Activation(Layer):
    """An elementwise function y = f(x).

    One of one's own is a subclass with `value` and `derivative`; with a `name`, settings and files can ask
    for it.

    Attributes:
        kinks: where the first or the second derivative jumps.
    """

    family = "activation"
    registry: ClassVar[dict[str, type[Named]]] = {}
    kinks: ClassVar[tuple[float, ...]] = ()

    @abstractmethod
    def value(self, x: FloatArray) -> FloatArray:
        """Return y, of the shape and precision of x."""

    @abstractmethod
    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return dy/dx, of the shape and precision of x, from x and its value y."""

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        """Return y, of the shape of x (..., batch, units), and what `backward` needs.

        Raises:
            ShapeError: `value` gives another shape.
        """
        x = as_floats("the inputs of an activation", x)
        y = self.value(x)
        if np.shape(y) != x.shape:
            name = self.name or type(self).__name__
            raise ShapeError(f"the values of {name} have shape {np.shape(y)}; expected {x.shape}, that of x.")
        return y, (x, y)

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Dx = dy * dy/dx, for each element acts on its own."""
        return dy * self.derivative(*cache), {}

    def above_kink(self, cache: Cache) -> BoolArray | None:
        """Return whether each unit lies above each kink, (..., batch, units * kinks)."""
        x, _ = cache
        return np.concatenate([x > kink for kink in self.kinks], axis=-1) if self.kinks else None
