"""`plainweave data`: where data sets are, and getting them."""

from typing import Annotated

import typer

from plainweave.cli.options import Data, DataDir
from plainweave.cli.streams import say

app = typer.Typer(help="Fetch a data set, or show what is in one.")

_Name = Annotated[str, typer.Argument(help="The data set: fashion-mnist or digits.", metavar="[NAME]")]


@app.callback(invoke_without_command=True)
def _begin(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def fetch(name: _Name = "fashion-mnist", data_dir: DataDir = None) -> None:
    """Make sure that a data set is on this machine: find and check it, or download it.

    The exit code is 3 if it is not here and no mirror gives it.
    """
    from plainweave.checks import choice
    from plainweave.data import DIGITS, NAMES, locate

    if choice("the data set", name, NAMES) == DIGITS:
        say("digits comes with scikit-learn: there is nothing to fetch.")
        return
    location = locate(data_dir)
    say(f"fashion-mnist: {location.folder} ({location.given_by})")


@app.command()
def show(data: Data = "fashion-mnist", data_dir: DataDir = None) -> None:
    """Show what a data set holds."""
    import numpy as np
    from rich.table import Table

    from plainweave.cli import tables
    from plainweave.data import load_dataset

    dataset = load_dataset(data, data_dir)
    shape = "x".join(map(str, dataset.image_shape or (dataset.features,)))
    say(
        f"{dataset.name}: {len(dataset.train):,} training and {len(dataset.test):,} test examples of "
        f"{shape} {dataset.train.inputs.dtype}"
    )
    say(f"SHA-256 of all examples: {dataset.fingerprint}")
    table = Table("label", "class", "training", "test")
    counts = [
        np.bincount(part.labels, minlength=len(dataset.class_names)) for part in (dataset.train, dataset.test)
    ]
    for label, name in enumerate(dataset.class_names):
        table.add_row(str(label), name, *(f"{count[label]:,}" for count in counts))
    tables.show(table)
