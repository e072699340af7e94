"""Nests of arrays: copied, stacked, one model taken out of them, and packed into a single array.

A nest is an array, a list, tuple, dict or dataclass of nests, or a `Holder`, as a network is one. What else
is in it, a name or a number of Python's, stays as it is. In a stack every array has an axis of models in
front.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Protocol, Self, TypeVar, cast, runtime_checkable

import numpy as np

from plainweave.arrays import FloatArray

_Nest = TypeVar("_Nest")
_Array = FloatArray | np.generic  # a number of NumPy's is an array (), and has its methods


@runtime_checkable
class Holder(Protocol):
    """What has arrays by name among other things, and can be had with others in their places."""

    @property
    def parameters(self) -> dict[str, FloatArray]:
        """The arrays themselves."""

    def holding(self, parameters: Mapping[str, FloatArray]) -> Self:
        """Return a twin with these arrays, of whatever shape."""


def copied(nest: _Nest) -> _Nest:
    """Return a nest with a copy of every array."""
    return _mapped(lambda array: array.copy(), [nest])


def member(nest: _Nest, model: int) -> _Nest:
    """Return a copy of what a stack's nest has of one model.

    Raises:
        IndexError: an array has no axis of models, or fewer of them.
    """
    return _mapped(lambda array: array[model].copy(), [nest])


def stacked(nests: Sequence[_Nest]) -> _Nest:
    """Return copies of nests of one structure, put together as a stack's; what is no array is the first's.

    Raises:
        ValueError: arrays in the same place have different shapes.
    """
    return _mapped(lambda *arrays: np.stack(arrays), nests)


def packed(arrays: Mapping[str, FloatArray], model: tuple[int, ...] = ()) -> FloatArray:
    """Return all numbers (count,) of arrays, in order; of one model of a stack's, or with () of all."""
    return np.concatenate([array[model].ravel() for array in arrays.values()])


def unpack(numbers: FloatArray, arrays: Mapping[str, FloatArray], model: tuple[int, ...] = ()) -> None:
    """Write what `packed` returned back into the arrays."""
    start = 0
    for array in arrays.values():
        part = array[model]
        part[...] = numbers[start : start + part.size].reshape(part.shape)
        start += part.size


def _mapped(function: Callable[..., _Array], nests: Sequence[_Nest]) -> _Nest:
    """Return the first nest with what the function gives of the arrays in the same place of all."""
    return cast(_Nest, _mapped_part(function, nests))


def _mapped_part(function: Callable[..., _Array], parts: Sequence[object]) -> object:
    first = parts[0]
    if isinstance(first, np.ndarray | np.generic):
        return function(*parts)
    if isinstance(first, dict):  # before Holder: protocols are slow
        several = cast(Sequence[dict[str, object]], parts)
        return {name: _mapped_part(function, [part[name] for part in several]) for name in first}
    if isinstance(first, Holder):
        parameters = _mapped(function, [cast(Holder, part).parameters for part in parts])
        return first.holding(parameters)
    if is_dataclass(first) and not isinstance(first, type):
        names = [field.name for field in fields(first)]
        return replace(
            first, **{name: _mapped_part(function, [getattr(p, name) for p in parts]) for name in names}
        )
    if isinstance(first, list | tuple):
        rows = zip(*cast(Sequence[Sequence[object]], parts), strict=True)
        return type(first)(_mapped_part(function, row) for row in rows)
    return first
