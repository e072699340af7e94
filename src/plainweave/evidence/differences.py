"""How the accuracies of any two experiments differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from plainweave.errors import RecordError
from plainweave.evidence.measures import TEST_ACCURACY, VALIDATION_ACCURACY, Measure
from plainweave.evidence.statistics import CONFIDENCE, Estimate
from plainweave.experiments import RunRecord, by_experiment


@dataclass(frozen=True)
class Difference:
    """How the accuracies of two experiments differ, first less second, in points.

    Attributes:
        first, second: their ids.
        measure: test accuracy if both are tested, else validation accuracy.
        seeds: how many seeds each has that count.
        effect: the mean difference, with its interval.
    """

    first: str
    second: str
    measure: Measure
    seeds: tuple[int, int]
    effect: Estimate

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
        RecordError: they are compared seed by seed, and have no seed in common.
    """
    ids = first[0].experiment.id, second[0].experiment.id
    tested = first[0].experiment.test and second[0].experiment.test
    measure = TEST_ACCURACY if tested else VALIDATION_ACCURACY
    values = [measure.values({record.seed: record for record in records}) for records in (first, second)]
    effect = measure.difference(values[0], values[1], confidence)
    if effect is None:
        raise RecordError(
            f"{ids[0]} and {ids[1]} have no seed in common; expected at least one. Train both from the same."
        )
    return Difference(*ids, measure, (len(values[0]), len(values[1])), effect)


def all_differences(records: Sequence[RunRecord]) -> list[Difference]:
    """Compare any two tested experiments that have two seeds or more each.

    The chance that any of the intervals misses is about 5 % at most (Bonferroni).
    """
    groups = [group for group in by_experiment(records) if group[0].experiment.test and len(group) > 1]
    pairs = list(combinations(groups, 2))
    return [difference(*pair, confidence=1 - (1 - CONFIDENCE) / len(pairs)) for pair in pairs]
