"""PyTorch's state_dict as plain arrays, and as a safetensors file, without PyTorch."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np
from safetensors.numpy import save as serialize

from plainweave.arrays import FloatArray, as_array
from plainweave.errors import ConfigurationError, RecordError, ShapeError
from plainweave.interop.given import as_model
from plainweave.interop.modules import modules_of, text_of
from plainweave.interop.untold import Untold
from plainweave.network import Activation, Layer, Linear, Network, activations_of
from plainweave.training import Model
from plainweave.training.model_description import SCALE, SHIFT
from plainweave.training.model_file import opened, parts_of
from plainweave.training.model_parts import METADATA, described, model_of
from plainweave.training.plain import plain

_EXAMPLE = "{'0.weight': (outputs, inputs), '0.bias': (outputs,), '2.weight': ...}"


def to_state_dict(model: Model | Network) -> dict[str, FloatArray]:
    """Return the arrays of an `nn.Sequential` of a model's layers by torch's names, as "0.weight".

    Weights are (outputs, inputs), biases (outputs,), as torch has them. What the module does is said by
    `to_torch`.

    Raises:
        ConfigurationError: as of `to_torch`.
    """
    return _arrays(plain(as_model(model)))


def state_file(model: Model | Network) -> bytes:
    """Return a safetensors file of the state_dict, whose metadata say what module it is of.

    Raises:
        ConfigurationError: as of `to_torch`.
    """
    simple = plain(as_model(model))
    metadata = {
        "format": "pt",
        "module": text_of(modules_of(simple.network.layers, simple.standardizer)),
        METADATA: parts_of(simple)[0],
    }
    rows = {name: np.ascontiguousarray(value) for name, value in _arrays(simple).items()}
    content: bytes = serialize(rows, metadata)
    return content


def _arrays(simple: Model) -> dict[str, FloatArray]:
    layers = simple.network.layers
    shift = len(modules_of(layers, simple.standardizer)) - len(layers)
    arrays: dict[str, FloatArray] = {}
    for place, layer in enumerate(layers, shift):
        if isinstance(layer, Linear):
            arrays |= {f"{place}.weight": layer.weight.T, f"{place}.bias": layer.bias[0]}
    return arrays


def from_state_dict(
    arrays: Mapping[str, object], activation: str | Activation | Sequence[str | Activation] | None = None
) -> Network:
    """Return a network of linear layers with copies of these weights and biases, as torch names them.

    Layers come in the order of their names, numbers in these by their size, as in "0.weight", "2.weight",
    "10.weight", or "fc1.weight", "fc2.weight"; a layer without a bias gets one of zeros.

    Args:
        arrays: weights (outputs, inputs) and biases (outputs,), arrays or tensors.
        activation: of every layer but the last, or a list with one for each; a network of one layer needs
            none.

    Raises:
        ConfigurationError: there are arrays by other names, or the activations are unknown or not as many.
        ShapeError: the layers do not fit each other.
        DataError: one is no array of real numbers.
    """
    linear = [Linear(weight.T.copy(), bias[np.newaxis].copy()) for weight, bias in _layers(arrays)]
    if activation is None and len(linear) > 1:
        raise ConfigurationError(
            f"there are {len(linear)} linear layers, and nothing says what lies between them; expected an "
            "activation, as in relu, or one for each but the last, as in relu,tanh."
        )
    units = [layer.weight.shape[1] for layer in linear[:-1]]
    between = activations_of(units, activation or "identity")
    layers: list[Layer] = []
    for number, layer in enumerate(linear):
        layers += [layer, *between[number : number + 1]]
    return Network.of(layers)


def _layers(arrays: Mapping[str, object]) -> list[tuple[FloatArray, FloatArray]]:
    """Return the weights and biases of each layer, in order."""
    named = {name: as_array(name, value) for name, value in arrays.items()}
    stems = sorted({name.rpartition(".")[0] for name in named}, key=_natural)
    expected = {f"{stem}.{kind}" for stem in stems for kind in ("weight", "bias")}
    weights = {f"{stem}.weight" for stem in stems}
    if not stems or not weights <= named.keys() <= expected:
        raise ConfigurationError(
            f"the arrays are {', '.join(sorted(named, key=_natural)) or 'none'}; expected weights and biases "
            f"of linear layers alone, as in {_EXAMPLE}."
        )
    layers: list[tuple[FloatArray, FloatArray]] = []
    for stem in stems:
        weight = named[f"{stem}.weight"]
        bias = named.get(f"{stem}.bias", np.zeros(weight.shape[:1], weight.dtype))
        if weight.ndim != 2 or bias.shape != weight.shape[:1]:
            raise ShapeError(
                f"{stem}.weight has shape {weight.shape}, and {stem}.bias {bias.shape}; expected (outputs, "
                "inputs) and (outputs,)."
            )
        layers.append((cast(FloatArray, weight), cast(FloatArray, bias)))
    return layers


def _natural(name: str) -> list[tuple[int, str]]:
    """Return what sorts names with numbers in them by their size."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def sequential_model(path: Path, text: str, arrays: Mapping[str, FloatArray]) -> Model:
    """Return the model that a file of `state_file` holds.

    Args:
        path: of the file, for messages.
        text: the description in its metadata.
        arrays: by torch's names.

    Raises:
        RecordError: they are no model's.
        ConfigurationError, ShapeError: the arrays are not those of linear layers.
    """
    description = described(path, text)
    size = 0 if description.standardize == "per-image" else 1
    tensors: dict[str, FloatArray] = {SCALE: np.ones(size), SHIFT: np.zeros(size)}
    names = dict.fromkeys(name.rpartition(".")[0] for name in description.parameters)
    for name, (weight, bias) in zip(names, _layers(arrays), strict=False):
        tensors |= {f"{name}.weight": weight.T, f"{name}.bias": bias[np.newaxis]}
    return model_of(path, text, tensors)


def read_state_file(
    path: Path, activation: str | Activation | Sequence[str | Activation] | None = None
) -> Model | Untold:
    """Return the model of a file that `state_file` made, or the network of one that others did.

    Raises:
        RecordError: it can't be read, is a model file of plainweave's own, or has numbers of another type.
        ConfigurationError, ShapeError: as of `from_state_dict`; or the file tells its activations itself.
    """
    with opened(path, "Give a file of a state_dict.", "Take another copy.") as file:
        metadata = file.metadata() or {}
        parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        types = {part.get_dtype() for part in parts.values()}
        if not types <= {"F32", "F64"}:
            raise RecordError(
                f"{path} has numbers of type {', '.join(sorted(types))}; expected F32 or F64. Save "
                "module.float().state_dict()."
            )
        arrays = {name: file.get_tensor(name) for name in parts}
    if METADATA not in metadata:
        return Untold(from_state_dict(arrays, activation))
    if "output.bias" in arrays:
        raise RecordError(f"{path} is a model file of plainweave's already. Use it as it is.")
    if activation is not None:
        raise ConfigurationError(f"activation is {activation}; expected none, for {path} tells its own.")
    return sequential_model(path, metadata[METADATA], arrays)
