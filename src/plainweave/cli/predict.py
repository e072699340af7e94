"""`plainweave predict`: what is in pictures."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from plainweave.arrays import FloatArray
from plainweave.cli.runs import Run, has_classes, load_run
from plainweave.cli.streams import note, say
from plainweave.cli.tables import show
from plainweave.data.image import KINDS, read_image
from plainweave.errors import DataError
from plainweave.training import Model


def predict(
    run: Run,
    images: Annotated[list[Path], typer.Argument(help=f"Pictures of any size: {KINDS}.", metavar="IMAGE")],
    background: Annotated[
        str, typer.Option(help="Of the pictures: dark, or light; auto tells by their corners.")
    ] = "auto",
) -> None:
    """Say what is in pictures: the probability of every class, most probable first, or numbers predicted.

    A picture that can't be read does not keep the others from it; the exit code is 2 then.
    """
    model, _ = load_run(run)
    if model.image_shape is None:
        raise DataError(f"{run} was not trained on images; expected a network for images.")
    problems = 0
    for image in images:
        try:
            _predict(model, model.image_shape, image, background)
        except DataError as error:
            note(str(error))
            problems += 1
    if problems:
        raise typer.Exit(2)


def _predict(model: Model, shape: tuple[int, int], image: Path, background: str) -> None:
    """Print the probabilities of a picture, or what numbers are predicted of it.

    Raises:
        ConfigurationError: the background is unknown.
        DataError: the picture can't be read, or what the network gives is not finite.
    """
    of_classes = has_classes(model)
    what = "probabilities" if of_classes else "predictions"
    with np.errstate(over="ignore", invalid="ignore"):
        inputs = read_image(image, shape, full_scale=model.full_scale, background=background)
        results: FloatArray = np.ravel(
            model.probabilities(inputs) if of_classes else model.predict(inputs)
        ).astype(np.float64)
    if not np.isfinite(results).all():
        raise DataError(
            f"{image}: the {what} are not finite (the model's full scale: {model.full_scale:g}). "
            "Take another model."
        )
    say(f"{image}:")
    show(_probabilities(model, results) if of_classes else _predictions(results))


def _probabilities(model: Model, probabilities: FloatArray) -> Table:
    table = Table()
    table.add_column("class", overflow="fold")
    table.add_column("probability (%)", justify="right")
    names = model.class_names or range(len(probabilities))
    for label in np.argsort(-probabilities, kind="stable"):
        table.add_row(str(names[label]), f"{100 * probabilities[label]:.2f}")
    return table


def _predictions(predictions: FloatArray) -> Table:
    table = Table()
    table.add_column("output", justify="right")
    table.add_column("prediction", justify="right")
    for number, prediction in enumerate(predictions):
        table.add_row(str(number), f"{prediction:.6g}")
    return table
