"""`plainweave reproduce`: the report's networks, from training to the page."""

from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.cluster import ClusterAddress, cluster_of
from plainweave.cli.commands import command_line
from plainweave.cli.options import Data, DataDir, Epochs, Jobs, Only, Out, Seeds, processes
from plainweave.cli.results import show_results
from plainweave.cli.streams import note, say_file
from plainweave.data import DEFAULT_NAME
from plainweave.paper import reproduction


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
    cluster: ClusterAddress = None,
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
        executor=cluster_of(cluster, jobs),
        only=only,
        full=full,
        epochs=epochs,
        data=data,
        data_dir=data_dir,
        command=command_line(),
    )
    show_results(study.summary, study.references)
    say_file("The page", study.page)
    if study.gradients is not None and not study.gradients.passed:
        note("A gradient is wrong: see the page, or run plainweave check.")
        raise typer.Exit(1)
