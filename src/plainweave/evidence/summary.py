"""summary.json: a row for each experiment, over its seeds, how any two differ, and the verdicts on claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from plainweave.display import Displayed, Rows, counted
from plainweave.errors import RecordError
from plainweave.evidence.differences import all_differences
from plainweave.evidence.output import read_output
from plainweave.evidence.row import Interval, Row, finite, row_of
from plainweave.evidence.statements import Finding, Judgement
from plainweave.evidence.statistics import Verdict, in_words
from plainweave.experiments import RunRecord, by_experiment

SUMMARY_FILE = "summary.json"
_LARGEST_FILE = 2**26  # bytes


@dataclass(frozen=True, kw_only=True)
class Pair(Interval):
    """How two experiments differ, first less second.

    Attributes:
        first, second: their ids.
        measure: what is compared, "test accuracy".
        unit: of the difference.
    """

    first: str
    second: str
    measure: str
    unit: str

    @property
    def is_shown(self) -> bool:
        """Whether the interval excludes 0; not where there is none."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True, kw_only=True)
class FindingSummary(Interval):
    """What the runs say about one comparison of a claim, with the interval that decided.

    Attributes:
        comparison: what is compared, in words.
        unit: of the numbers.
        claimed: ends of the region in which the claim says the mean lies; None for an open one.
        verdict: the value of a `Verdict`.
        seeds_needed: about how many seeds would decide what is undecided, 1001 for any number above 1,000;
            None where that can't be told.
    """

    comparison: str
    unit: str
    claimed: tuple[float | None, float | None]
    verdict: str
    seeds_needed: int | None

    def __post_init__(self) -> None:
        _check_verdict(self.verdict)


@dataclass(frozen=True, kw_only=True)
class JudgementSummary:
    """The verdict on a claim; the attributes are those of `Judgement`, its statement and its findings."""

    number: int
    statement: str
    verdict: str
    seeds: int
    seeds_needed: int | None
    note: str
    missing: tuple[str, ...]
    comparisons: tuple[FindingSummary, ...]

    def __post_init__(self) -> None:
        _check_verdict(self.verdict)


@dataclass(frozen=True, repr=False)
class Summary(Displayed):
    """What summary.json holds.

    Attributes:
        dataset: on which the runs were made.
        rows: one for each experiment, in their order.
        comparisons: all pairs of tested experiments of two seeds or more with a score in common; the chance
            that any of their intervals misses is about 5 % at most (Bonferroni).
        claims: the verdicts on claims.
    """

    VERSION: ClassVar[int] = 3
    dataset: str
    rows: tuple[Row, ...]
    comparisons: tuple[Pair, ...]
    claims: tuple[JudgementSummary, ...]

    def _in_words(self) -> str:
        return ", ".join([repr(self.dataset), counted(len(self.rows), "network"), *self.verdicts_in_words()])

    def verdicts_in_words(self) -> list[str]:
        """Return how many claims are supported, in words; nothing where there are none."""
        supported = sum(claim.verdict == Verdict.SUPPORTED for claim in self.claims)
        return [f"{supported} of {counted(len(self.claims), 'claim')} supported"] if self.claims else []

    def _as_rows(self) -> Rows:
        return Rows(
            ["network", "score", "mean over seeds"],
            [
                (row.id, row.measure.name, in_words(row.shown, row.shown.unit) if row.shown else "no score")
                for row in self.rows
            ],
        )


def summarize(records: Sequence[RunRecord], judgements: Sequence[Judgement] = ()) -> Summary:
    """Sum up records of one data set, in the order of their experiments, and what they say about claims."""
    return Summary(
        records[0].dataset.name,
        tuple(row_of(group) for group in by_experiment(records)),
        tuple(
            Pair(
                first=difference.first,
                second=difference.second,
                measure=difference.measure.name,
                unit=difference.measure.unit_of_difference,
                **vars(Interval.of(difference.effect)),
            )
            for difference in all_differences(records)
        ),
        tuple(judgement_summary(judgement) for judgement in judgements),
    )


def read_summary(out: Path) -> Summary:
    """Read summary.json of an output folder.

    Raises:
        RecordError: it is missing, can't be read, or is of an older version.
    """
    summary = read_output(out / SUMMARY_FILE, Summary, _LARGEST_FILE)
    if summary is None:
        raise RecordError(f"{out} holds no {SUMMARY_FILE}. Give a folder that plainweave run wrote.")
    return summary


def judgement_summary(judgement: Judgement) -> JudgementSummary:
    """Return a verdict on a statement as `summary.json` has it."""
    return JudgementSummary(
        number=judgement.statement.number,
        statement=judgement.statement.text,
        verdict=judgement.verdict.value,
        seeds=judgement.seeds,
        seeds_needed=judgement.seeds_needed,
        note=judgement.note,
        missing=judgement.missing,
        comparisons=tuple(_finding(finding) for finding in judgement.findings),
    )


def _finding(finding: Finding) -> FindingSummary:
    region = finding.comparison.region
    return FindingSummary(
        comparison=finding.comparison.label,
        unit=finding.comparison.unit,
        claimed=(finite(region.low), finite(region.high)),
        verdict=finding.verdict.value,
        seeds_needed=finding.seeds_needed,
        **vars(Interval.of(finding.effect)),
    )


def _check_verdict(verdict: str) -> None:
    known = [known.value for known in Verdict]
    if verdict not in known:
        raise ValueError(f"verdict is {verdict!r}; expected one of {', '.join(known)}")
