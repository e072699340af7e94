"""A trained network with what it takes to use it, and its file: safetensors, data and no code."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from safetensors.numpy import save as serialize

from plainweave.arrays import FloatArray, IntArray, RawArray
from plainweave.checks import whole_number
from plainweave.data import Dataset, Examples, Standardizer
from plainweave.engine import Score, evaluate
from plainweave.errors import DataError, PlainweaveError, RecordError
from plainweave.files import write_whole
from plainweave.network import Network

_FORMAT = 1
_METADATA = "plainweave"
_SCALE, _SHIFT = "standardizer.scale", "standardizer.shift"
_ANOTHER = "Train again, or take another copy."


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
    write_whole(Path(path), serialize(tensors, {_METADATA: json.dumps(metadata)}))


def load(path: str | Path) -> Model:
    """Read a model that `save` wrote.

    Raises:
        RecordError: the file is missing, cut short, no plainweave model, or its arrays do not have the
            shapes its own description gives.
    """
    tensors, metadata = _read(Path(path))
    try:
        network = Network(
            metadata["inputs"],
            metadata["hidden"],
            len(metadata["class_names"]),
            activation=metadata["activations"],
            dtype=tensors["output.bias"].dtype,
        )
        model = Model(
            network,
            Standardizer(metadata["standardize"], tensors.pop(_SCALE), tensors.pop(_SHIFT)),
            tuple(str(name) for name in metadata["class_names"]),
            _image_shape(metadata["image_shape"]),
            float(metadata["full_scale"]),
        )
    except (KeyError, TypeError, ValueError, PlainweaveError) as error:
        raise RecordError(f"{path} is no plainweave model ({error}). {_ANOTHER}") from error
    _check_shapes(Path(path), network, tensors)
    _check_inputs(Path(path), model)
    return Model(
        network.with_parameters(tensors),
        model.standardizer,
        model.class_names,
        model.image_shape,
        model.full_scale,
    )


def _read(path: Path) -> tuple[dict[str, FloatArray], dict[str, Any]]:
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = json.loads((file.metadata() or {}).get(_METADATA, "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (FileNotFoundError, IsADirectoryError):
        raise RecordError(f"{path} is not there. Give a model file or a run's folder.") from None
    except (safetensors.SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:
        raise RecordError(f"{path} is no whole safetensors file ({error}). {_ANOTHER}") from error
    if not isinstance(metadata, dict) or metadata.get("format") != _FORMAT:
        given = metadata.get("format") if isinstance(metadata, dict) else None
        raise RecordError(
            f"{path} is not of plainweave's model format {_FORMAT} (its format: {given}). "
            "Give a file that plainweave saved."
        )
    return tensors, metadata


def _image_shape(given: Any) -> tuple[int, int] | None:
    if given is None:
        return None
    rows, columns = (whole_number("image_shape", side, at_least=1) for side in given)
    return rows, columns


def _check_shapes(path: Path, network: Network, tensors: dict[str, FloatArray]) -> None:
    expected = network.parameters
    for name in sorted(expected.keys() | tensors.keys()):
        given = tensors[name].shape if name in tensors else "nothing"
        wanted = expected[name].shape if name in expected else "nothing"
        if given != wanted:
            raise RecordError(
                f"{path}: {name} has shape {given}; expected {wanted} by the file's own description. "
                f"{_ANOTHER}"
            )
        if tensors[name].dtype != network.dtype or not np.isfinite(tensors[name]).all():
            raise RecordError(
                f"{path}: {name} holds numbers that are not finite {network.dtype}s. {_ANOTHER}"
            )


def _check_inputs(path: Path, model: Model) -> None:
    """Check that standardizer and image go with the number of inputs."""
    scale, inputs = model.standardizer.scale, model.network.inputs
    sizes = {"all-pixels": 1, "per-pixel": inputs, "per-image": 0}
    wanted = (sizes.get(model.standardizer.kind),)
    if scale.shape != wanted or model.standardizer.shift.shape != wanted:
        raise RecordError(
            f"{path}: the standardizer {model.standardizer.kind!r} has shape {scale.shape}; "
            f"expected {wanted}. {_ANOTHER}"
        )
    if model.image_shape is not None and math.prod(model.image_shape) != inputs:
        raise RecordError(
            f"{path}: images are {model.image_shape}; expected {inputs} pixels, the network's inputs. "
            f"{_ANOTHER}"
        )
