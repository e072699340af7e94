"""Models of ONNX read: those that plainweave wrote, bit for bit, and chains of layers that others did."""

from pathlib import Path
from typing import cast

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import ModelProto, TensorProto, numpy_helper

from plainweave.arrays import FloatArray, RawArray
from plainweave.checks import instance
from plainweave.errors import RecordError
from plainweave.interop.onnx.chain import chain_of
from plainweave.interop.untold import Untold
from plainweave.storage.files import read_bounded
from plainweave.training import Model
from plainweave.training.model_description import SCALE, SHIFT
from plainweave.training.model_parts import METADATA, described, model_of

_LARGEST = 2**31  # bytes; protobuf has no larger messages


def read_proto(path: Path) -> ModelProto:
    """Read a file of ONNX; nothing but that file.

    Raises:
        RecordError: it can't be read.
    """
    try:
        return onnx.load_model_from_string(read_bounded(path, _LARGEST))
    except FileNotFoundError:
        raise RecordError(f"{path} is not there. Give a file of ONNX.") from None
    except (OSError, DecodeError, ValueError) as error:
        raise RecordError(f"{path} is no whole file of ONNX ({error}). Take another copy.") from error


def from_proto(model: ModelProto, path: Path) -> Model | Untold:
    """Return the model that a file was made of; or, where others made it, its network.

    Raises:
        RecordError: it says of itself what is not so, keeps weights in other files, or can't be read as a
            chain of layers.
    """
    instance("model", model, ModelProto, "onnx.load('model.onnx')")
    arrays = {tensor.name: _array(path, tensor) for tensor in model.graph.initializer}
    metadata = {each.key: each.value for each in model.metadata_props}
    if METADATA not in metadata:
        return chain_of(model.graph, arrays, path)
    text = metadata[METADATA]
    description = described(path, text)
    tensors: dict[str, FloatArray] = {
        name: cast(FloatArray, arrays[name])
        for name in (*description.parameters, SCALE, SHIFT)
        if name in arrays
    }
    if description.standardize in ("none", "per-image"):  # of which the graph has none
        size = 1 if description.standardize == "none" else 0
        tensors |= {SCALE: np.ones(size), SHIFT: np.zeros(size)}
    return model_of(path, text, tensors)


def _array(path: Path, tensor: TensorProto) -> RawArray:
    if tensor.data_location == TensorProto.EXTERNAL:
        raise RecordError(
            f"{path} keeps {tensor.name!r} in another file; expected all in one. Save it by onnx.save(model, "
            "path)."
        )
    try:
        array: RawArray = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError) as error:
        raise RecordError(f"{path}: {tensor.name!r} can't be read ({error}). Take another copy.") from error
    return array
