"""The file of a model: safetensors, data and no code, whose header says what the arrays are."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import ClassVar, cast

import numpy as np
import safetensors
from safetensors.numpy import save as serialize

from plainweave.arrays import FloatArray
from plainweave.checks import choice, instance, whole_number
from plainweave.data import STANDARDIZATIONS, Standardizer
from plainweave.data.dataset import as_full_scale, as_image_shape
from plainweave.errors import PlainweaveError, RecordError
from plainweave.network import (
    Activation,
    Linear,
    Network,
    activations_of,
    check_parameters,
    hidden_sizes,
)
from plainweave.storage.files import open_file, write_whole
from plainweave.storage.forms import Json, from_json, parse_json, short, to_json
from plainweave.training.model import Model

WEIGHTS_FILE = "weights.safetensors"  # of a model in a run's folder
LARGEST_MODEL = 2**32  # bytes of its file
_METADATA = "plainweave"
_SCALE, _SHIFT = "standardizer.scale", "standardizer.shift"
_DIVERGED = "Where training diverged, train again at a lower learning rate."
_ANOTHER = "Train again, or take another copy."
_LARGEST_HEADER = 2**20  # bytes; it describes the arrays
_PRECISIONS = {"F32": "float32", "F64": "float64"}


@dataclass(frozen=True)
class Description:
    """What a file says of its model, but for the arrays.

    Raises:
        PlainweaveError: it says what can't be.
    """

    VERSION: ClassVar[int] = 2
    inputs: int
    hidden: tuple[int, ...]
    activations: tuple[str, ...]
    class_names: tuple[str, ...]
    image_shape: tuple[int, ...] | None
    full_scale: float
    standardize: str

    def __post_init__(self) -> None:
        activations_of(hidden_sizes(self.hidden), self.activations)
        choice("standardize", self.standardize, STANDARDIZATIONS)
        as_image_shape("Model", self.image_shape, whole_number("inputs", self.inputs, at_least=1))
        as_full_scale("Model", self.full_scale)
        whole_number("the number of classes", len(self.class_names), at_least=1)

    @staticmethod
    def from_version_1(content: Mapping[str, Json]) -> dict[str, Json]:
        """Return what a file of 0.1 says, whose version is called its format."""
        return {name: value for name, value in content.items() if name != "format"}

    @classmethod
    def of(cls, model: Model) -> "Description":
        """Return what the file of a model is to say."""
        network = model.network
        return cls(
            network.inputs,
            network.hidden,
            tuple(map(str, network.activations)),
            model.class_names,
            model.image_shape,
            model.full_scale,
            model.standardizer.kind,
        )

    def shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield what every array is called and its shape, one by one: a stranger's may promise many."""
        fitted = {"all-pixels": 1, "per-pixel": self.inputs, "per-image": 0}[self.standardize]
        yield _SCALE, (fitted,)
        yield _SHIFT, (fitted,)
        sizes = [self.inputs, *self.hidden, len(self.class_names)]
        for number, (rows, columns) in enumerate(pairwise(sizes), start=1):
            layer = f"hidden_{number}" if number < len(sizes) - 1 else "output"
            yield f"{layer}.weight", (rows, columns)
            yield f"{layer}.bias", (1, columns)


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
    instance("model", model, Model, "pw.Model.of(network, parts.standardizer, dataset)")
    write_whole(Path(os.fsdecode(path)), serialized(model))


def serialized(model: Model) -> bytes:
    """Return what `save` writes.

    Raises:
        ConfigurationError: the network has been changed to what can't be one's.
        RecordError: it could not be read again.
    """
    network = model.network
    check_parameters(network)
    _check_classes(model)
    tensors = {**network.parameters, _SCALE: model.standardizer.scale, _SHIFT: model.standardizer.shift}
    try:
        text = to_json(Description.of(model), indent=None)
        from_json(Description, text)
        for name, value in tensors.items():
            _check_numbers(name, value, str(network.dtype))
    except (ValueError, PlainweaveError) as error:
        reason = str(error).rstrip(".")
        raise RecordError(f"the model can't be saved: {reason}. {_DIVERGED}") from error
    # safetensors writes the memory as it lies.
    rows = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    content: bytes = serialize(rows, {_METADATA: text})
    header = int.from_bytes(content[:8], "little")
    if header > _LARGEST_HEADER or len(content) > LARGEST_MODEL:
        raise RecordError(
            f"the model can't be saved: its file has {len(content):,} bytes, {header:,} of them a header "
            f"that names {len(network.layers):,} layers and {network.outputs:,} classes; expected at most "
            f"{LARGEST_MODEL:,} and {_LARGEST_HEADER:,}. Train a smaller network."
        )
    return content


