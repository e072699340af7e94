"""`plainweave run`: experiments of one's own, from training to the page."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.commands import command_line
from plainweave.cli.options import Data, DataDir, Epochs, Jobs, Only, Out, Seeds, processes
from plainweave.cli.results import show_results
from plainweave.cli.streams import say
from plainweave.data import DEFAULT_NAME
from plainweave.data.source import source_of
from plainweave.evidence import read_claims
from plainweave.experiments import read_experiments
from plainweave.page import run_study


def run(
    file: Annotated[Path, typer.Argument(help="A TOML file of experiments.", metavar="FILE.toml")],
    out: Out = Path("runs-of-my-own"),
    only: Only = None,
    seeds: Seeds = 1,
    epochs: Epochs = None,
    jobs: Jobs = None,
    data: Data = DEFAULT_NAME,
    data_dir: DataDir = None,
) -> None:
    """Train the experiments of your own TOML file, compare any two, and write the page."""
    experiments = read_experiments(file)
    claims = read_claims(file, experiments)
    if epochs is not None:
        experiments = tuple(replace(experiment, epochs=epochs) for experiment in experiments)
    study = run_study(
        experiments,
        source_of(data, data_dir),
        out,
        seeds=seeds,
        jobs=processes(jobs),
        only=only,
        claims=claims,
        command=command_line(),
    )
    show_results(study.summary)
    say(f"The page: {study.page}")
