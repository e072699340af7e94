"""The conventions that the report leaves unsaid: which of them give its numbers?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from plainweave.experiments.experiment import LOSS_MEANS
from plainweave.paper.claims import CLAIMS
from plainweave.paper.experiments import high_rate_experiments, paper_experiments
from plainweave.paper.published import published

MOMENTUM = 0.9
_FINEST = 0.01  # points; the report gives no more digits
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


ALL_CONVENTIONS = tuple(Conventions(*each) for each in product(DAMPENINGS, STANDARDIZATIONS, LOSS_MEANS))


def audit_experiments() -> tuple[Experiment, ...]:
    """Return the thirteen, and the two of claim 5, under every combination of conventions."""
    experiments = paper_experiments() + high_rate_experiments()
    return tuple(each.applied_to(experiment) for each in ALL_CONVENTIONS for experiment in experiments)


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
    under = {conventions: _runs_under(conventions, records) for conventions in ALL_CONVENTIONS}
    distances = {conventions: each for conventions, runs in under.items() if (each := _distances(runs))}
    seeds = set.intersection(*(set(each) for each in distances.values())) if distances else set()
    if not seeds:
        return []
    common = {
        conventions: {seed: each[seed] for seed in sorted(seeds)} for conventions, each in distances.items()
    }
    nearest, *others = sorted(common, key=lambda each: fmean(common[each].values()))
    logarithms = {
        conventions: {seed: math.log(max(distance, _FINEST)) for seed, distance in each.items()}
        for conventions, each in common.items()
    }
    confidence = 1 - (1 - CONFIDENCE) / math.comb(len(ALL_CONVENTIONS), 2)
    first = _read(nearest, under[nearest], common[nearest])
    return [
        first,
        *(
            replace(
                _read(each, under[each], common[each]),
                farther=estimate(paired_differences(logarithms[each], logarithms[nearest]), confidence),
            )
            for each in others
        ),
    ]


def _runs_under(conventions: Conventions, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Return the audit's records under some conventions, their experiments named as in the report."""
    known = {conventions.applied_to(each): each.id for each in paper_experiments() + high_rate_experiments()}
    return [
        replace(record, experiment=replace(record.experiment, id=known[record.experiment]))
        for record in records
        if record.experiment in known
    ]


def _distances(runs: Sequence[RunRecord]) -> dict[int, float]:
    """Return the distance from the report of each seed that has all thirteen networks."""
    shown = published()
    squares: dict[int, list[float]] = {}
    for record in runs:
        if record.experiment.id in shown:
            difference = TEST_ACCURACY.of(record) - shown[record.experiment.id].accuracy
            squares.setdefault(record.seed, []).append(difference**2)
    return {seed: math.sqrt(fmean(each)) for seed, each in squares.items() if len(each) == len(shown)}


def _read(conventions: Conventions, runs: Sequence[RunRecord], distances: Mapping[int, float]) -> Reading:
    runs = [record for record in runs if record.seed in distances]
    shown = published()
    differences = {}
    for group in by_experiment(runs):
        if (name := group[0].experiment.id) in shown:
            differences[name] = fmean(map(TEST_ACCURACY.of, group)) - shown[name].accuracy
    largest_of = max(differences, key=lambda each: abs(differences[each]))
    return Reading(
        conventions,
        estimate([distances[seed] for seed in sorted(distances)]),
        differences[largest_of],
        largest_of,
        sum(record.diverged is not None for record in runs),
        tuple(judge_all(CLAIMS, runs)),
    )