def _check_classes(model: Model) -> None:
    """Check that no part is of a class of the user's own, which is code, and no file holds."""
    network = model.network
    parts: list[tuple[object, tuple[type, ...]]] = [
        (network, (Network,)),
        (model.standardizer, (Standardizer,)),
        *((layer, (Linear,)) for layer in network.linear),
        *((activation, tuple(Activation.registry.values())) for activation in network.activations),
    ]
    for part, known in parts:
        if type(part) not in known:
            raise RecordError(
                f"the model can't be saved: {type(part).__name__} is a class of your own, and a model file "
                f"holds no code; expected {' or '.join(kind.__name__ for kind in known)}. Save "
                "network.parameters, and make the network again in your code."
            )


def load(path: str | Path) -> Model:
    """Read a model that `save` wrote: the file, or a run's folder with its weights.

    The arrays are read once their declared shapes are those of the file's own description: the memory that
    it takes is a few times the file's size.

    Raises:
        RecordError: the file is missing, cut short, no plainweave model, its arrays do not have the
            shapes its own description gives, a number is not finite, or a scale not above 0.
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
    return _assemble(description, dtype, tensors)


def _check_numbers(name: str, value: FloatArray, dtype: str) -> None:
    # A scale may be finite, but not in the network's precision.
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(value.astype(dtype, copy=False)).all():
            raise ValueError(f"{name} holds numbers that are not finite {dtype}s")
    if name == _SCALE and not (value > 0).all():
        raise ValueError(f"{name} holds numbers that are not above 0")


def _check_header(path: Path) -> None:
    """Check the length that the header gives for itself before anything is made of it."""
    with open_file(path, LARGEST_MODEL) as (file, size):
        length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, _LARGEST_HEADER):
        most = max(min(size - 8, _LARGEST_HEADER), 0)
        raise ValueError(f"its header has {length} bytes; expected at most {most}")


def _description(path: Path, metadata: Mapping[str, str]) -> Description:
    text = metadata.get(_METADATA, "null")
    version = _version(text)
    if version not in (1, Description.VERSION):
        raise RecordError(
            f"{path} is not of plainweave's model format {Description.VERSION} (its format: "
            f"{short(version)}). Give a file that plainweave saved."
        )
    try:
        return from_json(Description, text)
    except ValueError as error:
        raise RecordError(f"{path} is no plainweave model ({error}). {_ANOTHER}") from error


def _version(text: str) -> Json:
    try:
        content = parse_json(text)
    except ValueError:
        return None
    return content.get("version", content.get("format")) if isinstance(content, dict) else None


def _check_declared(path: Path, description: Description, declared: Mapping[str, _Declared]) -> str:
    """Hold the shapes and types that the header declares to the description; return the precision."""
    expected = set()
    for name, shape in description.shapes():
        expected.add(name)
        given = declared[name].shape if name in declared else "nothing"
        if given != shape:
            raise _other_shape(path, name, given, shape)
    for name in sorted(declared.keys() - expected):
        raise _other_shape(path, name, declared[name].shape, "nothing")
    dtype = _PRECISIONS.get(declared["output.bias"].type, "float32")
    for name, array in declared.items():
        free = name in (_SCALE, _SHIFT) and array.type in _PRECISIONS
        if not free and _PRECISIONS.get(array.type) != dtype:
            raise RecordError(
                f"{path}: {name} is of type {array.type}; expected numbers of {dtype}. {_ANOTHER}"
            )
    return dtype


def _other_shape(path: Path, name: str, given: object, expected: object) -> RecordError:
    return RecordError(
        f"{path}: {name} has shape {given}; expected {expected} by the file's own description. {_ANOTHER}"
    )


def _assemble(description: Description, dtype: str, tensors: dict[str, FloatArray]) -> Model:
    names = description.class_names
    standardizer = Standardizer(description.standardize, tensors.pop(_SCALE), tensors.pop(_SHIFT))
    network = Network(
        description.inputs, description.hidden, len(names), activation=description.activations, dtype=dtype
    ).with_parameters(tensors)
    image_shape = cast(tuple[int, int] | None, description.image_shape)
    return Model(network, standardizer, names, image_shape, description.full_scale)
