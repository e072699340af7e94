"""`plainweave train`: one network, every setting an option."""

from pathlib import Path

from plainweave.cli.data_used import write_data_used
from plainweave.cli.options import (
    Given,
    Out,
    Seed,
    Threads,
    Track,
    note_missing_engine,
    trackers_of,
    with_argument,
)
from plainweave.cli.settings import with_data, with_settings
from plainweave.cli.streams import say, shell_word
from plainweave.data.source import Loaded
from plainweave.experiments import DataSettings, Experiment, describe_result
from plainweave.jobs import train_run


@with_settings
@with_data()
def train(
    experiment: Experiment,
    given: Given = None,
    data: DataSettings = DataSettings(),  # noqa: B008
    seed: Seed = 0,
    out: Out = Path("run"),
    threads: Threads = None,
    track: Track = None,
) -> None:
    """Train one network and keep its best weights, its history and its record in a folder.

    As in: plainweave train adult.csv --target income
    """
    trackers = trackers_of(track)
    data = with_argument(data, given)
    dataset = Loaded(data.source())
    note_missing_engine()
    record, was_there = train_run(experiment, dataset, out, seed=seed, observers=trackers, threads=threads)
    write_data_used(out, data)
    if was_there:
        result = describe_result(record, dataset.load().outputs)
        say(f"{out} holds this very run, finished: {result}.")
    say(f"The run: {out}. Try it: plainweave evaluate {shell_word(out)}")
