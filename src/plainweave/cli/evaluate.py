"""`plainweave evaluate` and `plainweave predict`: a trained network at work."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plainweave.cli.options import DataDir

if TYPE_CHECKING:
    from plainweave.training import Model

Run = Annotated[Path, typer.Argument(help="A run's folder, or its weights.safetensors.", metavar="RUN")]


def evaluate(
    run: Run,
    data: Annotated[
        str | None,
        typer.Option(
            help="Other data to test on: a name or a folder; the data of the run by default.",
            metavar="NAME_OR_DIR",
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Test a trained network: its accuracy over all test examples, and for each class."""
    import numpy as np
    from rich.table import Table

    from plainweave.cli import tables
    from plainweave.data import load_dataset

    model = _model(run)
    dataset = load_dataset(data or _dataset_of(run), data_dir)
    score = model.evaluate(dataset.test)
    right = model.predict(dataset.test.inputs) == dataset.test.labels
    table = Table("class", title=f"Test accuracy in percent on {dataset.name}")
    table.add_column("right", justify="right")
    table.add_column("examples", justify="right")
    for label, name in enumerate(dataset.class_names):
        of_class = dataset.test.labels == label
        share = f"{100 * right[of_class].mean():.2f}" if of_class.any() else "-"
        table.add_row(name, share, f"{np.count_nonzero(of_class):,}")
    table.add_section()
    table.add_row("all", f"{score.accuracy:.2f}", f"{len(dataset.test):,}")
    tables.show(table)
    typer.echo(f"Test loss: {score.loss:.4f}")


def predict(
    run: Run,
    images: Annotated[list[Path], typer.Argument(help="Pictures of any size: PNG, JPEG, GIF, WebP or BMP.")],
    background: Annotated[
        str,
        typer.Option(
            help="Of the pictures: dark, as in Fashion-MNIST, or light; auto tells by their corners."
        ),
    ] = "auto",
) -> None:
    """Say what is in pictures: the probability of every class, most probable first."""
    import numpy as np
    from rich.table import Table

    from plainweave.cli import tables
    from plainweave.data import read_image
    from plainweave.errors import DataError

    model = _model(run)
    if model.image_shape is None:
        raise DataError(f"{run} was not trained on images; expected a network for images.")
    for image in images:
        inputs = read_image(image, model.image_shape, full_scale=model.full_scale, background=background)
        probabilities = model.probabilities(inputs)[0]
        table = Table("class", title=str(image))
        table.add_column("probability (%)", justify="right")
        for label in np.argsort(-probabilities, kind="stable"):
            table.add_row(model.class_names[label], f"{100 * probabilities[label]:.2f}")
        tables.show(table)


def _model(run: Path) -> "Model":
    from plainweave.experiments import WEIGHTS_FILE
    from plainweave.training import load

    return load(run / WEIGHTS_FILE if run.is_dir() else run)


def _dataset_of(run: Path) -> str:
    """Return the name of the data that a run was made on, as its record has it."""
    from plainweave.data import NAMES
    from plainweave.errors import DataError
    from plainweave.experiments import read_run

    if not run.is_dir():
        raise DataError(f"{run} is a file and does not say on which data to test. Give --data.")
    name = read_run(run).dataset.name
    if name not in NAMES:  # no record says where a folder lies
        raise DataError(f"{run} was trained on your folder '{name}'. Give that folder with --data.")
    return name
