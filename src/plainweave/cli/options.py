"""Options and arguments that several commands share."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plainweave.cli.streams import note
from plainweave.data import DATA_VARIABLE, NAMES
from plainweave.engine import kernels
from plainweave.engine.team import cores
from plainweave.errors import ConfigurationError
from plainweave.experiments import DataSettings

if TYPE_CHECKING:
    from plainweave.training.tracker import Tracker


class Ids(tuple[str, ...]):
    """Ids of experiments, given as in wide,deep."""

    @classmethod
    def parse(cls, text: str) -> "Ids":
        """Read them from the command line."""
        return cls(name.strip() for name in text.split(","))


Data = Annotated[
    str,
    typer.Option(
        help=f"The data: {', '.join(NAMES)}, or a folder of your own: of pictures, in a folder for each "
        "class, or of IDX files.",
        metavar="DATA",
        autocompletion=lambda: [*NAMES],
        rich_help_panel="Data",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        help="The folder that holds the files of a named data set. Without it: the folder that "
        f"{DATA_VARIABLE} names, then the cache, then a download.",
        metavar="DIR",
        rich_help_panel="Data",
    ),
]
Given = Annotated[
    str | None,
    typer.Argument(help="The data, as --data takes them.", metavar="DATA", show_default=False),
]
Folder = Annotated[Path, typer.Argument(help="A folder of runs and their page.", metavar="DIR")]
Out = Annotated[
    Path, typer.Option(help="Where to write the results.", metavar="DIR", rich_help_panel="Output")
]
Seeds = Annotated[int, typer.Option(help="Train every network from this many seeds, 0, 1, 2, ...", min=1)]
Only = Annotated[
    Ids | None,
    typer.Option(
        help="Train only the experiments of these ids, as in wide,deep.", metavar="IDS", parser=Ids.parse
    ),
]
Epochs = Annotated[int | None, typer.Option(help="Train all networks for this many epochs instead.", min=1)]
Jobs = Annotated[
    int | None,
    typer.Option(help="Processes to train on; as many as the machine has cores by default.", min=1),
]
Threads = Annotated[
    int | None,
    typer.Option(
        help="Threads of each training; by default as many as pay, of the cores that processes share. Any "
        "number gives the same bytes.",
        min=1,
    ),
]
Track = Annotated[
    list[str] | None,
    typer.Option(
        help="A tracker to write to as well: tensorboard:DIR, mlflow:DIR_OR_URI or wandb:DIR; may be given "
        "several times.",
        metavar="TRACKER",
        rich_help_panel="Output",
    ),
]
Seed = Annotated[int, typer.Option(help="Of all that is random: split, first weights, order.", min=0)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.", rich_help_panel="Output")]


def processes(jobs: int | None = None, threads: int | None = None) -> int:
    """Return as many as there are cores for that this process may use, where nothing else is asked for.

    Args:
        jobs: as many as are asked for.
        threads: of each, where they are asked for.
    """
    return jobs or max(1, cores() // (threads or 1))


def note_missing_engine() -> None:
    """Say that training is slow, where that is so."""
    if not kernels():
        note("training runs on NumPy: the compiled engine was not built, as plainweave info tells.")


def trackers_of(texts: list[str] | None) -> list["Tracker"]:
    """Return the trackers of --track; what they need is imported only where one is asked for.

    Raises:
        ConfigurationError: a text names none.
        MissingExtraError: the package of one is not installed.
    """
    if not texts:
        return []
    from plainweave.interop.trackers import tracker_named

    return [tracker_named(text) for text in texts]


def with_argument(data: DataSettings, given: str | None) -> DataSettings:
    """Return settings with the data that were given as an argument.

    Raises:
        ConfigurationError: others were given with --data.
    """
    if given is None:
        return data
    if data.data not in (None, given):
        raise ConfigurationError(
            f"the data are {given!r} and, with --data, {data.data!r}; expected one of the two."
        )
    return replace(data, data=given)
