"""`plainweave data`: where data sets are, and getting them."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import typer

from plainweave.checks import choice
from plainweave.cli.house import HouseCommand, HouseGroup
from plainweave.cli.options import DataDir, Given, with_argument
from plainweave.cli.settings import with_data
from plainweave.cli.streams import say
from plainweave.cli.table_columns import columns_of
from plainweave.cli.tables import new_table
from plainweave.cli.tables import show as show_table
from plainweave.data import DEFAULT_NAME, DIGITS, NAMES, Dataset, Examples, locate
from plainweave.doing import doing
from plainweave.experiments import DataSettings

app = typer.Typer(cls=HouseGroup, help="Fetch a data set, or show what is in one.")

_Name = Annotated[
    str,
    typer.Argument(
        help=f"The data set: {' or '.join(NAMES)}.", metavar="NAME", autocompletion=lambda: [*NAMES]
    ),
]


@app.callback(invoke_without_command=True)
def _begin(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command(cls=HouseCommand)
def fetch(name: _Name = DEFAULT_NAME, data_dir: DataDir = None) -> None:
    """Make sure that a data set is on this machine: find and check it, or download it.

    The exit code is 3 if it is not here and no mirror gives it.
    """
    if choice("the data set", name, NAMES) == DIGITS:
        say(f"{name} comes with scikit-learn: there is nothing to fetch.")
        return
    location = locate(data_dir)
    say(f"{name}: {location.folder} ({location.given_by})")


@app.command(cls=HouseCommand)
@with_data()
@doing("looking at the data")
def show(given: Given = None, data: DataSettings = DataSettings()) -> None:  # noqa: B008
    """Show what a data set holds; of a table what each column becomes, without --target that alone."""
    data = with_argument(data, given)
    if data.is_table and data.target is None:
        _show_table(data)
        return
    dataset = data.source().load()
    parts = {"training": dataset.train, "test": dataset.test}
    if dataset.validation is not None:
        parts["validation"] = dataset.validation
    *others, last = (f"{len(examples):,} {part}" for part, examples in parts.items())
    numbers = "" if dataset.is_classification else f", each with {_targets(dataset)}"
    say(f"{dataset.name}: {', '.join(others)} and {last} examples of {_each(dataset)}{numbers}")
    say(f"SHA-256 of all examples: {dataset.fingerprint}")
    if dataset.train.table is not None:
        say("In the training part:")
        show_table(columns_of(dataset.train.table))
    if dataset.is_classification:
        _show_classes(dataset, parts)
    elif dataset.target_name:
        _show_spread(dataset.target_name, parts)


def _targets(dataset: Dataset) -> str:
    """Return what is to be predicted of each example: "the number 'price'", or "3 numbers as targets"."""
    if dataset.outputs > 1:
        return f"{dataset.outputs} numbers as targets"
    return f"the number {dataset.target_name!r} as target" if dataset.target_name else "a number as target"


def _each(dataset: Dataset) -> str:
    """Return what an example is: "28x28 uint8", or "9 columns"."""
    if dataset.train.table is not None:
        return f"{dataset.features} columns"
    shape = "x".join(map(str, dataset.image_shape or (dataset.features,))) + "x3" * (dataset.channels == 3)
    return f"{shape} {dataset.train.inputs.dtype}"


def _show_table(data: DataSettings) -> None:
    """Print what a table holds of which nobody has said what is to be predicted."""
    table = data.table()
    size = f"{len(table):,} rows of {len(table.columns)} columns"
    say(f"{data.data}: {size}. --target COLUMN says what to predict.")
    show_table(columns_of(table))


def _show_classes(dataset: Dataset, parts: Mapping[str, Examples]) -> None:
    if dataset.target_name:
        say(f"Classes, by {dataset.target_name}:")
    table = new_table(["label", "class"], list(parts))
    counts = [np.bincount(part.labels, minlength=dataset.outputs) for part in parts.values()]
    for label, name in enumerate(dataset.class_names):
        table.add_row(str(label), name, *(f"{count[label]:,}" for count in counts))
    show_table(table)


def _show_spread(name: str, parts: Mapping[str, Examples]) -> None:
    """Print where the targets lie, in their units."""
    table = new_table([name], ["mean", "sd", "smallest", "quarter", "median", "three quarters", "largest"])
    for part, examples in parts.items():
        targets = np.asarray(examples.targets, np.float64)
        numbers = [targets.mean(), targets.std(), *np.quantile(targets, (0, 0.25, 0.5, 0.75, 1))]
        table.add_row(part, *(f"{number:.6g}" for number in numbers))
    show_table(table, less=["quarter", "three quarters", "sd"])
