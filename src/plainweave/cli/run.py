"""`plainweave run`: experiments of one's own, from training to the page."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plainweave.cli.options import Data, DataDir, Epochs, Jobs, Only, Out, Seeds, processes
from plainweave.cli.streams import note, say

if TYPE_CHECKING:
    from plainweave.data import Dataset
    from plainweave.experiments import Experiment


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
    from plainweave.data import load_dataset
    from plainweave.evidence import read_claims, write_claims
    from plainweave.experiments import read_experiments
    from plainweave.page import check_output, find_gradients
    from plainweave.storage.files import locked_folder

    experiments = _chosen(read_experiments(file), only, epochs)
    claims = read_claims(file, experiments)
    dataset = load_dataset(data, data_dir)
    with locked_folder(out):
        check_output(out, experiments)
        find_gradients(out)
        _train(experiments, dataset, (data, data_dir), out, only, seeds, jobs)
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
    dataset: "Dataset",
    source: tuple[str, Path | None],
    out: Path,
    only: str | None,
    seeds: int,
    jobs: int | None,
) -> None:
    from plainweave.jobs import run_experiments

    run_experiments(
        experiments,
        dataset,
        source,
        out,
        seeds=seeds,
        jobs=processes(jobs),
        only=_ids(only) or None,
    )


def _write_page(out: Path, dataset: "Dataset") -> None:
    from plainweave.cli.tables import show_results
    from plainweave.evidence import what_was_learned
    from plainweave.experiments import find_runs
    from plainweave.page import write_learned, write_report

    learned = what_was_learned(out, find_runs(out), dataset)
    if learned and learned["class_names"] != list(dataset.class_names):
        note("the classes have other names than when the networks were trained: the page has the old ones.")
    write_learned(out, learned)
    page = write_report(out)
    show_results(out)
    say(f"The page: {page}")
