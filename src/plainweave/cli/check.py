"""`plainweave check`: proof of the gradients."""

from typing import Annotated

import typer

from plainweave.cli.options import Data, DataDir, Json, Seed, processes
from plainweave.cli.streams import say
from plainweave.cli.tables import new_table, show
from plainweave.data import DEFAULT_NAME, load_dataset
from plainweave.evidence import GradientEvidence, gradient_evidence
from plainweave.losses import Loss, SoftmaxCrossEntropy
from plainweave.storage.forms import to_json

LossText = Annotated[
    str, typer.Option("--loss", help="What the gradients are of, as in huber:0.5.", metavar="LOSS")
]
Engine = Annotated[
    str, typer.Option(help="Whose gradients are checked: numpy, compiled or auto.", metavar="ENGINE")
]


def check(
    data: Data = DEFAULT_NAME,
    data_dir: DataDir = None,
    loss: LossText = "softmax",
    engine: Engine = "numpy",
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Check every gradient of the whole network against numerical ones.

    The exit code is 1 if any gradient is wrong.
    """
    evidence = gradient_evidence(
        load_dataset(data, data_dir), loss=Loss.named(loss), engine=engine, seed=seed, jobs=processes()
    )
    if as_json:
        print(to_json(evidence), end="")
    else:
        show_gradients(evidence)
    if not evidence.passed:
        raise typer.Exit(1)


def show_gradients(evidence: GradientEvidence) -> None:
    """Print the check of the whole network, with each activation: a row for each tensor."""
    tolerance = evidence.whole_network[0].tolerance
    loss = "" if evidence.loss == str(SoftmaxCrossEntropy()) else f" of {evidence.loss}"
    engine = "" if evidence.engine == "numpy" else f" (engine {evidence.engine})"
    say(f"Every gradient{loss}{engine}: relative error by norm at most {tolerance:g}")
    table = new_table(["activation", "tensor"], ["checked", "kinks", "error", "passed"])
    for network in evidence.whole_network:
        for tensor in network.tensors:
            table.add_row(
                network.activation,
                tensor.name,
                f"{tensor.checked:,}",
                str(tensor.kinks),
                f"{tensor.relative_error:.1e}",
                "yes" if tensor.passed else "NO",
            )
    show(table, less=["kinks", "checked"])
