"""The section on claims: what the runs say about each."""

from collections.abc import Sequence
from dataclasses import dataclass

from plainweave.evidence import Finding, Judgement, Verdict
from plainweave.page.bars import interval_bar
from plainweave.page.study import Study
from plainweave.page.table import Cell, Column, Table, table
from plainweave.page.words import counted, interval, mean, needed, region


@dataclass(frozen=True)
class JudgedClaim:
    """A claim with its verdict, as the page tells it.

    Attributes:
        number: by which people call it.
        text: what it states.
        verdict: on it, "supported".
        kind: class of the verdict in the page.
        note: over how many seeds, and what is missing.
        comparisons: what it compares, with the outcome; None without runs.
    """

    number: int
    text: str
    verdict: str
    kind: str
    note: str
    comparisons: Table | None


@dataclass(frozen=True)
class Claims:
    """What the templates fill in."""

    claims: tuple[JudgedClaim, ...]


def claims(study: Study) -> Claims | None:
    """Tell the verdicts on claims; None if there are none."""
    return Claims(tuple(map(_judged, study.judgements))) if study.judgements else None


def _judged(judgement: Judgement) -> JudgedClaim:
    """Describe the judgement of one claim."""
    statement, verdict = judgement.statement, judgement.verdict
    findings = [finding for finding in judgement.findings if finding.effect]
    return JudgedClaim(
        number=statement.number,
        text=statement.text,
        verdict=verdict.value,
        kind=_kind(verdict),
        note=" ".join(_notes(judgement)),
        comparisons=_comparisons(findings) if findings else None,
    )


def _notes(judgement: Judgement) -> list[str]:
    notes = [judgement.note] if judgement.note else []
    if judgement.seeds:
        notes.append(f"{counted(judgement.seeds, 'seed')}.")
    if judgement.missing:
        notes.append(f"There are no runs of {', '.join(judgement.missing)}.")
    return notes


def _comparisons(findings: Sequence[Finding]) -> Table:
    columns = [
        *(
            Column("Comparison"),
            Column("Claimed"),
            Column("Mean", number=True),
            Column("Interval", number=True),
        ),
        Column("Verdict"),
    ]
    return table(columns, [_cells(finding) for finding in findings])


def _cells(finding: Finding) -> list[str | Cell]:
    effect, decides = finding.effect, needed(finding.seeds_needed)
    has_interval = effect is not None and effect.low is not None
    title = f"{100 * effect.confidence:.2f} %" if effect is not None and has_interval else ""
    verdict = f"{finding.verdict.value} ({decides})" if decides else finding.verdict.value
    return [
        finding.comparison.label,
        region(finding),
        mean(finding),
        Cell(interval(finding), title=title, picture=interval_bar(finding)),
        Cell(verdict, _kind(finding.verdict)),
    ]


def _kind(verdict: Verdict) -> str:
    return verdict.name.lower()
