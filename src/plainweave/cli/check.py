"""`plainweave check`: proof of the gradients."""

import typer

from plainweave.cli.options import Data, DataDir, Json, Seed, processes
from plainweave.cli.streams import say
from plainweave.cli.tables import new_table, show
from plainweave.data import DEFAULT_NAME, load_dataset
from plainweave.evidence import GradientEvidence, gradient_evidence
from plainweave.storage.forms import to_json


def check(
    data: Data = DEFAULT_NAME,
    data_dir: DataDir = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Check every gradient of the whole network against numerical ones.

    The exit code is 1 if any gradient is wrong.
    """
    evidence = gradient_evidence(load_dataset(data, data_dir), seed=seed, jobs=processes())
    if as_json:
        print(to_json(evidence), end="")
    else:
        show_gradients(evidence)
    if not evidence.passed:
        raise typer.Exit(1)


def show_gradients(evidence: GradientEvidence) -> None:
    """Print the check of the whole network, with each activation: a row for each tensor."""
    tolerance = evidence.whole_network[0].tolerance
    say(f"Every gradient: relative error by norm at most {tolerance:g}")
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
    show(table)
