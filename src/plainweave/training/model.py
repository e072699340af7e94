"""A trained network with what it takes to use it, and its file: safetensors, data and no code."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from safetensors.numpy import save as serialize

from plainweave.arrays import FloatArray, IntArray, RawArray
from plainweave.checks import choice, instance, whole_number
from plainweave.data import STANDARDIZATIONS, Dataset, Examples, Standardizer
from plainweave.data.dataset import as_class_names, as_full_scale, as_image_shape, as_inputs
from plainweave.engine import Score, evaluate
from plainweave.errors import ConfigurationError, DataError, PlainweaveError, RecordError, ShapeError, shown
from plainweave.network import (
    ACTIVATIONS,
    Linear,
    Network,
    activations_of,
    check_parameters,
    hidden_sizes,
)
from plainweave.storage.files import open_file, write_whole
from plainweave.storage.json_data import check_form, parse_json

WEIGHTS_FILE = "weights.safetensors"  # of a model in a run's folder
_FORMAT = 1
_METADATA = "plainweave"
_SCALE, _SHIFT = "standardizer.scale", "standardizer.shift"
_DIVERGED = "Where training diverged, train again at a lower learning rate."
_ANOTHER = "Train again, or take another copy."
LARGEST_MODEL = 2**32  # bytes of its file
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
        class_names: one for each output. Numbers become text.
        image_shape: (rows, columns) where an example is an image, else None.
        full_scale: the value of a fully bright pixel.

    Raises:
        ConfigurationError: the network is a stack, or its parameters are not as its sizes say.
        ShapeError: the standardizer is of another number of features.
        DataError: there are not as many class names as outputs, one is no line of text, the image shape is
            not that of the inputs, or full_scale is no number from 0 to 1e15.
    """

    network: Network
    standardizer: Standardizer
    class_names: tuple[str, ...]
    image_shape: tuple[int, int] | None = None
    full_scale: float = 255.0

    def __post_init__(self) -> None:
        instance("network", self.network, Network, "the network that pw.fit returns")
        instance("standardizer", self.standardizer, Standardizer, "the standardizer of pw.split(examples)")
        self._check_network()
        self.standardizer.check_features(self.network.inputs)
        described = {
            "class_names": as_class_names("Model", self.class_names),
            "image_shape": as_image_shape("Model", self.image_shape, self.network.inputs),
            "full_scale": as_full_scale("Model", self.full_scale),
        }
        for name, value in described.items():
            object.__setattr__(self, name, value)
        if len(self.class_names) != self.network.classes:
            raise DataError(
                f"Model: there are {len(self.class_names)} class names; expected {self.network.classes}, one "
                "for each output of the network."
            )

    def _check_network(self) -> None:
        check_parameters(self.network)
        if self.network.stack:
            raise ConfigurationError(
                f"network is a stack of {self.network.stack[0]}; expected one network. Take one by member()."
            )

    @classmethod
    def of(cls, network: Network, standardizer: Standardizer, dataset: Dataset) -> "Model":
        """Put a network trained on a data set together with what the data set tells."""
        instance("dataset", dataset, Dataset, "pw.load_dataset('digits')")
        return cls(network, standardizer, dataset.class_names, dataset.image_shape, dataset.full_scale)

    def probabilities(self, inputs: RawArray) -> FloatArray:
        """Return class probabilities (examples, classes) of inputs as stored (examples, features).

        They may be given as anything that `Examples` takes.

        Raises:
            ShapeError: they have another number of features than the network has inputs.
            DataError: one is no finite real number, or larger than 1e15 in size.
        """
        return self.network.probabilities(self._standardized(inputs))

    def predict(self, inputs: RawArray) -> IntArray:
        """Return the most probable class (examples,) of inputs as stored (examples, features).

        Raises:
            ShapeError: they have another number of features than the network has inputs.
            DataError: one is no finite real number, or larger than 1e15 in size.
        """
        return self.network.predict(self._standardized(inputs))

    def _standardized(self, given: RawArray) -> FloatArray:
        inputs = as_inputs("inputs", given)
        self._check_features(inputs)
        return self.standardizer(inputs, self.network.dtype)

    def _check_features(self, inputs: RawArray) -> None:
        if inputs.shape[1] != self.network.inputs:
            raise ShapeError(
                f"inputs have shape {inputs.shape}; expected (examples, {self.network.inputs}), the "
                "network's inputs."
            )

    def evaluate(self, examples: Examples) -> Score:
        """Return loss and accuracy, in percent, on examples.

        Raises:
            ConfigurationError: they are no `Examples`.
            ShapeError: they have another number of features than the network has inputs.
            DataError: there are none, or a label is none of the network's classes.
        """
        instance("examples", examples, Examples, "dataset.test or pw.Examples(inputs, labels)")
        if not len(examples):
            raise DataError("there are no examples; expected at least 1.")
        self._check_features(examples.inputs)
        classes = self.network.classes
        outside = np.flatnonzero(examples.labels >= classes)
        if outside.size:
            raise DataError(
                f"example {outside[0]} has the label {examples.labels[outside[0]]}; expected 0 to "
                f"{classes - 1}, the network's classes. Give data of the classes it was trained on."
            )
        return evaluate(self.network, examples, self.standardizer)


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
        ConfigurationError: its network has been changed to what can't be a model's.
        RecordError: `load` would refuse it, or make another model of it.
    """
    network = model.network
    model._check_network()
    _check_classes(model)
    description = {
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
    text = json.dumps(description)
    try:
        _check_description(parse_json(text))
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
            f"that names {len(network.layers):,} layers and {network.classes:,} classes; expected at most "
            f"{LARGEST_MODEL:,} and {_LARGEST_HEADER:,}. Train a smaller network."
        )
    return content


def _check_classes(model: Model) -> None:
    """Check that no part is of a class of the user's own, which is code, and no file holds."""
    network = model.network
    parts: list[tuple[object, tuple[type, ...]]] = [
        (network, (Network,)),
        (model.standardizer, (Standardizer,)),
        *((layer, (Linear,)) for layer in network.layers),
        *((each, tuple(ACTIVATIONS.values())) for each in network.activations),
    ]
    for part, known in parts:
        if type(part) not in known:
            raise RecordError(
                f"the model can't be saved: {type(part).__name__} is a class of your own, and a model file "
                f"holds no code; expected {' or '.join(each.__name__ for each in known)}. Save "
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
            metadata = _description(path, file.metadata() or {})
            names = file.keys()
            dtype = _check_declared(path, metadata, {name: file.get_slice(name) for name in names})
            tensors = {name: file.get_tensor(name) for name in names}
    except FileNotFoundError:
        raise RecordError(f"{path} is not there. Give a model file or a run's folder.") from None
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise RecordError(f"{path} is no whole safetensors file ({error}). {_ANOTHER}") from error
    for name, value in tensors.items():
        try:
            _check_numbers(name, value, dtype)
        except ValueError as error:
            raise RecordError(f"{path}: {error}. {_ANOTHER}") from error
    return _assemble(metadata, dtype, tensors)


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
        _check_description(description)
    except (ValueError, PlainweaveError) as error:
        raise RecordError(f"{path} is no plainweave model ({error}). {_ANOTHER}") from error
    return description


def _check_description(description: dict[str, Any]) -> None:
    """Check what a file says of its model, before it is written and when it is read.

    Raises:
        ValueError, PlainweaveError: it is not of the form, or says what can't be.
    """
    check_form(description, _FORM)
    hidden = hidden_sizes(description["hidden"])
    activations_of(hidden, description["activations"])
    choice("standardize", description["standardize"], STANDARDIZATIONS)
    inputs = whole_number("inputs", description["inputs"], at_least=1)
    as_image_shape("Model", description["image_shape"], inputs)
    as_full_scale("Model", description["full_scale"])
    whole_number("the number of classes", len(description["class_names"]), at_least=1)


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


def _assemble(metadata: dict[str, Any], dtype: str, tensors: dict[str, FloatArray]) -> Model:
    names = metadata["class_names"]
    standardizer = Standardizer(metadata["standardize"], tensors.pop(_SCALE), tensors.pop(_SHIFT))
    network = Network(
        metadata["inputs"], metadata["hidden"], len(names), activation=metadata["activations"], dtype=dtype
    ).with_parameters(tensors)
    return Model(network, standardizer, names, metadata["image_shape"], metadata["full_scale"])
