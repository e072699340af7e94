"""`plainweave predict`: what is in pictures, and what the rows of tables are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.options import Json
from plainweave.cli.pictures import picture_paths
from plainweave.cli.predict_pictures import Pictures, predict_pictures
from plainweave.cli.predict_tables import predict_tables
from plainweave.cli.runs import Members, load_members
from plainweave.cli.settings import with_data
from plainweave.cli.streams import note
from plainweave.errors import ConfigurationError, DataError
from plainweave.experiments import RECORD_FILE, WEIGHTS_FILE, DataSettings

_OTHER_FORMS = (".parquet", ".feather", ".arrow", ".xlsx", ".gz")


_Files = Annotated[
    list[Path],
    typer.Argument(
        help="Pictures of any size, or folders of them; or CSV, Parquet or Feather files.", metavar="FILE"
    ),
]
_Background = Annotated[
    str,
    typer.Option(
        help="Of pictures: dark, or light, which is inverted; auto tells by their corners; keep inverts "
        "nothing."
    ),
]
_Trim = Annotated[
    float | None,
    typer.Option(
        help="Cut each picture to the thing on its ground, and center it; it takes that share of the frame: "
        "1, or less where there was an edge in training, as 0.71 for MNIST.",
        metavar="SHARE",
    ),
]
_Top = Annotated[
    int | None,
    typer.Option(
        help="How many classes to name, the most probable first; 1 by default, all of a single picture.",
        min=1,
    ),
]
_AsCsv = Annotated[
    bool, typer.Option("--csv", help="Print CSV, a line for each picture or row; of tables by default.")
]
_OutFile = Annotated[
    Path | None,
    typer.Option(
        help="A file to write the CSV to, or the JSON if it is a .json, instead of printing it.",
        metavar="FILE",
    ),
]


@with_data("delimiter", "decimal", "encoding", "header")
def predict(
    run: Members,
    files: _Files,
    background: _Background = "auto",
    trim: _Trim = None,
    top: _Top = None,
    as_csv: _AsCsv = False,
    as_json: Json = False,
    out: _OutFile = None,
    data: DataSettings = DataSettings(),  # noqa: B008
) -> None:
    """Say what is in pictures or in the rows of tables: classes with their probabilities, or numbers.

    Of tables, their own columns are printed with the predictions behind them. A file that can't be read does
    not keep the others from it; the exit code is 2 then. The seeds of an experiment, DIR/runs/ID, predict
    together: mean probabilities, or mean numbers with their 95 % intervals over seeds.
    """
    if as_csv and as_json:
        raise ConfigurationError("--csv and --json are both given; expected one of the two.")
    _check_out(out, [*files, run, run / WEIGHTS_FILE, run / RECORD_FILE])
    models = load_members(run)
    model = models[0]
    as_json = as_json or (not as_csv and out is not None and out.suffix.lower() == ".json")
    form = "json" if as_json else "csv" if as_csv or out or model.preparation else ""
    if model.preparation is not None:
        problems = predict_tables(models, files, data, top or 1, form, out)
    elif model.image_shape is not None:
        files = picture_paths(files)
        problems = predict_pictures(Pictures(models, files, background, trim), top, form, out)
    else:
        raise DataError(
            f"{run} was trained on arrays of {model.network.inputs} features; expected a network for "
            f"pictures or tables. In Python: pw.load({str(run)!r}).predict(inputs)."
        )
    if problems:
        if len(files) > 1:
            note(f"{problems} of {len(files)} files can't be predicted.")
        raise typer.Exit(2)


def _check_out(out: Path | None, files: Sequence[Path]) -> None:
    """Check that what is written takes the place of none of the files that are read."""
    if out is not None and out.suffix.lower() in _OTHER_FORMS:
        raise ConfigurationError(f"--out is {out}; expected a file for CSV or JSON.")
    for file in files:
        if out is not None and out.exists() and file.exists() and out.samefile(file):
            raise ConfigurationError(f"--out {out} is a file that is read; expected another.")
