"""`plainweave reproduce` the thirteen experiments, from training to the page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plainweave.cli.options import Data, DataDir, Epochs, Jobs, Only, Out, Seeds, processes
from plainweave.cli.run import _chosen, _train, _write_page
from plainweave.cli.streams import note

if TYPE_CHECKING:
    pass


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
    data: Data = "fashion-mnist",
    data_dir: DataDir = None,
) -> None:
    """Train the report's thirteen networks, check the gradients, and write the page.

    Run again on the same folder, it trains only what is missing or has changed.
    """
    from plainweave.data import load_dataset
    from plainweave.page import check_output, write_gradients
    from plainweave.paper import (
        high_rate_experiments,
        paper_experiments,
        paper_gradients,
        selection_experiments,
    )
    from plainweave.storage.files import locked_folder

    more = high_rate_experiments() + selection_experiments() if full else ()
    experiments = _chosen(paper_experiments() + more, only, epochs)
    dataset = load_dataset(data, data_dir)
    dataset.one_per_class()  # the gradient check needs them; a class without ends it here, not after training
    with locked_folder(out):
        check_output(out, experiments)
        _train(experiments, dataset, (data, data_dir), out, only, seeds, jobs)
        evidence = paper_gradients(dataset, jobs=processes(jobs))
        write_gradients(out, evidence)
        _write_page(out, dataset)
    if not evidence["passed"]:
        note("A gradient is wrong: see the page, or run plainweave check.")
        raise typer.Exit(1)
