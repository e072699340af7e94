"""The reproduction's commands: `reproduce`, `audit`, `table-1`, and `page` for its folders."""

from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.commands import command_line
from plainweave.cli.options import Data, DataDir, Epochs, Folder, Jobs, Json, Only, Out, Seeds, processes
from plainweave.cli.page import page as page_of_runs
from plainweave.cli.results import show_results
from plainweave.cli.streams import note, say
from plainweave.data import DEFAULT_NAME, load_dataset
from plainweave.paper import reproduction
from plainweave.paper.table_1 import check_table_1
from plainweave.paper.tables import show_audit, show_table_1
from plainweave.storage.forms import to_json


def reproduce(
    out: Out = Path("reproduction"),
    only: Only = None,
    seeds: Seeds = 1,
    full: Annotated[
        bool,
        typer.Option("--full", help="Also train the networks that claims 3 and 5 of the report need."),
    ] = False,
    epochs: Epochs = None,
    jobs: Jobs = None,
    data: Data = DEFAULT_NAME,
    data_dir: DataDir = None,
) -> None:
    """Train the report's thirteen networks, check the gradients, and write the page.

    Run again on the same folder, it trains only what is missing or has changed. The exit code is 1 if a
    gradient is wrong.
    """
    study = reproduction.reproduce(
        out,
        seeds=seeds,
        jobs=processes(jobs),
        only=only,
        full=full,
        epochs=epochs,
        data=data,
        data_dir=data_dir,
        command=command_line(),
    )
    show_results(study.summary, study.references)
    say(f"The page: {study.page}")
    if study.gradients is not None and not study.gradients.passed:
        note("A gradient is wrong: see the page, or run plainweave check.")
        raise typer.Exit(1)


def audit(
    out: Out = Path("reproduction"),
    seeds: Seeds = 1,
    jobs: Jobs = None,
    data_dir: DataDir = None,
) -> None:
    """Train the report's networks under every reading of what it leaves unsaid, and rank the readings.

    Twelve combinations: classic or dampened momentum; inputs normalized over all pixels, per pixel or per
    image; loss averaged over the batch or over batch and classes. Its runs go to DIR/audit; where DIR
    holds a reproduction, the page of that tells the result. Run again, it trains only what is missing.
    """
    readings, page = reproduction.run_audit(out, seeds=seeds, jobs=processes(jobs), data_dir=data_dir)
    show_audit(readings)
    if page is not None:
        say(f"The page: {page}")


def page(folder: Folder) -> None:
    """Draw the figures and the page again from the records alone; nothing is trained."""
    if reproduction.is_reproduction(folder):
        say(f"The page: {reproduction.write_reproduction(folder)}")
    else:
        page_of_runs(folder)


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
