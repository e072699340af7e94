"""The file of a model: safetensors, data and no code, whose header says what the arrays are."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import safetensors
from safetensors.numpy import save as serialize

from plainweave.arrays import FloatArray
from plainweave.checks import instance
from plainweave.data import Preparation, Standardizer, TargetScale
from plainweave.errors import ConfigurationError, PlainweaveError, RecordError
from plainweave.losses import Loss
from plainweave.named import Named
from plainweave.network import Network, check_parameters
from plainweave.storage.files import open_file, write_whole
from plainweave.storage.forms import Json, parse_json, short, to_json
from plainweave.training.model import Model
from plainweave.training.model_description import (
    SCALE,
    SHIFT,
    Description,
    UnknownPartError,
    layer_class,
    read_description,
    version_of,
)

WEIGHTS_FILE = "weights.safetensors"  # of a model in a run's folder
LARGEST_MODEL = 2**32  # bytes of its file
_METADATA = "plainweave"
_DIVERGED = "Where training diverged, train again at a lower learning rate."
_ANOTHER = "Train again, or take another copy."
_LARGEST_HEADER = 2**22  # bytes; it describes the arrays, and what was fitted to the columns of a table
_PRECISIONS = {"F32": "float32", "F64": "float64"}


@dataclass(frozen=True)
class _Declared:
    """What safetensors says of an array before it is read."""

    shape: tuple[int, ...]
    type: str


def save(path: str | Path, model: Model) -> None:
    """Write a model into one safetensors file, from which `load` makes the same model, bit for bit.

    Raises:
        ConfigurationError: model is no `Model`, or its network has been changed to what can't be one's.
        RecordError: the file can't be written, or could not be read again.
    """
    is_estimator = hasattr(model, "to_model")
    example = "estimator.to_model()" if is_estimator else "pw.Model.of(network, parts, dataset)"
    instance("model", model, Model, example)
    write_whole(Path(os.fsdecode(path)), serialized(model))


def serialized(model: Model) -> bytes:
    """Return what `save` writes.

    Raises:
        ConfigurationError: the network has been changed to what can't be one's.
        RecordError: it could not be read again.
    """
    network = model.network
    check_parameters(network)
    _check_parts(model)
    dtype = network.dtype.name
    tensors = {**network.parameters, SCALE: model.standardizer.scale, SHIFT: model.standardizer.shift}
    try:
        text = to_json(Description.of(model), indent=None)
        for name, value in tensors.items():
            _check_numbers(name, value, dtype)
        _assemble(read_description(parse_json(text)), tensors)
    except (ValueError, PlainweaveError) as error:
        reason = str(error).rstrip(".")
        raise RecordError(f"the model can't be saved: {reason}. {_DIVERGED}") from error
    # safetensors writes the memory as it lies.
    rows = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    content: bytes = serialize(rows, {_METADATA: text})
    _check_size(model, content)
    return content


def _check_size(model: Model, content: bytes) -> None:
    """Check that a file is not larger than what is read.

    Raises:
        RecordError: it is.
    """
    header = int.from_bytes(content[:8], "little")
    if header <= _LARGEST_HEADER and len(content) <= LARGEST_MODEL:
        return
    columns = fewer = ""
    if model.preparation is not None:
        columns = f", and prepares {len(model.preparation.columns):,} columns"
        fewer = ", or one of fewer columns"
    raise RecordError(
        f"the model can't be saved: its file has {len(content):,} bytes, {header:,} of them a header that "
        f"names {len(model.network.layers):,} layers and {len(model.class_names):,} classes{columns}; "
        f"expected at most {LARGEST_MODEL:,} and {_LARGEST_HEADER:,}. Train a smaller network{fewer}."
    )


def _check_parts(model: Model) -> None:
    """Check that a file can tell every part: a class of the user's own is code, of which it holds the name.

    Raises:
        RecordError: one has no name, or is of another class than what a model has.
    """
    known_parts = (
        *((model.network, Network), (model.standardizer, Standardizer)),
        *((model.preparation, Preparation), (model.target_scale, TargetScale)),
    )
    for part, known in known_parts:
        if part is not None and type(part) is not known:
            raise RecordError(
                f"the model can't be saved: {type(part).__name__} is a class of your own, and a model file "
                f"holds no code; expected {known.__name__}. Save network.parameters, and make the network "
                "again in your code."
            )
    for layer in model.network.layers:
        if not layer.can_be_named() or layer_class(str(layer)) is not type(layer):
            raise _nameless(layer)
    if not model.loss.can_be_named():
        raise _nameless(model.loss)


def _nameless(part: Named) -> RecordError:
    kind = type(part).__name__
    known = part.registry.get(part.name)
    if known is not None and known.__qualname__ == type(part).__qualname__ and known is not type(part):
        return RecordError(
            f"the model can't be saved: the class {kind} was defined anew since the model's {part.family} "
            "was made, and a file holds the name alone; expected one of the new class. Put "
            f"{kind}(...) in its place."
        )
    return RecordError(
        f"the model can't be saved: {kind} has no name that a file could hold in its place; expected a part "
        f"that a text makes again. Give the class a `name` of its own, as in "
        f'name = "{kind.lower()}", and make its settings the fields of a frozen dataclass.'
    )


def load(path: str | Path) -> Model:
    """Read a model that `save` wrote: the file, or a run's folder with its weights.

    The arrays are read once their declared shapes are those of the file's own description: the memory that
    it takes is a few times the file's size.

    Raises:
        RecordError: the file is missing, cut short, no plainweave model, its arrays do not have the
            shapes its own description gives, a number is not finite, or a scale not above 0; or a part of its
            is of a class of the user's own that is not defined here.
    """
    path = Path(os.fsdecode(path))
    if path.is_dir():
        if not (path / WEIGHTS_FILE).is_file():
            raise RecordError(f"{path} holds no {WEIGHTS_FILE}. Give a model file or a run's folder.")
        path /= WEIGHTS_FILE
    try:
        _check_header(path)
        with safetensors.safe_open(path, framework="numpy") as file:
            description = _description(path, file.metadata() or {})
            parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            declared = {
                name: _Declared(tuple(part.get_shape()), part.get_dtype()) for name, part in parts.items()
            }
            dtype = _check_declared(path, description, declared)
            tensors = {name: file.get_tensor(name) for name in declared}
    except FileNotFoundError:
        raise RecordError(f"{path} is not there. Give a model file or a run's folder.") from None
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise RecordError(f"{path} is no whole safetensors file ({error}). {_ANOTHER}") from error
    for name, value in tensors.items():
        try:
            _check_numbers(name, value, dtype)
        except ValueError as error:
            raise RecordError(f"{path}: {error}. {_ANOTHER}") from error
    try:
        return _assemble(description, tensors)
    except PlainweaveError as error:
        raise _no_model(path, error) from error


def _check_numbers(name: str, value: FloatArray, dtype: str) -> None:
    # A scale may be finite, but not in the network's precision.
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(value.astype(dtype, copy=False)).all():
            raise ValueError(f"{name} holds numbers that are not finite {dtype}s")
    if name == SCALE and not (value > 0).all():
        raise ValueError(f"{name} holds numbers that are not above 0")


def _check_header(path: Path) -> None:
    """Check the length that the header gives for itself before anything is made of it."""
    with open_file(path, LARGEST_MODEL) as (file, size):
        length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, _LARGEST_HEADER):
        most = max(min(size - 8, _LARGEST_HEADER), 0)
        raise ValueError(f"its header has {length} bytes; expected at most {most}")


def _description(path: Path, metadata: Mapping[str, str]) -> Description:
    content = _content(metadata.get(_METADATA, "null"))
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
    return RecordError(f"{path} is no plainweave model ({reason}). {_ANOTHER}")


def _check_declared(path: Path, description: Description, declared: Mapping[str, _Declared]) -> str:
    """Hold the shapes and types that the header declares to the description; return the precision."""
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
                f"{path}: {name} is of type {array.type}; expected numbers of {dtype}. {_ANOTHER}"
            )
    return dtype


def _shapes(path: Path, description: Description) -> Iterator[tuple[str, tuple[int, ...]]]:
    try:
        yield from description.shapes()
    except UnknownPartError as error:
        raise RecordError(f"{path}: {error}") from error
    except ConfigurationError as error:
        raise _no_model(path, error) from error


def _other_shape(path: Path, name: str, given: object, expected: object) -> RecordError:
    return RecordError(
        f"{path}: {name} has shape {given}; expected {expected} by the file's own description. {_ANOTHER}"
    )


def _assemble(description: Description, tensors: Mapping[str, FloatArray]) -> Model:
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
