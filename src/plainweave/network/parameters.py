"""Parameters as arrays: of which shape and precision, and that they go together."""

from collections.abc import Mapping

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


def check_arrays(parameters: Mapping[str, FloatArray], stack: tuple[int, ...], dtype: npt.DTypeLike) -> None:
    """Check parameters that may have been put in the place of a network's: that they can be trained as one.

    Args:
        parameters: by name, all with at least two axes.
        stack: () for one network, (models,) for several.
        dtype: the network's precision.

    Raises:
        ConfigurationError: an array is of another precision, can't be written to, or stands for two
            parameters.
        ShapeError: an array is of another number of models.
    """
    places: dict[int, str] = {}
    for name, value in parameters.items():
        if value.shape[:-2] != stack or value.ndim > 3:
            expected = (*stack[:1], *value.shape[-2:])
            raise ShapeError(
                f"{name} has shape {value.shape}; expected {expected}, of as many models as output.bias."
            )
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


def named_gradients(
    layer: str, parameters: Mapping[str, FloatArray], gradients: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """Return the gradients of a layer's parameters by the names that the network has for these.

    Raises:
        ConfigurationError: one is missing, or of another shape than the parameter.
    """
    for name, parameter in parameters.items():
        shape = np.shape(gradients[name]) if name in gradients else None
        if shape != parameter.shape:
            what = "missing" if shape is None else f"of shape {shape}"
            raise ConfigurationError(
                f"the gradient of {layer}.{name} is {what}; expected {parameter.shape}, as the parameter. A "
                "layer's backward returns a gradient for each of its names."
            )
    return {f"{layer}.{name}": gradients[name] for name in parameters}
