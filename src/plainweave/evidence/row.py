"""A row of a summary: an experiment, and its scores over its seeds."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from plainweave.evidence.measures import Measure, kind_of_score, of_test, of_validation, score_names
from plainweave.evidence.statistics import Estimate, estimate, in_words
from plainweave.experiments import RunRecord


@dataclass(frozen=True, kw_only=True, repr=False)
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

    def __repr__(self) -> str:
        return f"{type(self).__name__}({in_words(self)})"

    @staticmethod
    def of(effect: Estimate | None) -> "Interval":
        """Return an estimate as JSON can have it; None where there are no runs."""
        if effect is None:
            return Interval(mean=None, sd=None, n=0, low=None, high=None, confidence=None)
        return Interval(
            mean=finite(effect.mean),
            sd=finite(effect.sd),
            n=effect.n,
            low=finite(effect.low),
            high=finite(effect.high),
            confidence=effect.confidence,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class OverSeeds(Interval):
    """A score, mean over seeds; `values` has one from each seed, None where it is not finite.

    Attributes:
        unit: "%" or "nats"; "" where it has none, or the targets' own.
    """

    unit: str
    values: tuple[float | None, ...]

    def __repr__(self) -> str:
        return f"OverSeeds({in_words(self, self.unit)})"


Scores: TypeAlias = dict[str, OverSeeds]  # by name: "loss", and each metric of the loss


@dataclass(frozen=True, kw_only=True, repr=False)
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

    def __repr__(self) -> str:
        result = f"{self.measure.name} {in_words(self.shown, self.shown.unit)}" if self.shown else "no score"
        return f"Row({self.id!r}, {result})"

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


def by_kind(rows: Iterable[Row]) -> list[list[Row]]:
    """Part rows into those whose most telling scores can be compared."""
    kinds: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        kinds.setdefault(kind_of_score(row.score, row.loss), []).append(row)
    return list(kinds.values())


def row_of(records: Sequence[RunRecord]) -> Row:
    """Sum up the records of one experiment."""
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
    values = tuple(finite(value) for value in result.values)
    return OverSeeds(unit=measure.unit, values=values, **vars(Interval.of(result)))


def finite(value: float | None) -> float | None:
    """Return a number as JSON can have it; None where it is not finite."""
    return value if value is not None and math.isfinite(value) else None
