"""How the scores of any two experiments differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from plainweave.errors import RecordError
from plainweave.evidence.measures import Measure, common_score, of_test, of_validation
from plainweave.evidence.statistics import CONFIDENCE, Estimate, in_words
from plainweave.experiments import RunRecord, by_experiment


@dataclass(frozen=True, repr=False)
class Difference:
    """How the scores of two experiments differ, first less second.

    Attributes:
        first, second: their ids.
        measure: the most telling metric that both have, on the test examples if both are tested, else on
            those for validation; the loss if both have one and no metric.
        seeds: how many seeds each has that count.
        effect: the mean difference, with its interval.
    """

    first: str
    second: str
    measure: Measure
    seeds: tuple[int, int]
    effect: Estimate

    def __repr__(self) -> str:
        effect = in_words(self.effect, self.measure.unit_of_difference)
        return f"Difference({self.first} − {self.second}, {self.measure.name} {effect})"

    @property
    def better(self) -> str:
        """The id of the one whose mean is better."""
        return self.first if (self.effect.mean > 0) is self.measure.higher_is_better else self.second

    @property
    def over(self) -> str:
        """Over which seeds the mean is taken, in words."""
        first, second = self.seeds
        if self.measure.paired or first == second:
            seeds = f"{self.effect.n} {'seed' if self.effect.n == 1 else 'seeds'}"
            return f"paired over {seeds}" if self.measure.paired else f"over {seeds} of each"
        return f"over {first} and {second} seeds"


def difference(
    first: Sequence[RunRecord], second: Sequence[RunRecord], confidence: float = CONFIDENCE
) -> Difference:
    """Compare two experiments by their records.

    Raises:
        RecordError: they are compared seed by seed, and have no seed in common; or they have no metric or
            loss in common, or were neither tested nor validated.
    """
    one, other = first[0].experiment, second[0].experiment
    measure = _measure(first[0], second[0])
    values = [measure.values({record.seed: record for record in records}) for records in (first, second)]
    effect = measure.difference(values[0], values[1], confidence)
    if effect is None:
        raise RecordError(
            f"{one.id} and {other.id} have no seed in common; expected at least one. Train both from the "
            "same."
        )
    return Difference(one.id, other.id, measure, (len(values[0]), len(values[1])), effect)


def all_differences(records: Sequence[RunRecord]) -> list[Difference]:
    """Compare any two tested experiments that have two seeds or more each, and a score in common.

    The chance that any of the intervals misses is about 5 % at most (Bonferroni).
    """
    groups = [group for group in by_experiment(records) if group[0].experiment.test and len(group) > 1]
    pairs = [
        pair for pair in combinations(groups, 2) if common_score(pair[0][0].experiment, pair[1][0].experiment)
    ]
    return [difference(*pair, confidence=1 - (1 - CONFIDENCE) / len(pairs)) for pair in pairs]


def _measure(first: RunRecord, second: RunRecord) -> Measure:
    """Return what two experiments can be compared by, from a record of each."""
    one, other = first.experiment, second.experiment
    score = common_score(one, other)
    if score is None:
        raise RecordError(
            f"{one.id} has the loss {one.loss} and {other.id} {other.loss}, with no metric in common; "
            "expected at least one. They are not to be compared."
        )
    measure = (of_test if one.test and other.test else of_validation)(score).among([one, other])
    for record in (first, second):
        if not measure.is_of(record):
            raise RecordError(
                f"{record.experiment.id} has no {measure.name}; expected both to be tested, or both to be "
                "validated."
            )
    return measure
