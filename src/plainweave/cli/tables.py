"""Tables for the terminal."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from plainweave.cli.streams import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from plainweave.paper import Reading

_NARROWEST = 20  # characters; some environments say that a terminal has none


def show(table: Table) -> None:
    """Print a table whose cells are what they say: a class may be called "[/b]"."""
    console = Console(markup=False, emoji=False)
    console.width = max(console.width, _NARROWEST)
    console.print(table)


def show_results(out: Path) -> None:
    """Print the accuracies of an output folder's summary, and the verdicts on claims."""
    from plainweave.page import words

    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    compares = words.compares(summary)
    label = "" if summary["dataset"] == "fashion-mnist" else ", not Fashion-MNIST"
    rows = [row for row in summary["rows"] if row["test_accuracy"]]
    if rows:
        say(f"Test accuracy in percent on {summary['dataset']}{label}:")
        show(_results(rows, compares))
    if untested := [row for row in summary["rows"] if not row["test_accuracy"]]:
        say(f"Validation accuracy in percent on {summary['dataset']}{label}, not tested:")
        show(_results(untested, compares=False))
    if summary["claims"]:
        _show_claims(summary["claims"])


def _results(rows: "Sequence[Mapping[str, Any]]", compares: bool) -> Table:
    diverged = any(epoch for row in rows for epoch in row["diverged"])
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("network", overflow="fold", min_width=8)
    columns = ("seeds", "ours", "sd", "95 %", *(("report", "differs") if compares else ()))
    for column in (*columns, "best epoch", *(("diverged",) if diverged else ())):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*_result_cells(row, compares, diverged))
    return table


def _result_cells(row: "Mapping[str, Any]", compares: bool, diverged: bool) -> list[str]:
    from plainweave.page import words

    accuracy, reported = row["test_accuracy"] or row["validation_accuracy"], row["report_accuracy"]
    report = ["", ""]
    if reported is not None:
        report = [f"{reported:.2f}", f"{accuracy['mean'] - reported:+.2f}"]
    return [
        row["id"],
        str(accuracy["n"]),
        f"{accuracy['mean']:.2f}",
        "" if accuracy["sd"] is None else f"{accuracy['sd']:.2f}",
        "" if accuracy["low"] is None else f"± {accuracy['high'] - accuracy['mean']:.2f}",
        *(report if compares else []),
        words.span(row["best_epoch"]),
        *([str(sum(epoch is not None for epoch in row["diverged"]) or "")] if diverged else []),
    ]


def _show_claims(claims: "Sequence[Mapping[str, Any]]") -> None:
    from plainweave.page import words

    table = Table("", "claim", "verdict")
    table.add_column("seeds", justify="right")
    table.add_column("would decide")
    for each in claims:
        seeds, needed = str(each["seeds"] or ""), words.needed(each["seeds_needed"])
        table.add_row(str(each["number"]), each["statement"], each["verdict"], seeds, needed)
    show(table)


def show_audit(readings: "Sequence[Reading]") -> None:
    """Print how far from the report each reading of what it leaves unsaid comes out."""
    from plainweave.page import words

    seeds = words.counted(readings[0].distance.n, "seed")
    say(f"Distance of the thirteen test accuracies from the report's, in points, {seeds}:")
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("momentum, normalization, loss averaged over", overflow="fold")
    for column in ("distance", "95 %", "diverged", "claims as reported"):
        table.add_column(column, justify="right")
    for each in readings:
        distance, conventions = each.distance, each.conventions
        table.add_row(
            f"{conventions.momentum}, {conventions.standardize}, {conventions.loss_mean}",
            f"{distance.mean:.2f}",
            "" if distance.high is None else f"± {distance.high - distance.mean:.2f}",
            str(each.diverged or ""),
            ", ".join(str(judged.statement.number) for judged in each.judgements if judged.as_stated),
        )
    show(table)
    nearest, *others = readings
    say(f"The most likely conventions: {words.conventions(nearest.conventions)}.")
    if nearest.distance.n == 1:
        say("One seed can't tell how sure that is.")
        return
    for each in others:
        if each.likely:
            say(f"Not shown to lie farther away: {words.conventions(each.conventions)}.")


def show_gradients(evidence: "Mapping[str, Any]") -> None:
    """Print Table 1 and the check of the whole network."""
    first = evidence["table_1"]
    say(f"Table 1: agreement within {first['tolerance']:g}, step {first['epsilon']:g}")
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("weight", overflow="fold")
    for column in ("gradient", "approximation", "agrees"):
        table.add_column(column, justify="right")
    for row in first["rows"]:
        verdict = "yes" if row["agrees"] else "NO"
        table.add_row(row["description"], f"{row['analytic']:.8f}", f"{row['numeric']:.8f}", verdict)
    show(table)
    whole = evidence["whole_network"]
    say(f"Every gradient: relative error by norm at most {whole[0]['tolerance']:g}")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("activation", "tensor"):
        table.add_column(column, overflow="fold")
    for column in ("checked", "kinks", "error", "passed"):
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
    show(table)
