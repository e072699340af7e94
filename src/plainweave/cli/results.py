"""The results of a study in the terminal."""

from collections.abc import Sequence

from rich.table import Table

from plainweave.cli.streams import say
from plainweave.cli.tables import show
from plainweave.evidence import JudgementSummary, Row, Summary, Verdict
from plainweave.page import References, words


def show_results(summary: Summary, references: References | None = None) -> None:
    """Print the accuracies of a study, beside references where there are any, and the verdicts on claims."""
    tested = [row for row in summary.rows if row.test_accuracy]
    if tested:
        say(f"Test accuracy in percent on {summary.dataset}:")
        show(_accuracies(tested, references))
    if untested := [row for row in summary.rows if not row.test_accuracy]:
        say(f"Validation accuracy in percent on {summary.dataset}, not tested:")
        show(_accuracies(untested, None))
    if summary.claims:
        show(_verdicts(summary.claims))


def _accuracies(rows: Sequence[Row], references: References | None) -> Table:
    """Return a table with a row for each experiment; columns that would be empty are left out."""
    beside = references if references and any(row.id in references.accuracies for row in rows) else None
    diverged = any(epoch for row in rows for epoch in row.diverged)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("network", overflow="fold", min_width=len("network"))
    several = any(row.validation_accuracy.n > 1 for row in rows)
    columns = ["seeds", "ours" if beside else "mean", *(["sd", "95 %"] if several else [])]
    columns += [beside.name, "differs"] if beside else []
    columns += ["best epoch", *(["diverged"] if diverged else [])]
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        count = sum(epoch is not None for epoch in row.diverged)
        table.add_row(
            row.id,
            *_accuracy(row, beside, several=several),
            words.span(row.best_epoch),
            *([str(count or "")] if diverged else []),
        )
    return table


def _accuracy(row: Row, beside: References | None, *, several: bool) -> list[str]:
    """Return the cells of a row's accuracy, and of the one beside it."""
    accuracy = row.test_accuracy or row.validation_accuracy
    cells = [str(accuracy.n), f"{accuracy.mean:.2f}"]
    if several:
        cells += [
            "" if accuracy.sd is None else f"{accuracy.sd:.2f}",
            words.half_width(accuracy),
        ]
    if beside:
        given = beside.accuracies.get(row.id)
        cells += ["", ""] if given is None else [f"{given:.2f}", f"{accuracy.mean - given:+.2f}"]
    return cells


def _verdicts(claims: Sequence[JudgementSummary]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("")
    table.add_column("claim", overflow="fold")
    table.add_column("verdict", min_width=max(len(verdict.value) for verdict in Verdict))
    table.add_column("seeds", justify="right")
    for claim in claims:
        needed = words.needed(claim.seeds_needed)
        verdict = f"{claim.verdict} ({needed})" if needed else claim.verdict
        table.add_row(str(claim.number), claim.statement, verdict, str(claim.seeds or ""))
    return table
