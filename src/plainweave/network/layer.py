"""The contract of a layer: the parts of a network, one after another, each with the same two verbs."""

from abc import ABC, abstractmethod
from typing import ClassVar

from plainweave.arrays import BoolArray, Cache, FloatArray
from plainweave.errors import ShapeError
from plainweave.named import Named
from plainweave.network.parameters import as_parameter
from plainweave.randomness import Draw


class Layer(ABC, Named):
    """A function of a batch x (..., batch, features), differentiable by x and by its own parameters.

    A layer of one's own is a subclass. It keeps the number of features; only a `Linear` changes it. Its
    parameters are attributes named in `names`, arrays (..., a, b) whose axes in front are models of a stack.
    With a `name`, and settings that are a dataclass's fields, files can hold it; it is then made again as
    `Class(**settings, **parameters)`.

    A parameter may be replaced by another of the same shape; it takes on the precision of the first.

    Attributes:
        names: the attributes that are parameters.
    """

    family = "layer"
    registry: ClassVar[dict[str, type[Named]]] = {}
    names: ClassVar[tuple[str, ...]] = ()

    @property
    def parameters(self) -> dict[str, FloatArray]:
        """The parameters by name, the arrays themselves."""
        return {name: getattr(self, name) for name in self.names}

    @abstractmethod
    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        """Return y (..., batch, features) from x (..., batch, features), and what `backward` needs.

        Args:
            x: what the layer before gives.
            draw: the random numbers of this layer and batch in training; None when not in training.
        """

    @abstractmethod
    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Return dx, of the shape of x, and the gradients by name, from dy, of the shape of y."""

    def gradients(self, dy: FloatArray, cache: Cache) -> dict[str, FloatArray]:
        """Return the gradients alone, by name, each of its parameter's shape, from dy, of the shape of y.

        The first layer of a network needs no dx.
        """
        return self.backward(dy, cache)[1]

    def above_kink(self, cache: Cache) -> BoolArray | None:
        """Return on which side of its kinks each unit lies (..., batch, units or more).

        A kink is where the first or the second derivative jumps: central differences do not hold across it.
        None is for a layer without.
        """
        return None

    @classmethod
    def unnamed(cls) -> tuple[str, ...]:
        """Return the arguments of the class that are no settings: its parameters."""
        return cls.names

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.names and name in vars(self):
            old = vars(self)[name]
            value = parameter = as_parameter(name, value, old.shape[-2:], old.dtype)
            if parameter.shape != old.shape:
                raise ShapeError(f"{name} has shape {parameter.shape}; expected {old.shape}, as before.")
        super().__setattr__(name, value)
