"""`plainweave reproduce` and `plainweave run`: experiments, from training to the page."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plainweave.cli.options import Data, DataDir, Epochs, Jobs, Only, Out, Seeds, processes
from plainweave.cli.streams import note, say

if TYPE_CHECKING:
    from plainweave.data import Dataset, Loaded
    from plainweave.experiments import Experiment


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
    from plainweave.data import Loaded, source_of
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
    source = Loaded(source_of(data, data_dir))
    dataset = source.load()
    dataset.one_per_class()  # the gradient check needs them; a class without ends it here, not after training
    with locked_folder(out):
        check_output(out, experiments)
        _train(experiments, source, out, only, seeds, jobs)
        evidence = paper_gradients(dataset, jobs=processes(jobs))
        write_gradients(out, evidence)
        _write_page(out, dataset)
    if not evidence["passed"]:
        note("A gradient is wrong: see the page, or run plainweave check.")
        raise typer.Exit(1)


def run(
    file: Annotated[Path, typer.Argument(help="A TOML file of experiments.", metavar="FILE.toml")],
    out: Out = Path("runs-of-my-own"),
    only: Only = None,
    seeds: Seeds = 1,
    epochs: Epochs = None,
    jobs: Jobs = None,
    data: Data = "fashion-mnist",
    data_dir: DataDir = None,
) -> None:
    """Train the experiments of your own TOML file, compare any two, and write the page."""
    from plainweave.data import Loaded, source_of
    from plainweave.evidence import read_claims, write_claims
    from plainweave.experiments import read_experiments
    from plainweave.page import check_output, find_gradients
    from plainweave.storage.files import locked_folder

    experiments = _chosen(read_experiments(file), only, epochs)
    claims = read_claims(file, experiments)
    source = Loaded(source_of(data, data_dir))
    dataset = source.load()
    with locked_folder(out):
        check_output(out, experiments)
        find_gradients(out)
        _train(experiments, source, out, only, seeds, jobs)
        write_claims(out, claims)
        _write_page(out, dataset)


def _chosen(
    experiments: tuple["Experiment", ...], only: str | None, epochs: int | None
) -> tuple["Experiment", ...]:
    """Check the ids asked for, and set the epochs."""
    from plainweave.checks import choice

    for each in _ids(only):
        choice("--only", each, [experiment.id for experiment in experiments])
    return tuple(
        experiment if epochs is None else replace(experiment, epochs=epochs) for experiment in experiments
    )


def _ids(only: str | None) -> list[str]:
    return [each.strip() for each in only.split(",")] if only is not None else []


def _train(
    experiments: tuple["Experiment", ...],
    source: "Loaded",
    out: Path,
    only: str | None,
    seeds: int,
    jobs: int | None,
) -> None:
    from plainweave.jobs import run_experiments

    run_experiments(
        experiments,
        source,
        out,
        seeds=seeds,
        jobs=processes(jobs),
        only=_ids(only) or None,
    )


def _write_page(out: Path, dataset: "Dataset") -> None:
    from plainweave.cli.tables import show_results
    from plainweave.evidence import what_was_learned
    from plainweave.experiments import Store
    from plainweave.page import write_learned, write_report

    learned = what_was_learned(out, Store(out).records(), dataset)
    if learned and learned["class_names"] != list(dataset.class_names):
        note("the classes have other names than when the networks were trained: the page has the old ones.")
    write_learned(out, learned)
    page = write_report(out)
    show_results(out)
    say(f"The page: {page}")
