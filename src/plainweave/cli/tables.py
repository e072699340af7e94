"""Tables for the terminal."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping


def show_results(out: Path) -> None:
    """Print the test accuracies of an output folder's summary."""
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    compares = any(row["report_accuracy"] is not None for row in summary["rows"])
    label = "" if summary["dataset"] == "fashion-mnist" else ", not Fashion-MNIST"
    print(f"Test accuracy in percent on {summary['dataset']}{label}:")
    table = Table("network")
    for column in ("ours", *(("report", "difference") if compares else ()), "best epoch", "diverged"):
        table.add_column(column, justify="right")
    for row in summary["rows"]:
        table.add_row(*_result_cells(row, compares))
    Console().print(table)


def _result_cells(row: "Mapping[str, Any]", compares: bool) -> list[str]:
    accuracy, reported = row["test_accuracy"], row["report_accuracy"]
    deviation = "" if accuracy["sd"] is None else f" ± {accuracy['sd']:.2f}"
    report = ["", ""]
    if reported is not None:
        report = [f"{reported:.2f}", f"{accuracy['mean'] - reported:+.2f}"]
    diverged = ", ".join(f"epoch {epoch}" for epoch in row["diverged"] if epoch)
    return [
        row["id"],
        f"{accuracy['mean']:.2f}{deviation}",
        *(report if compares else []),
        ", ".join(map(str, row["best_epoch"])),
        diverged,
    ]


def show_gradients(evidence: "Mapping[str, Any]") -> None:
    """Print Table 1 and the check of the whole network."""
    console, first = Console(), evidence["table_1"]
    table = Table(
        "weight", title=f"Table 1: agreement within {first['tolerance']:g}, step {first['epsilon']:g}"
    )
    for column in ("gradient", "approximation", "agrees"):
        table.add_column(column, justify="right")
    for row in first["rows"]:
        verdict = "yes" if row["agrees"] else "NO"
        table.add_row(row["description"], f"{row['analytic']:.8f}", f"{row['numeric']:.8f}", verdict)
    console.print(table)
    whole = evidence["whole_network"]
    table = Table(
        "activation",
        "tensor",
        title=f"Every gradient: relative error by norm at most {whole[0]['tolerance']:g}",
    )
    for column in ("checked", "kinks", "relative error", "passed"):
        table.add_column(column, justify="right")
    for check in whole:
        for tensor in check["tensors"]:
            table.add_row(
                check["activation"],
                tensor["name"],
                f"{tensor['checked']:,}",
                str(tensor["kinks"]),
                f"{tensor['relative_error']:.1e}",
                "yes" if tensor["passed"] else "NO",
            )
    console.print(table)
