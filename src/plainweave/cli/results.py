"""The results of a study in the terminal."""

from collections.abc import Sequence

from rich.table import Table

from plainweave.cli.streams import say
from plainweave.cli.tables import show
from plainweave.evidence import JudgementSummary, Measure, Row, Summary, Verdict
from plainweave.evidence.measures import TEST_ACCURACY, of_test, of_validation
from plainweave.page import References, words


def show_results(summary: Summary, references: References | None = None) -> None:
    """Print the scores of a study, beside references where there are any, and the verdicts on claims."""
    groups: dict[tuple[bool, str, str], list[Row]] = {}
    for row in summary.rows:
        if row.shown is not None:
            groups.setdefault((row.test is None, row.score, row.shown.unit), []).append(row)
    for (is_untested, score, unit), rows in sorted(groups.items(), key=lambda group: group[0][0]):
        part, end = ("Validation", ", not tested") if is_untested else ("Test", "")
        say(f"{part} {words.score(score)}{words.in_unit(unit)} on {summary.dataset}{end}:")
        measure = of_validation(score) if is_untested else of_test(score)
        show(_scores(rows, measure, None if is_untested else references))
    if unscored := [row.id for row in summary.rows if row.shown is None]:
        say(f"Neither tested nor validated on {summary.dataset}: {', '.join(unscored)}.")
    if summary.claims:
        show(_verdicts(summary.claims))


def _scores(rows: Sequence[Row], measure: Measure, references: References | None) -> Table:
    """Return a table with a row for each experiment; columns that would be empty are left out."""
    given = references.accuracies if references and measure is TEST_ACCURACY else {}
    beside = references if any(row.id in given for row in rows) else None
    diverged = any(epoch for row in rows for epoch in row.diverged)
    stopped = any(reason for row in rows for reason in row.stopped)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("network", overflow="fold", min_width=len("network"))
    several = any(row.shown is not None and row.shown.n > 1 for row in rows)
    columns = ["seeds", "ours" if beside else "mean", *(["sd", "95 %"] if several else [])]
    columns += [beside.name, "differs"] if beside else []
    columns += ["best epoch", *(["diverged"] if diverged else []), *(["stopped"] if stopped else [])]
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        counts = [sum(each is not None for each in row.diverged)] if diverged else []
        counts += [sum(each is not None for each in row.stopped)] if stopped else []
        table.add_row(
            row.id,
            *_score(row, measure, beside, several=several),
            words.span(row.best_epoch),
            *(str(count or "") for count in counts),
        )
    return table


def _score(row: Row, measure: Measure, beside: References | None, *, several: bool) -> list[str]:
    """Return the cells of a row's score, and of the accuracy beside it."""
    score = row.shown
    assert score is not None
    cells = [str(score.n), words.number(measure, score.mean)]
    if several:
        cells += ["" if score.sd is None else measure.written(score.sd), words.half_width(score, measure)]
    if beside:
        given = beside.accuracies.get(row.id)
        difference = None if given is None or score.mean is None else score.mean - given
        cells += ["", ""] if given is None else [f"{given:.2f}", words.number(measure, difference, "+")]
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
