"""Models of ONNX, made of models, and models made of them."""

from pathlib import Path
from typing import TYPE_CHECKING

from plainweave.extras import need
from plainweave.interop.untold import Untold
from plainweave.losses import Loss
from plainweave.network import Network
from plainweave.training import Model

if TYPE_CHECKING:
    import onnx


def to_onnx(model: Model | Network) -> "onnx.ModelProto":
    """Return a model of ONNX that predicts as a model does, with all preparation inside.

    Inputs are the user's own: `X` (examples, features) of arrays, of pixels as stored, and of tables of
    numbers; of other tables one input (rows, 1) for each column by its name, numbers of float64 and texts.
    Outputs are `label` and `probabilities` of classes, and `variable` of numbers. Weights are of float32; the
    opset is 11, that of ai.onnx.ml 2, the version of the file 6: those of ONNX 1.6.

    Raises:
        MissingExtraError: the package onnx is not installed.
        ConfigurationError: it is a stack, a part is of a class of one's own, or a column has a name that
            can't be an input's.
        RecordError: a number is not finite.
    """
    need("onnx")
    from plainweave.interop.onnx.writing import written

    return written(model)


def from_onnx(model: "onnx.ModelProto", loss: Loss | str | None = None) -> Model:
    """Return the model that a model of ONNX holds.

    One that `to_onnx` made gives all back, weights in float32. Of others chains are read: Gemm, or MatMul and
    Add, with constant weights, activations between them, Softmax, LogSoftmax or Sigmoid at the end.

    Args:
        model: as `onnx.load` gives it.
        loss: by which the network was trained, where nothing at the end of a chain tells it.

    Raises:
        MissingExtraError: the package onnx is not installed.
        ConfigurationError: nothing tells the loss, or it is none.
        RecordError: it can't be read.
    """
    need("onnx")
    from plainweave.interop.onnx.reading import from_proto

    found = from_proto(model, Path("the model of ONNX"))
    return found.model(loss) if isinstance(found, Untold) else found


def onnx_file(model: Model | Network) -> bytes:
    """Return the file of what `to_onnx` returns.

    Raises:
        MissingExtraError, ConfigurationError, RecordError: as of `to_onnx`.
    """
    content: bytes = to_onnx(model).SerializeToString()
    return content


def read_onnx(path: Path) -> Model | Untold:
    """Return the model of a file of ONNX, or its network, where others wrote it.

    Raises:
        MissingExtraError: the package onnx is not installed.
        RecordError: it can't be read.
    """
    need("onnx")
    from plainweave.interop.onnx.reading import from_proto, read_proto

    return from_proto(read_proto(path), path)
