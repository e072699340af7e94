"""`plainweave export`: a network in another form, for another program."""

from pathlib import Path
from typing import Annotated

import typer

from plainweave.checks import choice
from plainweave.cli.runs import Run, load_run
from plainweave.cli.streams import note, say
from plainweave.doing import doing
from plainweave.errors import ConfigurationError
from plainweave.interop.files import FORMS
from plainweave.interop.files import export as write

_To = Annotated[
    str,
    typer.Option(
        help="The form: onnx; torch, a state_dict as safetensors; sklearn, a file of skops; npz, plain "
        "arrays.",
        metavar="FORM",
        show_default=False,
    ),
]
_Out = Annotated[
    Path | None,
    typer.Option(
        help="The file to write; by default one named after the run, which is not there yet.", metavar="FILE"
    ),
]


def export(run: Run, to: _To, out: _Out = None) -> None:
    """Write a network in another form: for ONNX, PyTorch or scikit-learn, or as plain arrays.

    As in: plainweave export run --to onnx
    """
    form = FORMS[choice("--to", to, FORMS)]
    model, _ = load_run(run)
    path = new_file(out, Path(run.resolve().stem + form.ending))
    with doing("writing the file"):
        write(path, model, to)
    say(f"The file: {path}.")
    if model.preparation is not None and not form.prepares_tables:
        note(
            f"{path} takes the {model.preparation.features} features that pw.load({str(run)!r}).prepared("
            "table) makes of a table; --to onnx makes them itself."
        )


def new_file(out: Path | None, otherwise: Path) -> Path:
    """Return the file to write: one that is asked for, or else one that is not there yet.

    Raises:
        ConfigurationError: none is asked for, and the other is there; or what is asked for is there, and has
            the ending of another form.
    """
    if out is None and otherwise.exists():
        raise ConfigurationError(
            f"{otherwise} is there already; expected a new file. Name one by --out, or remove that one."
        )
    ending = otherwise.suffix
    if out is not None and out.is_file() and out.suffix.lower() != ending:
        raise ConfigurationError(
            f"--out {out} is there already, and does not end in {ending}; expected a new file, or one to "
            f"replace that ends in {ending}."
        )
    return out or otherwise
