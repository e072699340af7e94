"""summary.json: a row for each experiment, over its seeds, how any two differ, and the verdicts on claims."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from plainweave.errors import RecordError
from plainweave.evidence.differences import all_differences
from plainweave.evidence.measures import TEST_ACCURACY, VALIDATION_ACCURACY, Measure
from plainweave.evidence.output import read_output
from plainweave.evidence.statements import Finding, Judgement
from plainweave.evidence.statistics import Estimate, Verdict, estimate
from plainweave.experiments import RunRecord, by_experiment

SUMMARY_FILE = "summary.json"
_LARGEST_FILE = 2**26  # bytes


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean over seeds with its interval, as `Estimate` has it; None for what can't be had or is infinite.

    Attributes:
        mean: of the seeds.
        sd: sample standard deviation; of a difference that of two single runs.
        n: how many seeds; 0 without runs.
        low, high: ends of the interval of the mean.
        confidence: the share of such intervals that hold what they estimate.
    """

    mean: float | None
    sd: float | None
    n: int
    low: float | None
    high: float | None
    confidence: float | None

    @staticmethod
    def of(effect: Estimate | None) -> "Interval":
        """Return an estimate as JSON can have it; None where there are no runs."""
        if effect is None:
            return Interval(mean=None, sd=None, n=0, low=None, high=None, confidence=None)
        return Interval(
            mean=_finite(effect.mean),
            sd=_finite(effect.sd),
            n=effect.n,
            low=_finite(effect.low),
            high=_finite(effect.high),
            confidence=effect.confidence,
        )


@dataclass(frozen=True, kw_only=True)
class Accuracy(Interval):
    """An accuracy in percent, mean over seeds; `values` has one from each seed."""

    mean: float
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """An experiment and its results.

    Attributes:
        id, hidden, activation, learning_rate, weight_decay, batch_size, epochs: as `Experiment` has them.
        test_accuracy: of the kept weights; None if the experiment is not tested.
        validation_accuracy: of the kept weights.
        seeds: of its runs.
        best_epoch: of each seed, 0 if no loss was ever finite.
        diverged: the epoch at which each seed's loss was no longer finite, or None.
    """

    id: str
    hidden: tuple[int, ...]
    activation: str | tuple[str, ...]
    learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int
    test_accuracy: Accuracy | None
    validation_accuracy: Accuracy
    seeds: tuple[int, ...]
    best_epoch: tuple[int, ...]
    diverged: tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class Pair(Interval):
    """How the test accuracies of two experiments differ, first less second, in points."""

    first: str
    second: str


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


@dataclass(frozen=True)
class Summary:
    """What summary.json holds.

    Attributes:
        dataset: on which the runs were made.
        rows: one for each experiment, in their order.
        comparisons: all pairs of tested experiments of two seeds or more; the chance that any of their
            intervals misses is about 5 % at most (Bonferroni).
        claims: the verdicts on claims.
    """

    VERSION: ClassVar[int] = 2
    dataset: str
    rows: tuple[Row, ...]
    comparisons: tuple[Pair, ...]
    claims: tuple[JudgementSummary, ...]


def summarize(records: Sequence[RunRecord], judgements: Sequence[Judgement] = ()) -> Summary:
    """Sum up records of one data set, in the order of their experiments, and what they say about claims."""
    return Summary(
        records[0].dataset.name,
        tuple(_row(group) for group in by_experiment(records)),
        tuple(
            Pair(first=difference.first, second=difference.second, **vars(Interval.of(difference.effect)))
            for difference in all_differences(records)
        ),
        tuple(judgement_summary(judgement) for judgement in judgements),
    )


def read_summary(out: Path) -> Summary:
    """Read summary.json of an output folder.

    Raises:
        RecordError: it is missing, can't be read, or is of version 0.1.
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


def _row(records: Sequence[RunRecord]) -> Row:
    experiment = records[0].experiment
    return Row(
        id=experiment.id,
        hidden=experiment.hidden,
        activation=experiment.activation,
        learning_rate=experiment.learning_rate,
        weight_decay=experiment.weight_decay,
        batch_size=experiment.batch_size,
        epochs=experiment.epochs,
        test_accuracy=_accuracy(records, TEST_ACCURACY) if experiment.test else None,
        validation_accuracy=_accuracy(records, VALIDATION_ACCURACY),
        seeds=tuple(record.seed for record in records),
        best_epoch=tuple(record.best_epoch for record in records),
        diverged=tuple(record.diverged for record in records),
    )


def _accuracy(records: Sequence[RunRecord], measure: Measure) -> Accuracy:
    result = estimate([measure.of(record) for record in records])
    return Accuracy(values=result.values, **vars(Interval.of(result)))


def _finding(finding: Finding) -> FindingSummary:
    region = finding.comparison.region
    return FindingSummary(
        comparison=finding.comparison.label,
        unit=finding.comparison.unit,
        claimed=(_finite(region.low), _finite(region.high)),
        verdict=finding.verdict.value,
        seeds_needed=finding.seeds_needed,
        **vars(Interval.of(finding.effect)),
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _check_verdict(verdict: str) -> None:
    known = [known.value for known in Verdict]
    if verdict not in known:
        raise ValueError(f"verdict is {verdict!r}; expected one of {', '.join(known)}")
