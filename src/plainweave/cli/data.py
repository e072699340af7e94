"""`plainweave data`: where data sets are, and getting them."""

from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from plainweave.checks import choice
from plainweave.cli.options import Data, DataDir
from plainweave.cli.streams import say
from plainweave.cli.tables import show as show_table
from plainweave.data import DEFAULT_NAME, DIGITS, NAMES, load_dataset, locate

app = typer.Typer(help="Fetch a data set, or show what is in one.")

_Name = Annotated[str, typer.Argument(help=f"The data set: {' or '.join(NAMES)}.", metavar="[NAME]")]


@app.callback(invoke_without_command=True)
def _begin(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def fetch(name: _Name = DEFAULT_NAME, data_dir: DataDir = None) -> None:
    """Make sure that a data set is on this machine: find and check it, or download it.

    The exit code is 3 if it is not here and no mirror gives it.
    """
    if choice("the data set", name, NAMES) == DIGITS:
        say(f"{name} comes with scikit-learn: there is nothing to fetch.")
        return
    location = locate(data_dir)
    say(f"{name}: {location.folder} ({location.given_by})")


@app.command()
def show(data: Data = DEFAULT_NAME, data_dir: DataDir = None) -> None:
    """Show what a data set holds."""
    dataset = load_dataset(data, data_dir)
    shape = "x".join(map(str, dataset.image_shape or (dataset.features,))) + "x3" * (dataset.channels == 3)
    parts = {"training": dataset.train, "test": dataset.test}
    if dataset.validation is not None:
        parts["validation"] = dataset.validation
    *others, last = (f"{len(examples):,} {part}" for part, examples in parts.items())
    say(
        f"{dataset.name}: {', '.join(others)} and {last} examples of {shape} {dataset.train.inputs.dtype}"
        + ("" if dataset.is_classification else f", each with {dataset.outputs} numbers as targets")
    )
    say(f"SHA-256 of all examples: {dataset.fingerprint}")
    if not dataset.is_classification:
        return
    table = Table("label", "class", *parts)
    counts = [np.bincount(part.labels, minlength=dataset.outputs) for part in parts.values()]
    for label, name in enumerate(dataset.class_names):
        table.add_row(str(label), name, *(f"{count[label]:,}" for count in counts))
    show_table(table)
