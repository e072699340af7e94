"""`plainweave tune`: a search for better settings, and the proof of what it gained."""

from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.cluster import ClusterAddress, cluster_of
from plainweave.cli.commands import command_line
from plainweave.cli.data_used import write_data_used
from plainweave.cli.options import Jobs, Out, Threads, note_missing_engine, processes
from plainweave.cli.results import show_results
from plainweave.cli.settings import with_data
from plainweave.cli.streams import say, say_file
from plainweave.experiments import DataSettings
from plainweave.tuning import read_space
from plainweave.tuning import tune as search_and_prove


@with_data()
def tune(
    file: Annotated[Path, typer.Argument(help="A TOML file of settings and ranges.", metavar="SPACE.toml")],
    out: Out = Path("tuned"),
    trials: Annotated[int, typer.Option(help="How many to make, those of before included.", min=1)] = 100,
    seeds: Annotated[
        int,
        typer.Option(
            help="Fresh seeds from which the best and the starting settings are compared.",
            min=1,
        ),
    ] = 10,
    jobs: Jobs = None,
    cluster: ClusterAddress = None,
    threads: Threads = None,
    data: DataSettings = DataSettings(),  # noqa: B008
) -> None:
    """Search for better settings, and prove on fresh seeds what they gain.

    Stopped, the same command goes on. The last line says whether tuning helped, by how much, and how sure
    that is.
    """
    space = read_space(file)
    threads = threads or space.threads
    executor = cluster_of(cluster, jobs, threads)
    data = space.data.updated(data)
    note_missing_engine()
    tuned = search_and_prove(
        file,
        data,
        out,
        trials=trials,
        seeds=seeds,
        jobs=processes(jobs, threads),
        cluster=executor,
        threads=threads,
        command=command_line(),
    )
    write_data_used(out, data)
    show_results(tuned.study.summary)
    say_file("The page", tuned.study.page)
    say_file("The best settings", out / "best.toml")
    say(tuned.proof.line)
