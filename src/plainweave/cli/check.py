"""`plainweave check`: proof of the gradients."""

from typing import Annotated

import typer

from plainweave.cli.options import Data, DataDir, processes


def check(
    data: Data = "fashion-mnist",
    data_dir: DataDir = None,
    seed: Annotated[int, typer.Option(help="Of the random weights.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Check every gradient of the whole network against numerical ones.

    The exit code is 1 if any gradient is wrong.
    """
    import json

    from plainweave.cli.tables import show_gradients
    from plainweave.data import load_dataset
    from plainweave.paper import paper_gradients

    evidence = paper_gradients(load_dataset(data, data_dir), seed=seed, jobs=processes())
    if as_json:
        print(json.dumps(evidence, indent=2))
    else:
        show_gradients(evidence)
    if not evidence["passed"]:
        raise typer.Exit(1)
