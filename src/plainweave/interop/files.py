"""Files of other forms: written by the name of a form, read by the ending of a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plainweave.checks import choice
from plainweave.data.paths import as_path
from plainweave.errors import ConfigurationError, RecordError
from plainweave.interop.arrays import arrays_file, read_arrays
from plainweave.interop.onnx import onnx_file, read_onnx
from plainweave.interop.scikit_learn import read_skops, skops_file
from plainweave.interop.state_dict import read_state_file, state_file
from plainweave.interop.untold import Untold
from plainweave.losses import Loss
from plainweave.network import Activation, Network
from plainweave.storage.files import write_where_asked
from plainweave.training import Model


@dataclass(frozen=True)
class Form:
    """A form of files.

    Attributes:
        ending: of their names.
        write: makes the bytes of a file.
        read: a file; of another program's it may tell the network alone.
        prepares_tables: whether it makes features of a table itself.
    """

    ending: str
    write: Callable[[Model | Network], bytes]
    read: Callable[[Path], Model | Untold]
    prepares_tables: bool


FORMS = {
    "onnx": Form(".onnx", onnx_file, read_onnx, prepares_tables=True),
    "torch": Form(".safetensors", state_file, read_state_file, prepares_tables=False),
    "sklearn": Form(".skops", skops_file, read_skops, prepares_tables=False),
    "npz": Form(".npz", arrays_file, read_arrays, prepares_tables=True),
}
_ENDINGS = {form.ending: name for name, form in FORMS.items()}
_PICKLES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".joblib", ".ckpt")
_OF_KERAS = (".keras", ".h5")
_ADVICE = {
    **dict.fromkeys(
        _PICKLES,
        " It may run code when it is read: with PyTorch write safetensors.torch.save_file("
        "module.state_dict(), 'model.safetensors'), with scikit-learn skops.io.dump(model, 'model.skops').",
    ),
    **dict.fromkeys(_OF_KERAS, " With Keras write model.export('model.onnx', format='onnx')."),
}


def export(path: str | Path, model: Model | Network, form: str) -> None:
    """Write a model in another form.

    Args:
        path: of the file; one that is there is replaced.
        model: as `pw.load` gives it; or a network alone.
        form: "onnx", "torch" (a state_dict as safetensors), "sklearn" (a file of skops) or "npz".

    Raises:
        ConfigurationError: there is no such form, or it can't say what the model does.
        MissingExtraError: a package is not installed that only this form needs.
        RecordError: the file can't be written, or the model's own could not be.
    """
    write_where_asked(as_path("path", path), FORMS[choice("form", form, FORMS)].write(model))


def read(
    path: str | Path,
    *,
    activation: str | Activation | Sequence[str | Activation] | None = None,
    loss: Loss | str | None = None,
    class_names: Sequence[str] | None = None,
    image_shape: tuple[int, int] | None = None,
    full_scale: float | None = None,
) -> Model:
    """Read a model from a file of another form, which its ending tells: .onnx, .safetensors, .skops or .npz.

    Args:
        path: of the file.
        activation: of every hidden layer, or a list with one for each, where a state_dict is another
            program's.
        loss: by which the network was trained, where the file does not tell it.
        class_names: of the classes in order; None for what the file tells.
        image_shape: (rows, columns) where an example is an image; None for what the file tells.
        full_scale: the value of a fully bright pixel, 1 where a network was trained on pixels from 0 to 1;
            None for what the file tells, or else 255.

    Raises:
        ConfigurationError: something is not told, or told twice.
        MissingExtraError: a package is not installed that only this form needs.
        RecordError: the file can't be read.
        ShapeError, DataError: what is told does not go together.
    """
    path = as_path("path", path)
    form = _ENDINGS.get(path.suffix.lower())
    if form is None:
        raise RecordError(
            f"{path} ends in {path.suffix or 'nothing'!r}; expected {', '.join(_ENDINGS)}."
            + _ADVICE.get(path.suffix.lower(), "")
        )
    if form == "torch":
        found = read_state_file(path, activation)
    elif activation is not None:
        raise ConfigurationError(f"activation is {activation}; expected none, for {path} tells its own.")
    else:
        found = FORMS[form].read(path)
    model = found.model(loss) if isinstance(found, Untold) else found
    told: dict[str, object] = {
        "class_names": class_names,
        "image_shape": image_shape,
        "full_scale": full_scale,
    }
    given = {name: value for name, value in told.items() if value is not None}
    if loss is not None:
        given["loss"] = Loss.named(loss)
    return replace(model, **given)  # type: ignore[arg-type]
