"""`plainweave evaluate`: a trained network on test examples."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plainweave.cli.options import DataDir
from plainweave.cli.runs import Run, load_run
from plainweave.cli.streams import note, say

if TYPE_CHECKING:
    from plainweave.data import Dataset
    from plainweave.experiments import RunRecord
    from plainweave.training import Model


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

    model, record = load_run(run)
    dataset = load_dataset(data or _name_of_data(run, record), data_dir)
    _check_data(run, model, dataset)
    if record and not record.experiment.test and record.dataset.fingerprint == dataset.fingerprint:
        note(f"{run} was trained without a test: these test examples had not been looked at before.")
    score = model.evaluate(dataset.test)
    right = model.predict(dataset.test.inputs) == dataset.test.labels
    say(f"Test accuracy in percent on {dataset.name}:")
    table = Table()
    table.add_column("class", overflow="fold")
    table.add_column("right", justify="right")
    table.add_column("examples", justify="right")
    for label, name in enumerate(model.class_names):
        of_class = dataset.test.labels == label
        share = f"{100 * right[of_class].mean():.2f}" if of_class.any() else "-"
        table.add_row(name, share, f"{np.count_nonzero(of_class):,}")
    table.add_section()
    table.add_row("all", f"{score.accuracy:.2f}", f"{len(dataset.test):,}")
    tables.show(table)
    say(f"Test loss: {score.loss:.4f}")


def _name_of_data(run: Path, record: "RunRecord | None") -> str:
    """Return the name of the data that a run was made on, as its record has it."""
    from plainweave.data import NAMES
    from plainweave.errors import DataError

    if record is None:
        raise DataError(f"{run} does not say on which data to test. Give --data.")
    name = record.dataset.name
    if name not in NAMES:  # no record says where a folder lies
        raise DataError(f"{run} was trained on your folder '{name}'. Give that folder with --data.")
    return name


def _check_data(run: Path, model: "Model", dataset: "Dataset") -> None:
    """Check that a network can be tested on data, and tell if the data have other names for its classes.

    Raises:
        DataError: the data have examples of another size, another number of classes, or the same names of
            classes in another order.
    """
    from plainweave.errors import DataError

    trained, given = (
        _examples(each.image_shape, features)
        for each, features in ((model, model.network.inputs), (dataset, dataset.features))
    )
    of_images = model.image_shape and dataset.image_shape
    if model.network.inputs != dataset.features or (of_images and trained != given):
        raise DataError(f"{run} was trained on {trained}; {dataset.name} has {given}. Give other data.")
    names = model.class_names, dataset.class_names
    if len(names[0]) != len(names[1]):
        raise DataError(
            f"{run} tells {len(names[0])} classes apart; {dataset.name} has {len(names[1])}. Give other data."
        )
    if names[0] == names[1]:
        return
    label = next(each for each in range(len(names[0])) if names[0][each] != names[1][each])
    mine, theirs = (each[label] for each in names)
    differ = f"class {label} is {mine!r} to {run} and {theirs!r} in {dataset.name}"
    if sorted(names[0]) == sorted(names[1]):
        raise DataError(f"{differ}: the same classes in another order. Put them in the same order.")
    note(f"{differ}: the names below are those it was trained with.")


def _examples(image_shape: tuple[int, int] | None, features: int) -> str:
    """Return what examples are, "28x28 images" or "30 features"."""
    if image_shape is None:
        return f"{features} features"
    return f"{image_shape[0]}x{image_shape[1]} images"
