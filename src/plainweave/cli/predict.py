"""`plainweave predict`: what is in pictures."""

from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.pictures import picture_paths, predict_pictures
from plainweave.cli.runs import Run, load_run
from plainweave.data.image_file import KINDS
from plainweave.errors import DataError


def predict(
    run: Run,
    images: Annotated[
        list[Path],
        typer.Argument(help=f"Pictures of any size, or folders of them: {KINDS}.", metavar="IMAGE"),
    ],
    background: Annotated[
        str,
        typer.Option(
            help="Of the pictures: dark, or light, which is inverted; auto tells by their corners; keep "
            "inverts nothing."
        ),
    ] = "auto",
    trim: Annotated[
        float | None,
        typer.Option(
            help="Cut each picture to the thing on its ground, and center it; it takes that share of the "
            "frame: 1, or less where there was an edge in training, as 0.71 for MNIST.",
            metavar="SHARE",
        ),
    ] = None,
) -> None:
    """Say what is in pictures: the probability of every class, most probable first, or numbers predicted.

    Of several pictures each has a line. One that can't be read does not keep the others from it; the exit
    code is 2 then.
    """
    model, _ = load_run(run)
    if model.image_shape is None:
        raise DataError(f"{run} was not trained on images; expected a network for images.")
    if predict_pictures(model, picture_paths(images), background=background, trim=trim):
        raise typer.Exit(2)
