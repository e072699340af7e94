"""`plainweave table-1`: the gradients that the report checks."""

from typing import Annotated

import typer

from plainweave.cli.options import Data, DataDir, Json
from plainweave.cli.streams import say
from plainweave.cli.tables import new_table, show
from plainweave.data import DEFAULT_NAME, load_dataset
from plainweave.paper.table_1 import Table1, check_table_1
from plainweave.storage.forms import to_json


def table_1(
    data: Data = DEFAULT_NAME,
    data_dir: DataDir = None,
    seed: Annotated[int, typer.Option(help="Of the random weights.", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """Check the seven gradients of the report's Table 1, with its long step.

    A gradient may disagree for that step alone: plainweave check decides whether the gradients are right.
    """
    table = check_table_1(load_dataset(data, data_dir), seed=seed)
    if as_json:
        print(to_json(table), end="")
    else:
        show_table_1(table)


def show_table_1(result: Table1) -> None:
    """Print the seven gradients, their approximations, and whether they agree."""
    say(f"Table 1 on {result.dataset}: agreement within {result.tolerance:g}, step {result.epsilon:g}")
    table = new_table(["weight"], ["gradient", "approximation", "agrees"])
    for row in result.rows:
        verdict = "yes" if row.agrees else "NO"
        table.add_row(row.description, f"{row.analytic:.8f}", f"{row.numeric:.8f}", verdict)
    show(table)
