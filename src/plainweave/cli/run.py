"""`plainweave run`: experiments of one's own, from training to the page."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.cluster import ClusterAddress, cluster_of
from plainweave.cli.commands import command_line
from plainweave.cli.data_used import write_data_used
from plainweave.cli.options import (
    Epochs,
    Jobs,
    Only,
    Out,
    Seeds,
    Threads,
    Track,
    note_missing_engine,
    processes,
    trackers_of,
)
from plainweave.cli.results import show_results
from plainweave.cli.settings import with_data
from plainweave.cli.streams import note, say_file
from plainweave.display import counted
from plainweave.engine.team import cores
from plainweave.evidence import read_claims
from plainweave.experiments import DataSettings, read_data_settings, read_experiments, read_threads
from plainweave.page import run_study


@with_data()
def run(
    file: Annotated[Path, typer.Argument(help="A TOML file of experiments.", metavar="FILE.toml")],
    out: Out = Path("runs-of-my-own"),
    only: Only = None,
    seeds: Seeds = 1,
    epochs: Epochs = None,
    jobs: Jobs = None,
    threads: Threads = None,
    track: Track = None,
    cluster: ClusterAddress = None,
    data: DataSettings = DataSettings(),  # noqa: B008
) -> None:
    """Train the experiments of your own TOML file, compare any two, and write the page.

    The file may name the data and the threads; options that are given count more. With threads, but without
    --jobs, there are as many processes as there are cores for.
    """
    trackers = trackers_of(track)
    experiments = read_experiments(file)
    claims = read_claims(file, experiments)
    if epochs is not None:
        experiments = tuple(replace(experiment, epochs=epochs) for experiment in experiments)
    data = read_data_settings(file).updated(data)
    threads = threads or read_threads(file)
    executor = cluster_of(cluster, jobs, threads)
    jobs = processes(jobs, threads)
    if threads is not None and executor is None:
        each, of_all = counted(threads, "thread"), counted(cores(), "core")
        note(f"up to {counted(jobs, 'network')} at once, each on {each}, on a machine of {of_all}.")
    note_missing_engine()
    study = run_study(
        experiments,
        data.source(),
        out,
        seeds=seeds,
        jobs=jobs,
        executor=executor,
        threads=threads,
        observers=trackers,
        only=only,
        claims=claims,
        command=command_line(),
    )
    write_data_used(out, data)
    show_results(study.summary)
    say_file("The page", study.page)
