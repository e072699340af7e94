"""A trained network with what it takes to use it, and its file: safetensors, data and no code."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from safetensors.numpy import save as serialize

from plainweave.arrays import FloatArray, IntArray, RawArray
from plainweave.checks import choice, whole_number
from plainweave.data import STANDARDIZATIONS, Dataset, Examples, Standardizer
from plainweave.engine import Score, evaluate
from plainweave.errors import DataError, PlainweaveError, RecordError, shown
from plainweave.files import open_file, write_whole
from plainweave.json_data import check_form, parse_json
from plainweave.network import Network, activations_of, hidden_sizes

_FORMAT = 1
_METADATA = "plainweave"
_SCALE, _SHIFT = "standardizer.scale", "standardizer.shift"
_ANOTHER = "Train again, or take another copy."
_LARGEST_FILE = 2**32  # bytes
_LARGEST_HEADER = 2**20  # bytes; it describes the arrays
_PRECISIONS = {"F32": "float32", "F64": "float64"}
_FORM = {
    "format": int,
    "inputs": int,
    "hidden": [int],
    "activations": [str],
    "class_names": [str],
    "image_shape": (None, [int]),
    "full_scale": float,
    "standardize": str,
}


@dataclass(frozen=True)
class Model:
    """One network, how its inputs are standardized, and what its classes are called.

    Attributes:
        network: one network, no stack.
        standardizer: as fitted on the training part.
        class_names: one for each output.
        image_shape: (rows, columns) where an example is an image, else None.
        full_scale: the value of a fully bright pixel.
    """

    network: Network
    standardizer: Standardizer
    class_names: tuple[str, ...]
    image_shape: tuple[int, int] | None = None
    full_scale: float = 255.0

    @classmethod
    def of(cls, network: Network, standardizer: Standardizer, dataset: Dataset) -> "Model":
        """Put a network trained on a data set together with what the data set tells."""
        return cls(network, standardizer, dataset.class_names, dataset.image_shape, dataset.full_scale)

    def probabilities(self, inputs: RawArray) -> FloatArray:
        """Return class probabilities (examples, classes) of inputs as stored (examples, features)."""
        return self.network.probabilities(self.standardizer(inputs, self.network.dtype))

    def predict(self, inputs: RawArray) -> IntArray:
        """Return the most probable class (examples,) of inputs as stored (examples, features)."""
        return self.network.predict(self.standardizer(inputs, self.network.dtype))

    def evaluate(self, examples: Examples) -> Score:
        """Return loss and accuracy, in percent, on examples.

        Raises:
            ShapeError: they have another number of features than the network has inputs.
            DataError: a label is none of the network's classes.
        """
        classes = self.network.classes
        outside = np.flatnonzero((examples.labels < 0) | (examples.labels >= classes))
        if outside.size:
            raise DataError(
                f"example {outside[0]} has the label {examples.labels[outside[0]]}; expected 0 to "
                f"{classes - 1}, the network's classes. Give data of the classes it was trained on."
            )
        return evaluate(self.network, examples, self.standardizer)


def save(path: str | Path, model: Model) -> None:
    """Write a model into one safetensors file.

    Raises:
        RecordError: the file can't be written.
    """
    write_whole(Path(path), serialized(model))


def serialized(model: Model) -> bytes:
    """Return a model as `save` writes it."""
    network = model.network
    metadata = {
        "format": _FORMAT,
        "inputs": network.inputs,
        "hidden": network.hidden,
        "activations": [str(each) for each in network.activations],
        "class_names": model.class_names,
        "image_shape": model.image_shape,
        "full_scale": model.full_scale,
        "standardize": model.standardizer.kind,
    }
    tensors = {
        **network.parameters,
        _SCALE: model.standardizer.scale,
        _SHIFT: model.standardizer.shift,
    }
    return serialize(tensors, {_METADATA: json.dumps(metadata)})


def load(path: str | Path) -> Model:
    """Read a model that `save` wrote.

    The arrays are read once their declared shapes are those of the file's own description: the memory that
    it takes is a few times the file's size.

    Raises:
        RecordError: the file is missing, cut short, no plainweave model, its arrays do not have the
            shapes its own description gives, or a number is not finite.
    """
    path = Path(path)
    try:
        _check_header(path)
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = _description(path, file.metadata() or {})
            names = file.keys()
            dtype = _check_declared(path, metadata, {name: file.get_slice(name) for name in names})
            tensors = {name: file.get_tensor(name) for name in names}
    except FileNotFoundError:
        raise RecordError(f"{path} is not there. Give a model file or a run's folder.") from None
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise RecordError(f"{path} is no whole safetensors file ({error}). {_ANOTHER}") from error
    for name, value in tensors.items():
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # a scale may be finite, but not in the network's precision
            if not np.isfinite(value.astype(dtype, copy=False)).all():
                raise RecordError(f"{path}: {name} holds numbers that are not finite {dtype}s. {_ANOTHER}")
    return _assemble(path, metadata, dtype, tensors)


def _check_header(path: Path) -> None:
    """Check the length that the header gives for itself before anything is made of it."""
    with open_file(path, _LARGEST_FILE) as (file, size):
        length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, _LARGEST_HEADER):
        most = max(min(size - 8, _LARGEST_HEADER), 0)
        raise ValueError(f"its header has {length} bytes; expected at most {most}")


def _description(path: Path, metadata: dict[str, str]) -> dict[str, Any]:
    try:
        description: dict[str, Any] = parse_json(metadata.get(_METADATA, "null"))
    except ValueError:
        description = {}
    given = description.get("format") if isinstance(description, dict) else None
    if given != _FORMAT:
        raise RecordError(
            f"{path} is not of plainweave's model format {_FORMAT} (its format: {shown(given)}). "
            "Give a file that plainweave saved."
        )
    try:
        check_form(description, _FORM)
        hidden = hidden_sizes(description["hidden"])
        activations_of(hidden, description["activations"])
        choice("standardize", description["standardize"], STANDARDIZATIONS)
        _check_image(description["image_shape"], whole_number("inputs", description["inputs"], at_least=1))
        whole_number("the number of classes", len(description["class_names"]), at_least=1)
    except (ValueError, PlainweaveError) as error:
        raise RecordError(f"{path} is no plainweave model ({error}). {_ANOTHER}") from error
    return description


def _check_image(shape: list[int] | None, inputs: int) -> None:
    if shape is not None and (len(shape) != 2 or math.prod(shape) != inputs):
        raise ValueError(f"images are {shape}; expected rows and columns of {inputs} pixels, the inputs")


def _check_declared(path: Path, metadata: dict[str, Any], declared: dict[str, Any]) -> str:
    """Hold the shapes and types that the header declares to the description; return the precision."""
    given = {name: tuple(each.get_shape()) for name, each in declared.items()}
    wanted = set()
    for name, shape in _shapes(metadata):
        wanted.add(name)
        if given.get(name) != shape:
            raise _other_shape(path, name, given.get(name, "nothing"), shape)
    for name in sorted(given.keys() - wanted):
        raise _other_shape(path, name, given[name], "nothing")
    types = {name: each.get_dtype() for name, each in declared.items()}
    dtype = _PRECISIONS.get(types["output.bias"], "float32")
    for name, each in types.items():
        free = name in (_SCALE, _SHIFT) and each in _PRECISIONS
        if not free and _PRECISIONS.get(each) != dtype:
            raise RecordError(f"{path}: {name} is of type {each}; expected numbers of {dtype}. {_ANOTHER}")
    return dtype


def _shapes(metadata: dict[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield what every array is called and its shape, by the description, one by one: it may promise many."""
    inputs = metadata["inputs"]
    fitted = {"all-pixels": 1, "per-pixel": inputs, "per-image": 0}[metadata["standardize"]]
    yield _SCALE, (fitted,)
    yield _SHIFT, (fitted,)
    sizes = [inputs, *metadata["hidden"], len(metadata["class_names"])]
    for number, (rows, columns) in enumerate(pairwise(sizes), start=1):
        layer = f"hidden_{number}" if number < len(sizes) - 1 else "output"
        yield f"{layer}.weight", (rows, columns)
        yield f"{layer}.bias", (1, columns)


def _other_shape(path: Path, name: str, given: object, wanted: object) -> RecordError:
    return RecordError(
        f"{path}: {name} has shape {given}; expected {wanted} by the file's own description. {_ANOTHER}"
    )


def _assemble(path: Path, metadata: dict[str, Any], dtype: str, tensors: dict[str, FloatArray]) -> Model:
    names, shape = tuple(metadata["class_names"]), metadata["image_shape"]
    standardizer = Standardizer(metadata["standardize"], tensors.pop(_SCALE), tensors.pop(_SHIFT))
    network = Network(
        metadata["inputs"], metadata["hidden"], len(names), activation=metadata["activations"], dtype=dtype
    ).with_parameters(tensors)
    return Model(
        network,
        standardizer,
        names,
        None if shape is None else (shape[0], shape[1]),
        float(metadata["full_scale"]),
    )
