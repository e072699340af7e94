"""The results of a study in the terminal."""

from collections.abc import Sequence

from rich.table import Table

from plainweave.cli.streams import say
from plainweave.cli.tables import show
from plainweave.evidence import JudgementSummary, Row, Summary, Verdict, by_kind
from plainweave.page import References, words

_LESS = ("best epoch", "sd", "diverged", "seeds")  # what a narrow terminal has no room for


def show_results(summary: Summary, references: References | None = None) -> None:
    """Print the scores of a study, beside references where there are any, and the verdicts on claims."""
    for rows in by_kind(row for row in summary.rows if row.test):
        say(f"Test {_scored(rows)} on {summary.dataset}:")
        show(_scores(rows, references if rows[0].score == "accuracy" else None), _LESS)
    for rows in by_kind(row for row in summary.rows if not row.test):
        say(f"Validation {_scored(rows)} on {summary.dataset}, not tested:")
        show(_scores(rows, None), _LESS)
    if summary.claims:
        show(_verdicts(summary.claims))


def _scored(rows: Sequence[Row]) -> str:
    """Return what rows of one kind are scored by, "accuracy in percent"."""
    measure = rows[0].measure
    loss = f" of {rows[0].loss}" if measure.is_of_one_loss else ""
    return f"{words.score(measure.score)}{loss}{words.in_unit(measure.unit)}"


def _scores(rows: Sequence[Row], references: References | None) -> Table:
    """Return a table with a row for each experiment; columns that would be empty are left out."""
    beside = references if references and any(row.id in references.accuracies for row in rows) else None
    diverged = any(epoch for row in rows for epoch in row.diverged)
    stopped = any(reason is not None for row in rows for reason in row.stopped)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("network", overflow="fold", min_width=len("network"))
    several = any(len(row.seeds) > 1 for row in rows)
    columns = ["seeds", "ours" if beside else "mean", *(["sd", "95 %"] if several else [])]
    columns += [beside.name, "differs"] if beside else []
    columns += ["best epoch", *(["diverged"] if diverged else [])]
    for column in columns:
        table.add_column(column, justify="right")
    if stopped:
        table.add_column("stopped", overflow="fold")
    for row in rows:
        count = sum(epoch is not None for epoch in row.diverged)
        table.add_row(
            row.id,
            *_score(row, beside, several=several),
            words.span(row.best_epoch),
            *([str(count or "")] if diverged else []),
            *([words.stops(row.stopped)] if stopped else []),
        )
    return table


def _score(row: Row, beside: References | None, *, several: bool) -> list[str]:
    """Return the cells of a row's score, and of the one beside it."""
    score, measure = row.shown, row.measure
    mean, sd = (score.mean, score.sd) if score else (None, None)
    cells = [str(len(row.seeds)), words.number(measure, mean)]
    if several:
        cells += ["" if sd is None else words.number(measure, sd)]
        cells += [words.half_width(score, measure) if score else ""]
    if beside:
        given = beside.accuracies.get(row.id)
        cells += ["" if given is None else words.number(measure, given)]
        cells += ["" if given is None or mean is None else words.number(measure, mean - given, "+")]
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
