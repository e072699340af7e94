"""summary.json: a row for each experiment, over its seeds, how any two differ, and the verdicts on claims."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeAlias

from plainweave.errors import RecordError
from plainweave.evidence.differences import all_differences
from plainweave.evidence.measures import Measure, kind_of_score, of_test, of_validation, score_names
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
class OverSeeds(Interval):
    """A score, mean over seeds; `values` has one from each seed, None where it is not finite.

    Attributes:
        unit: "%" or "nats"; "" where it has none, or the targets' own.
    """

    unit: str
    values: tuple[float | None, ...]


Scores: TypeAlias = dict[str, OverSeeds]  # by name: "loss", and each metric of the loss


@dataclass(frozen=True, kw_only=True)
class Row:
    """An experiment and its results.

    Attributes:
        id, hidden, activation, loss, optimizer, learning_rate, weight_decay, batch_size, epochs: as
            `Experiment` has them.
        score: the name of the most telling of its scores, "accuracy".
        test: the kept weights' scores on the test examples; None if the experiment is not tested.
        validation: the same on those for validation; None without a validation part.
        seeds: of its runs.
        best_epoch: of each seed, 0 if no loss was ever finite.
        diverged: the epoch at which each seed's loss was no longer finite, or None.
        stopped: why an observer ended each seed's training, or None.
    """

    id: str
    hidden: tuple[int, ...]
    activation: str | tuple[str, ...]
    loss: str
    optimizer: str
    learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int
    score: str
    test: Scores | None
    validation: Scores | None
    seeds: tuple[int, ...]
    best_epoch: tuple[int, ...]
    diverged: tuple[int | None, ...]
    stopped: tuple[str | None, ...]

    def __post_init__(self) -> None:
        for name in ("test", "validation"):
            scores = getattr(self, name)
            if scores is not None and self.score not in scores:
                raise ValueError(f"{name} has {', '.join(scores) or 'nothing'}; expected {self.score}")

    @property
    def shown(self) -> OverSeeds | None:
        """The most telling score: on the test examples, or else on those for validation."""
        scores = self.test or self.validation
        return scores[self.score] if scores else None

    @property
    def measure(self) -> Measure:
        """What `shown` is a value of."""
        measure = (of_test if self.test else of_validation)(self.score)
        return measure if self.shown is None else measure.in_unit(self.shown.unit)


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
        comparisons: all pairs of tested experiments of two seeds or more with a score in common; the chance
            that any of their intervals misses is about 5 % at most (Bonferroni).
        claims: the verdicts on claims.
    """

    VERSION: ClassVar[int] = 3
    dataset: str
    rows: tuple[Row, ...]
    comparisons: tuple[Pair, ...]
    claims: tuple[JudgementSummary, ...]


def by_kind(rows: Iterable[Row]) -> list[list[Row]]:
    """Part rows into those whose most telling scores can be compared."""
    kinds: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        kinds.setdefault(kind_of_score(row.score, row.loss), []).append(row)
    return list(kinds.values())


def summarize(records: Sequence[RunRecord], judgements: Sequence[Judgement] = ()) -> Summary:
    """Sum up records of one data set, in the order of their experiments, and what they say about claims."""
    return Summary(
        records[0].dataset.name,
        tuple(_row(group) for group in by_experiment(records)),
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


def _row(records: Sequence[RunRecord]) -> Row:
    experiment = records[0].experiment
    return Row(
        id=experiment.id,
        hidden=experiment.hidden,
        activation=experiment.activation,
        loss=experiment.loss,
        optimizer=experiment.optimizer,
        learning_rate=experiment.learning_rate,
        weight_decay=experiment.weight_decay,
        batch_size=experiment.batch_size,
        epochs=experiment.epochs,
        score=score_names(experiment)[0],
        test=_scores(records, of_test),
        validation=_scores(records, of_validation),
        seeds=tuple(record.seed for record in records),
        best_epoch=tuple(record.best_epoch for record in records),
        diverged=tuple(record.diverged for record in records),
        stopped=tuple(record.stopped for record in records),
    )


def _scores(records: Sequence[RunRecord], part: Callable[[str], Measure]) -> Scores | None:
    experiment = records[0].experiment
    measures = {name: part(name).among([experiment]) for name in score_names(experiment)}
    if not all(measure.is_of(record) for measure in measures.values() for record in records):
        return None
    return {name: _over_seeds(records, measure) for name, measure in measures.items()}


def _over_seeds(records: Sequence[RunRecord], measure: Measure) -> OverSeeds:
    result = estimate([measure.of(record) for record in records], may_agree=measure.counts)
    values = tuple(_finite(value) for value in result.values)
    return OverSeeds(unit=measure.unit, values=values, **vars(Interval.of(result)))


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
