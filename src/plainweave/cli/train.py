"""`plainweave train`: one network, every setting an option."""

from pathlib import Path

from plainweave.cli.options import Data, DataDir, Out, Seed
from plainweave.cli.settings import with_settings
from plainweave.cli.streams import say, shell_word
from plainweave.data import DEFAULT_NAME, NAMES
from plainweave.data.source import Loaded, source_of
from plainweave.experiments import Experiment, describe_result
from plainweave.jobs import train_run


@with_settings
def train(
    experiment: Experiment,
    seed: Seed = 0,
    data: Data = DEFAULT_NAME,
    data_dir: DataDir = None,
    out: Out = Path("run"),
) -> None:
    """Train one network and keep its best weights, its history and its record in a folder."""
    dataset = Loaded(source_of(data, data_dir))
    record, was_there = train_run(experiment, dataset, out, seed=seed)
    if was_there:
        result = describe_result(record, dataset.load().outputs)
        say(f"{out} holds this very run, finished: {result}.")
    source = "" if data in NAMES else f" --data {shell_word(data)}"
    say(f"The run: {out}. Try it: plainweave evaluate {shell_word(out)}{source}")
