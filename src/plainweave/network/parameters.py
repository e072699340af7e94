"""Weights and biases as arrays: of which shape and precision, and that they go together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from plainweave.arrays import DTYPES, FloatArray, as_array, as_dense
from plainweave.errors import ConfigurationError, ShapeError


def as_parameter(name: str, given: object, shape: tuple[int, ...], dtype: npt.DTypeLike) -> FloatArray:
    """Return numbers that a user gives as a parameter of that precision, as it is trained and saved.

    What is such an array already is not copied. There may be an axis of models in front.

    Raises:
        ShapeError: the last two axes have another shape, or there are more than three.
        DataError: they are no real numbers.
    """
    array = as_dense(as_array(name, given))
    if array.shape[-2:] != shape or array.ndim > 3:
        raise ShapeError(
            f"{name} has shape {array.shape}; expected {shape}, or (models, {shape[0]}, {shape[1]}) of a "
            "stack."
        )
    with np.errstate(over="ignore"):  # training marks what is not finite
        parameter: FloatArray = np.require(array, dtype, ["C", "A", "W"])
    return parameter


def check_stacks(parameters: dict[str, FloatArray]) -> None:
    """Check that parameters with an axis of models in front are of as many models.

    Raises:
        ShapeError: they are not.
    """
    stacked = {name: value.shape for name, value in parameters.items() if value.ndim > 2}
    for name, shape in stacked.items():
        first, expected = next(iter(stacked.items()))
        if shape[0] != expected[0]:
            raise ShapeError(
                f"{name} has shape {shape}, of {shape[0]} models; expected {expected[0]}, as {first} has."
            )


def check_layers(layers: Mapping[str, object]) -> None:
    """Check that layers by name have a weight and a bias.

    Raises:
        ConfigurationError: one has not.
    """
    for name, layer in layers.items():
        for kind in ("weight", "bias"):
            if not isinstance(getattr(layer, kind, None), np.ndarray):
                raise ConfigurationError(
                    f"{name} is a {type(layer).__name__} without an array {kind!r}; expected a layer as "
                    "plainweave.network.Linear is one."
                )


def check_arrays(parameters: Mapping[str, FloatArray], sizes: Sequence[int], stack: tuple[int, ...]) -> None:
    """Check the weights and biases of layers of those sizes, in order: what may have been put in their place.

    Raises:
        ConfigurationError: an array is of another precision than the last, can't be written to, or stands
            for two parameters.
        ShapeError: an array has another shape than the sizes say, or is of another number of models.
    """
    dtype = list(parameters.values())[-1].dtype
    places: dict[int, str] = {}
    for (name, value), shape in zip(parameters.items(), _shapes(sizes), strict=True):
        if value.shape != (*stack, *shape) or value.ndim > 3:
            expected = (*stack[:1], *shape)
            raise ShapeError(f"{name} has shape {value.shape}; expected {expected}, by the network's sizes.")
        if value.dtype != dtype or value.dtype not in DTYPES:
            one = dtype if dtype in DTYPES else "float32 or float64"
            raise ConfigurationError(
                f"{name} is of {value.dtype}; expected {one}, as all parameters. "
                "network.with_parameters makes it so."
            )
        first = places.setdefault(value.__array_interface__["data"][0], name)
        if first != name or not value.flags.writeable:
            what = f"the same array as {first}" if first != name else "an array that can't be written to"
            raise ConfigurationError(f"{name} is {what}; expected one of its own to train. Copy it.")


def _shapes(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    for inputs, outputs in pairwise(sizes):
        yield inputs, outputs
        yield 1, outputs
