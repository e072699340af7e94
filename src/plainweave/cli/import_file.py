"""`plainweave import`: a network of another program's file, as a model file."""

from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.export import new_file
from plainweave.cli.options import Ids
from plainweave.cli.streams import say, shell_word
from plainweave.errors import ConfigurationError
from plainweave.interop.files import read
from plainweave.training import save

_File = Annotated[
    Path,
    typer.Argument(
        help="A file of ONNX (.onnx), of a state_dict (.safetensors), of skops (.skops), or of plain arrays "
        "that export wrote (.npz).",
        metavar="FILE",
    ),
]
_Out = Annotated[
    Path | None,
    typer.Option(
        help="The model file to write; by default model.safetensors, if it is not there yet.", metavar="FILE"
    ),
]
_Activation = Annotated[
    Ids | None,
    typer.Option(
        help="Of a state_dict: what follows each layer but the last, as in relu, or relu,tanh.",
        metavar="NAMES",
        parser=Ids.parse,
    ),
]
_Loss = Annotated[
    str | None, typer.Option(help="What it was trained by, where the file does not tell.", metavar="LOSS")
]
_Classes = Annotated[
    Ids | None,
    typer.Option(help="The classes in order, as in cat,dog.", metavar="NAMES", parser=Ids.parse),
]
_ImageShape = Annotated[
    str | None,
    typer.Option(help="Rows and columns, where an example is an image, as in 28x28.", metavar="SHAPE"),
]
_FullScale = Annotated[
    float | None,
    typer.Option(
        help="The value of a fully bright pixel in training: 255 by default, or 1 of pixels from 0 to 1.",
        show_default=False,
    ),
]


def import_file(
    file: _File,
    activation: _Activation = None,
    loss: _Loss = None,
    classes: _Classes = None,
    image_shape: _ImageShape = None,
    full_scale: _FullScale = None,
    out: _Out = None,
) -> None:
    """Make a model file of another program's network, for predict, evaluate and pw.load.

    As in: plainweave import net.safetensors --activation relu --loss softmax
    """
    if out is not None and out.exists() and file.exists() and out.samefile(file):
        raise ConfigurationError(f"--out {out} is the file that is read; expected another.")
    path = new_file(out, Path("model.safetensors"))
    model = read(
        file,
        activation=activation if activation is None or len(activation) > 1 else activation[0],
        loss=loss,
        class_names=classes,
        image_shape=None if image_shape is None else _shape(image_shape),
        full_scale=full_scale,
    )
    save(path, model)
    say(f"The model: {path}, {model.network}. Use it: plainweave evaluate {shell_word(path)}")


def _shape(text: str) -> tuple[int, int]:
    sizes = text.lower().split("x")
    if len(sizes) != 2 or not all(size.isdecimal() for size in sizes):
        raise ConfigurationError(f"--image-shape is {text!r}; expected rows and columns, as in 28x28.")
    rows, columns = map(int, sizes)
    return rows, columns
