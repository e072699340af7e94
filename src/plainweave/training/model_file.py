"""The file of a model: safetensors, data and no code, whose header says what the arrays are."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from safetensors.numpy import save as serialize

from plainweave.arrays import FloatArray
from plainweave.checks import instance
from plainweave.data import Preparation, Standardizer, TargetScale
from plainweave.data.paths import as_path
from plainweave.errors import PlainweaveError, RecordError
from plainweave.named import Named
from plainweave.network import Network, check_parameters
from plainweave.storage.files import open_file, write_where_asked
from plainweave.storage.forms import parse_json, to_json
from plainweave.training.model import Model
from plainweave.training.model_description import Description, layer_class, read_description
from plainweave.training.model_parts import (
    ANOTHER,
    METADATA,
    Declared,
    assemble,
    assembled,
    check_declared,
    check_numbers,
    described,
    tensors_of,
)

WEIGHTS_FILE = "weights.safetensors"  # of a model in a run's folder
LARGEST_MODEL = 2**32  # bytes of its file
_DIVERGED = "Where training diverged, train again at a lower learning rate."
_LARGEST_HEADER = 2**22  # bytes; it describes the arrays, and what was fitted to the columns of a table


def save(path: str | Path, model: Model) -> None:
    """Write a model into one safetensors file, from which `load` makes the same model, bit for bit.

    Raises:
        ConfigurationError: model is no `Model`, or its network has been changed to what can't be one's.
        RecordError: the file can't be written, or could not be read again.
    """
    is_estimator = hasattr(model, "to_model")
    example = "estimator.to_model()" if is_estimator else "pw.Model.of(network, parts, dataset)"
    instance("model", model, Model, example)
    write_where_asked(as_path("path", os.fsdecode(path)), serialized(model))


def serialized(model: Model) -> bytes:
    """Return what `save` writes.

    Raises:
        ConfigurationError: the network has been changed to what can't be one's.
        RecordError: it could not be read again.
    """
    text, tensors = parts_of(model)
    # safetensors writes the memory as it lies.
    rows = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    content: bytes = serialize(rows, {METADATA: text})
    _check_size(model, content)
    return content


def parts_of(model: Model) -> tuple[str, dict[str, FloatArray]]:
    """Return what every file of a model holds: its description, and its arrays by name.

    Raises:
        ConfigurationError, RecordError: as of `serialized`.
    """
    check_parameters(model.network)
    _check_parts(model)
    tensors = tensors_of(model)
    try:
        text = to_json(Description.of(model), indent=None)
        check_numbers(tensors)
        assemble(read_description(parse_json(text)), tensors)
    except (ValueError, PlainweaveError) as error:
        reason = str(error).rstrip(".")
        raise RecordError(f"the model can't be saved: {reason}. {_DIVERGED}") from error
    return text, tensors


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
    with opened(path, "Give a model file or a run's folder.", ANOTHER) as file:
        description = described(path, (file.metadata() or {}).get(METADATA, "null"))
        parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        declared = {name: Declared(tuple(part.get_shape()), part.get_dtype()) for name, part in parts.items()}
        check_declared(path, description, declared)
        tensors = {name: file.get_tensor(name) for name in declared}
    return assembled(path, description, tensors)


@contextmanager
def opened(path: Path, if_missing: str, if_damaged: str) -> Iterator[Any]:
    """Give an open safetensors file, whose header is not too long.

    Args:
        path: of the file.
        if_missing: what to do where it is not there.
        if_damaged: what to do where it can't be read, then or later.

    Raises:
        RecordError: one of these.
    """
    try:
        _check_header(path)
        with safetensors.safe_open(path, framework="numpy") as file:
            yield file
    except FileNotFoundError:
        raise RecordError(f"{path} is not there. {if_missing}") from None
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise RecordError(f"{path} is no whole safetensors file ({error}). {if_damaged}") from error


def _check_header(path: Path) -> None:
    """Check the length that the header of a safetensors file gives for itself, before anything is made of it.

    Raises:
        OSError: the file can't be read.
        ValueError: it is too long.
    """
    with open_file(path, LARGEST_MODEL) as (file, size):
        length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, _LARGEST_HEADER):
        most = max(min(size - 8, _LARGEST_HEADER), 0)
        raise ValueError(f"its header has {length} bytes; expected at most {most}")
