"""The conventions that the report leaves unsaid: which of them give its numbers?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from statistics import fmean

from plainweave.data import STANDARDIZATIONS
from plainweave.evidence import (
    CONFIDENCE,
    Estimate,
    Judgement,
    estimate,
    judge_all,
    paired_differences,
)
from plainweave.evidence.measures import TEST_ACCURACY
from plainweave.experiments import Experiment, RunRecord, by_experiment
from plainweave.experiments.rules import LOSS_MEANS
from plainweave.paper.claims import CLAIMS
from plainweave.paper.experiments import high_rate_experiments, paper_experiments
from plainweave.paper.references import report_references

AUDIT_FOLDER = "audit"  # of its runs, in the folder of a reproduction
MOMENTUM = 0.9
_FINEST = 0.01  # points; the report gives no more digits
_STANDARDIZATIONS = tuple(kind for kind in STANDARDIZATIONS if kind != "none")
DAMPENINGS = {"classic": 0.0, "dampened": MOMENTUM}


@dataclass(frozen=True)
class Conventions:
    """One reading of what the report does not say.

    Attributes:
        momentum: "classic", v = 0.9 v + g, or "dampened", v = 0.9 v + 0.1 g.
        standardize: "all-pixels", "per-pixel" or "per-image".
        loss_mean: "batch" or "batch-and-classes".
    """

    momentum: str
    standardize: str
    loss_mean: str

    @property
    def prefix(self) -> str:
        """What the ids of its experiments begin with."""
        return f"{self.momentum}.{self.standardize}.{self.loss_mean}."

    def applied_to(self, experiment: Experiment) -> Experiment:
        """Return an experiment under these conventions."""
        return replace(
            experiment,
            id=self.prefix + experiment.id,
            momentum=MOMENTUM,
            dampening=DAMPENINGS[self.momentum],
            standardize=self.standardize,
            loss_mean=self.loss_mean,
        )


ALL_CONVENTIONS = tuple(
    Conventions(*choices) for choices in product(DAMPENINGS, _STANDARDIZATIONS, LOSS_MEANS)
)


def audit_experiments() -> tuple[Experiment, ...]:
    """Return the thirteen, and the two of claim 5, under every combination of conventions."""
    return tuple(
        conventions.applied_to(experiment) for conventions in ALL_CONVENTIONS for experiment in _experiments()
    )


@dataclass(frozen=True)
class Reading:
    """What the runs under one set of conventions say.

    Attributes:
        conventions: under which they were made.
        distance: from the report: the root of the mean squared difference of the thirteen test accuracies
            from the report's, in points; one value from each seed.
        largest: the largest difference of a mean accuracy from the report's, ours less theirs.
        largest_of: the id of its network.
        diverged: runs that diverged.
        judgements: of claims 2 to 10.
        farther: the logarithm of how many times as far as the nearest conventions these lie, seed by seed;
            None for the nearest. Any two might have been compared, so the chance that any of these
            intervals misses is about 5 % at most (Bonferroni over all pairs).
    """

    conventions: Conventions
    distance: Estimate
    largest: float
    largest_of: str
    diverged: int
    judgements: tuple[Judgement, ...]
    farther: Estimate | None = None

    @property
    def likely(self) -> bool:
        """Whether these are the nearest conventions, or are not shown to lie farther than they do."""
        return self.farther is None or self.farther.low is None or self.farther.low <= 0


def read_audit(records: Sequence[RunRecord]) -> list[Reading]:
    """Read the records of an audit, the conventions nearest to the report first.

    Conventions count once all thirteen networks are trained; of seeds those count that all of them have.
    """
    runs = {conventions: _runs_under(conventions, records) for conventions in ALL_CONVENTIONS}
    distances = _over_common_seeds({conventions: _distances(runs[conventions]) for conventions in runs})
    if not distances:
        return []
    nearest, *others = sorted(distances, key=lambda conventions: fmean(distances[conventions].values()))
    logarithms = {
        conventions: {seed: math.log(max(distance, _FINEST)) for seed, distance in of_seeds.items()}
        for conventions, of_seeds in distances.items()
    }
    confidence = 1 - (1 - CONFIDENCE) / math.comb(len(ALL_CONVENTIONS), 2)
    readings = [_reading(nearest, runs[nearest], distances[nearest])]
    for conventions in others:
        farther = paired_differences(logarithms[conventions], logarithms[nearest])
        reading = _reading(conventions, runs[conventions], distances[conventions])
        readings.append(replace(reading, farther=estimate(farther, confidence)))
    return readings


@cache
def _experiments() -> tuple[Experiment, ...]:
    return paper_experiments() + high_rate_experiments()


def _runs_under(conventions: Conventions, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Return the audit's records under some conventions, their experiments named as in the report."""
    ids = {conventions.applied_to(experiment): experiment.id for experiment in _experiments()}
    return [
        replace(record, experiment=replace(record.experiment, id=ids[record.experiment]))
        for record in records
        if record.experiment in ids
    ]


def _distances(runs: Sequence[RunRecord]) -> dict[int, float]:
    """Return the distance from the report of each seed that has all thirteen networks."""
    accuracies = report_references().accuracies
    squares: dict[int, list[float]] = {}
    for record in runs:
        if record.experiment.id in accuracies:
            difference = TEST_ACCURACY.of(record) - accuracies[record.experiment.id]
            squares.setdefault(record.seed, []).append(difference**2)
    return {
        seed: math.sqrt(fmean(of_seed))
        for seed, of_seed in squares.items()
        if len(of_seed) == len(accuracies)
    }


def _over_common_seeds(
    distances: Mapping[Conventions, Mapping[int, float]],
) -> dict[Conventions, dict[int, float]]:
    """Return distances of the seeds that all conventions with any have; none if there are no such seeds."""
    whole = {conventions: of_seeds for conventions, of_seeds in distances.items() if of_seeds}
    seeds = set.intersection(*map(set, whole.values())) if whole else set()
    if not seeds:
        return {}
    return {
        conventions: {seed: of_seeds[seed] for seed in sorted(seeds)}
        for conventions, of_seeds in whole.items()
    }


def _reading(conventions: Conventions, runs: Sequence[RunRecord], distances: Mapping[int, float]) -> Reading:
    runs = [record for record in runs if record.seed in distances]
    accuracies = report_references().accuracies
    differences = {
        group[0].experiment.id: fmean(map(TEST_ACCURACY.of, group)) - accuracies[group[0].experiment.id]
        for group in by_experiment(runs)
        if group[0].experiment.id in accuracies
    }
    largest_of = max(differences, key=lambda name: abs(differences[name]))
    return Reading(
        conventions,
        estimate(list(distances.values())),
        differences[largest_of],
        largest_of,
        sum(record.diverged is not None for record in runs),
        tuple(judge_all(CLAIMS, runs)),
    )
