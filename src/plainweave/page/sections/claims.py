"""The section on claims: what the runs say about each, in one picture a unit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from plainweave.display import counted
from plainweave.evidence import Finding, Judgement, Verdict
from plainweave.page.axis import Axis, without_the_farthest
from plainweave.page.strips import Strip, Strips
from plainweave.page.study import Study
from plainweave.page.table import Cell, Column, Table, table
from plainweave.page.words import in_unit, interval, mean, needed, region

NEEDS_SEEDS = "needs more seeds"


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
    """What the templates fill in.

    Attributes:
        claims: those that the runs can say something about, or nothing for want of networks.
        pictures: their comparisons, one picture for each unit.
        waiting: claims of which one seed can say nothing, since it has no interval.
    """

    claims: tuple[JudgedClaim, ...]
    pictures: tuple[Strips, ...]
    waiting: tuple[JudgedClaim, ...]


def claims(study: Study) -> Claims | None:
    """Tell the verdicts on claims; None if there are none."""
    if not study.judgements:
        return None
    told = [judgement for judgement in study.judgements if not needs_seeds(judgement)]
    waiting = [judgement for judgement in study.judgements if needs_seeds(judgement)]
    return Claims(tuple(map(_judged, told)), _pictures(told), tuple(map(_judged, waiting)))


def needs_seeds(judgement: Judgement) -> bool:
    """Whether a claim is undecided because there is one seed, which has no interval."""
    return judgement.verdict is Verdict.UNDECIDED and judgement.seeds == 1


def _judged(judgement: Judgement) -> JudgedClaim:
    """Describe the judgement of one claim."""
    statement, verdict = judgement.statement, judgement.verdict
    findings = [finding for finding in judgement.findings if finding.effect]
    return JudgedClaim(
        number=statement.number,
        text=statement.text,
        verdict=NEEDS_SEEDS if needs_seeds(judgement) else verdict.value,
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
    effect = finding.effect
    has_interval = effect is not None and effect.low is not None
    title = f"{100 * effect.confidence:.2f} %" if effect is not None and has_interval else ""
    return [
        finding.comparison.label,
        region(finding),
        mean(finding),
        Cell(interval(finding), title=title),
        Cell(_verdict(finding), _kind(finding.verdict)),
    ]


def _verdict(finding: Finding) -> str:
    if finding.verdict is Verdict.UNDECIDED and finding.effect is not None and finding.effect.n == 1:
        return NEEDS_SEEDS
    decides = needed(finding.seeds_needed)
    return f"{finding.verdict.value} ({decides})" if decides else finding.verdict.value


def _kind(verdict: Verdict) -> str:
    return verdict.name.lower()


# Pictures


def _pictures(judgements: Sequence[Judgement]) -> tuple[Strips, ...]:
    """Draw all comparisons of more than one seed that have a finite mean, those of one unit on one scale."""
    units: dict[str, list[tuple[int, Finding]]] = {}
    for judgement in judgements:
        for finding in judgement.findings:
            effect = finding.effect
            if effect is not None and effect.n > 1 and math.isfinite(effect.mean):
                units.setdefault(finding.comparison.unit, []).append((judgement.statement.number, finding))
    return tuple(_picture(unit, found) for unit, found in units.items())


def _picture(unit: str, found: Sequence[tuple[int, Finding]]) -> Strips:
    reaches = without_the_farthest([_reach(finding) for _, finding in found])
    has_zero = any(finding.comparison.second is not None for _, finding in found)
    ends = [end for reach in reaches for end in reach] + ([0.0] if has_zero else [])
    what = "Claimed differences" if has_zero else "Claimed values"
    return Strips(
        f"{what}{in_unit(unit)}",
        Axis.around(ends),
        tuple(_strip(number, finding) for number, finding in found),
        zero=True,
    )


def _strip(number: int, finding: Finding) -> Strip:
    effect, stated = finding.effect, finding.comparison.region
    assert effect is not None  # it is drawn
    ends = None if effect.low is None or effect.high is None else (effect.low, effect.high)
    return Strip(
        label=f"{number}. {finding.comparison.label}",
        note=f"claimed: {region(finding)}",
        mean=effect.mean,
        numbers=(f"{mean(finding)} ({interval(finding)})" if ends else mean(finding),),
        interval=ends,
        region=(stated.low, stated.high),
        kind=_kind(finding.verdict),
        verdict=_verdict(finding),
    )


def _reach(finding: Finding) -> tuple[float, float]:
    """Return from where to where a finding is drawn: its interval, and the finite ends of what is claimed."""
    effect, stated = finding.effect, finding.comparison.region
    assert effect is not None  # it is drawn
    ends = [
        effect.mean,
        *(end for end in (effect.low, effect.high, stated.low, stated.high) if end is not None),
    ]
    finite = [end for end in ends if math.isfinite(end)]
    return min(finite), max(finite)
