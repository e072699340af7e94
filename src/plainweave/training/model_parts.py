"""What every file of a model holds, whatever its form: a description and arrays by name, checked together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data import Standardizer
from plainweave.errors import ConfigurationError, PlainweaveError, RecordError
from plainweave.losses import Loss
from plainweave.storage.forms import Json, parse_json, short
from plainweave.training.model import Model
from plainweave.training.model_description import (
    SCALE,
    SHIFT,
    Description,
    UnknownPartError,
    read_description,
    version_of,
)

METADATA = "plainweave"  # under which a file has the description
ANOTHER = "Train again, or take another copy."
_PRECISIONS = {"F32": "float32", "F64": "float64"}
_TYPES = {dtype: name for name, dtype in _PRECISIONS.items()}


@dataclass(frozen=True)
class Declared:
    """What safetensors says of an array before it is read."""

    shape: tuple[int, ...]
    type: str


def tensors_of(model: Model) -> dict[str, FloatArray]:
    """Return the arrays of a model by the names that files have for them."""
    standardizer = model.standardizer
    return {**model.network.parameters, SCALE: standardizer.scale, SHIFT: standardizer.shift}


def model_of(path: Path, text: str, tensors: Mapping[str, FloatArray]) -> Model:
    """Return the model of a description, as a file has it, and arrays, all of them checked.

    Raises:
        RecordError: they are no model's, or of one with a part that is not defined here.
    """
    description = described(path, text)
    declared = {
        name: Declared(value.shape, _TYPES.get(value.dtype.name, value.dtype.name))
        for name, value in tensors.items()
    }
    check_declared(path, description, declared)
    return assembled(path, description, tensors)


def described(path: Path, text: str) -> Description:
    """Return the description that a text is.

    Raises:
        RecordError: it is none, or one of a version to come.
    """
    content = _content(text)
    version = version_of(content)
    if version not in range(1, Description.VERSION + 1):
        raise RecordError(
            f"{path} is not of plainweave's model format {Description.VERSION} (its format: "
            f"{short(version)}). Give a file that plainweave saved."
        )
    try:
        return read_description(content)
    except ValueError as error:
        raise _no_model(path, error) from error


def _content(text: str) -> Json:
    try:
        return parse_json(text)
    except ValueError:
        return None


def _no_model(path: Path, error: Exception) -> RecordError:
    reason = str(error).rstrip(".")
    return RecordError(f"{path} is no plainweave model ({reason}). {ANOTHER}")


def check_declared(path: Path, description: Description, declared: Mapping[str, Declared]) -> None:
    """Hold the shapes and types that a file declares to its description.

    Raises:
        RecordError: they are not those.
    """
    expected = set()
    for name, shape in _shapes(path, description):
        expected.add(name)
        given = declared[name].shape if name in declared else "nothing"
        if given != shape:
            raise _other_shape(path, name, given, shape)
    for name in sorted(declared.keys() - expected):
        raise _other_shape(path, name, declared[name].shape, "nothing")
    if "output.bias" not in declared:
        raise _no_model(path, ConfigurationError("no layer is linear"))
    dtype = _PRECISIONS.get(declared["output.bias"].type, "float32")
    for name, array in declared.items():
        free = name in (SCALE, SHIFT) and array.type in _PRECISIONS
        if not free and _PRECISIONS.get(array.type) != dtype:
            raise RecordError(
                f"{path}: {name} is of type {array.type}; expected numbers of {dtype}. {ANOTHER}"
            )


def _shapes(path: Path, description: Description) -> Iterator[tuple[str, tuple[int, ...]]]:
    try:
        yield from description.shapes()
    except UnknownPartError as error:
        raise RecordError(f"{path}: {error}") from error
    except ConfigurationError as error:
        raise _no_model(path, error) from error


def _other_shape(path: Path, name: str, given: object, expected: object) -> RecordError:
    return RecordError(
        f"{path}: {name} has shape {given}; expected {expected} by the file's own description. {ANOTHER}"
    )


def assembled(path: Path, description: Description, tensors: Mapping[str, FloatArray]) -> Model:
    """Make a model of a file's description and arrays, which have the shapes that it gives.

    Raises:
        RecordError: a number is not finite, a scale not above 0, or they do not go together.
    """
    try:
        check_numbers(tensors)
    except ValueError as error:
        raise RecordError(f"{path}: {error}. {ANOTHER}") from error
    try:
        return assemble(description, tensors)
    except PlainweaveError as error:
        raise _no_model(path, error) from error


def check_numbers(tensors: Mapping[str, FloatArray]) -> None:
    """Check that arrays hold what a model's can.

    Raises:
        ValueError: a number is not finite, or a scale not above 0.
    """
    dtype = tensors["output.bias"].dtype
    for name, value in tensors.items():
        # A scale may be finite, but not in the network's precision.
        with np.errstate(over="ignore", invalid="ignore"):
            if not np.isfinite(value.astype(dtype, copy=False)).all():
                raise ValueError(f"{name} holds numbers that are not finite {dtype}s")
        if name == SCALE and not (value > 0).all():
            raise ValueError(f"{name} holds numbers that are not above 0")


def assemble(description: Description, tensors: Mapping[str, FloatArray]) -> Model:
    """Make a model of its description and arrays of these shapes.

    Raises:
        PlainweaveError: they do not go together.
    """
    standardizer = Standardizer(description.standardize, tensors[SCALE], tensors[SHIFT])
    return Model(
        description.network(tensors),
        standardizer,
        description.class_names,
        cast(tuple[int, int] | None, description.image_shape),
        description.full_scale,
        Loss.named(description.loss),
        description.preparation,
        description.target_scale,
        description.target_name,
    )
