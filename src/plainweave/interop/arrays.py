"""A model as plain NumPy arrays by name, and as an .npz file of them."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import cast

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data.npy import Array, read_npz
from plainweave.errors import DataError, RecordError
from plainweave.interop.given import as_model
from plainweave.network import Network
from plainweave.training import Model
from plainweave.training.model_file import parts_of
from plainweave.training.model_parts import METADATA, model_of


def to_arrays(model: Model | Network) -> dict[str, Array]:
    """Return the arrays of a model by name, with copies of its weights.

    These are "hidden_1.weight" (inputs, outputs) and "hidden_1.bias" (1, outputs) to "output.weight" and
    "output.bias", "scale.factor" (1, inputs) where there is one, "standardizer.scale" and
    "standardizer.shift", by which raw inputs become x = raw * scale - shift, and "plainweave", the text of a
    JSON that says all the rest.

    Raises:
        ConfigurationError: it is no model or network, a stack, or of a class of one's own.
        RecordError: a part is of a class of one's own without a name, or a number is not finite.
    """
    text, tensors = parts_of(as_model(model))
    arrays: dict[str, Array] = {name: value.copy() for name, value in tensors.items()}
    return {**arrays, METADATA: np.array(text)}


def from_arrays(arrays: Mapping[str, Array], path: str | Path = "arrays") -> Model:
    """Return the model that `to_arrays` made these arrays of, bit for bit, with copies of them.

    Args:
        arrays: by name.
        path: of the file that they come from, for messages.

    Raises:
        RecordError: they are no model's.
    """
    tensors = {name: cast(FloatArray, np.array(value)) for name, value in arrays.items() if name != METADATA}
    return model_of(Path(path), str(arrays.get(METADATA, "null")), tensors)


def arrays_file(model: Model | Network) -> bytes:
    """Return an .npz file of what `to_arrays` returns.

    Raises:
        ConfigurationError, RecordError: as of `to_arrays`.
    """
    file = BytesIO()
    np.savez(file, **to_arrays(model))  # type: ignore[arg-type]
    return file.getvalue()


def read_arrays(path: Path) -> Model:
    """Return the model of an .npz file that `arrays_file` made.

    Raises:
        RecordError: it is no such file.
    """
    try:
        arrays = read_npz(path)
    except DataError as error:
        raise RecordError(str(error)) from error
    return from_arrays(arrays, path)
