"""What an engine holds from epoch to epoch, so that an epoch of few examples does not begin from scratch."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import prod

import numpy as np

from plainweave.arrays import FloatArray, form_of
from plainweave.errors import ShapeError
from plainweave.network import Network, check_parameters
from plainweave.network.layer import Layer

_Place = tuple[Layer, str, FloatArray, tuple[int, ...], np.dtype[np.floating]]


class Parameters:
    """A network's parameters, checked anew only where something was put into their places.

    Raises:
        ConfigurationError, ShapeError: see `check_parameters`.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._forms: dict[str, str] = {}
        self._hold()

    def __call__(self) -> dict[str, FloatArray]:
        """Return the arrays themselves by name.

        Raises:
            ConfigurationError, ShapeError: see `check_parameters`.
            ShapeError: they have other shapes, or another precision, than those before them.
        """
        if not self._are_as_before():
            self._hold()
        return self._by_name

    def _hold(self) -> None:
        network = self._network
        check_parameters(network)
        parameters = network.parameters
        forms = {name: form_of(array) for name, array in parameters.items()}
        for name in (self._forms or forms) | forms:
            given, expected = forms.get(name, "nothing"), (self._forms or forms).get(name, "nothing")
            if given != expected:
                raise ShapeError(f"{name} is {given}; expected {expected}, as when the program was made.")
        self._forms, self._by_name, self._layers = forms, parameters, list(network.layers)
        self._places: list[_Place] = [
            (layer, kind, array, array.shape, array.dtype)
            for layer in network.layers
            for kind, array in layer.parameters.items()
        ]

    def _are_as_before(self) -> bool:
        layers = self._network.layers
        if len(layers) != len(self._layers):
            return False
        for layer, before in zip(layers, self._layers, strict=True):
            if layer is not before:
                return False
        for layer, kind, array, shape, dtype in self._places:
            if getattr(layer, kind, None) is not array or array.shape != shape or array.dtype != dtype:
                return False
            if not array.flags.writeable:
                return False
        return True


class Packed:
    """Memory in which arrays of one model lie one after the other.

    Attributes:
        numbers: all of them (count,).
        parts: views of it in the shapes of the arrays.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]], dtype: np.dtype[np.floating]) -> None:
        ends = list(accumulate((prod(shape) for shape in shapes), initial=0))
        self.numbers: FloatArray = np.empty(ends[-1], dtype)
        self.parts = [
            self.numbers[start:end].reshape(shape)
            for start, end, shape in zip(ends, ends[1:], shapes, strict=False)
        ]

    def take(self, arrays: Iterable[FloatArray], model: tuple[int, ...]) -> FloatArray:
        """Return the numbers of arrays, of one model of a stack's, or with () of all."""
        for part, array in zip(self.parts, arrays, strict=True):
            part[...] = array[model]
        return self.numbers

    def give(self, arrays: Iterable[FloatArray], model: tuple[int, ...]) -> None:
        """Write the numbers back into the arrays."""
        for part, array in zip(self.parts, arrays, strict=True):
            array[model] = part
