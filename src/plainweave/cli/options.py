"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    str,
    typer.Option(
        help="The data: fashion-mnist, digits (8x8, needs no download), or a folder of your own IDX files.",
        metavar="NAME_OR_DIR",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        help="The folder that holds the four Fashion-MNIST files. Without it: the folder that "
        "PLAINWEAVE_DATA names, then the cache, then a download.",
        metavar="DIR",
    ),
]
Out = Annotated[Path, typer.Option(help="Where to write the results.", metavar="DIR")]
Seeds = Annotated[int, typer.Option(help="Train every network from this many seeds, 0, 1, 2, ...", min=1)]
Only = Annotated[
    str | None,
    typer.Option(help="Train only these experiments, as in tanh,relu,50x100.", metavar="IDS"),
]
Epochs = Annotated[int | None, typer.Option(help="Train all networks for this many epochs instead.", min=1)]
Jobs = Annotated[
    int | None,
    typer.Option(help="Processes to train on; as many as the machine has cores by default.", min=1),
]


def processes(jobs: int | None = None) -> int:
    """Return as many as there are cores that this process may use, where nothing else is asked for."""
    from plainweave.experiments.environment import cores

    return jobs or cores()
