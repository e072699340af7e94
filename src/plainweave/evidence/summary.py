"""The summary of an output folder: a row for each experiment, over its seeds, and how any two differ."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from plainweave.data import FASHION_MNIST
from plainweave.errors import RecordError
from plainweave.evidence.measures import TEST_ACCURACY, VALIDATION_ACCURACY, Measure
from plainweave.evidence.statements import Finding, Judgement
from plainweave.evidence.statistics import CONFIDENCE, Estimate, estimate
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


def summarize(records: Sequence[RunRecord]) -> dict[str, Any]:
    """Return what `summary.json` holds, of records of one data set in the order of their experiments.

    Accuracies are in percent; `sd` is the sample standard deviation over seeds, `low` and `high` are the ends
    of the interval of the mean, all None for one seed. The report's accuracy stands beside ours only for runs
    on Fashion-MNIST, the report's data. `comparisons` has all pairs of tested experiments; the chance that
    any of its intervals misses is about 5 % at most (Bonferroni). `write_report` adds `claims`.
    """
    name = records[0].dataset.name
    groups = by_experiment(records)
    return {
        "dataset": name,
        "rows": [_row(group, name) for group in groups],
        "comparisons": [
            {"first": each.first, "second": each.second, **_interval(each.effect)}
            for each in all_differences(records)
        ],
    }


def all_differences(records: Sequence[RunRecord]) -> list[Difference]:
    """Compare any two tested experiments that have two seeds or more each."""
    groups = [group for group in by_experiment(records) if group[0].experiment.test and len(group) > 1]
    pairs = list(combinations(groups, 2))
    return [difference(*pair, confidence=1 - (1 - CONFIDENCE) / len(pairs)) for pair in pairs]


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


def judgement_summary(judgement: Judgement) -> dict[str, Any]:
    """Return a verdict on a statement as `summary.json` has it.

    Ends of a region that are open are None. `low`, `high` and `confidence` are of the interval that decided.
    `seeds_needed` is about how many seeds would decide what is undecided, 1001 for any number above 1,000,
    and None where that can't be told.
    """
    return {
        "number": judgement.statement.number,
        "statement": judgement.statement.text,
        "verdict": judgement.verdict,
        "seeds": judgement.seeds,
        "seeds_needed": judgement.seeds_needed,
        "note": judgement.note,
        "missing": list(judgement.missing),
        "comparisons": [_finding(finding) for finding in judgement.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    region = finding.comparison.region
    return {
        "comparison": finding.comparison.label,
        "unit": finding.comparison.unit,
        "claimed": [end if math.isfinite(end) else None for end in (region.low, region.high)],
        **(_interval(finding.effect) if finding.effect else {}),
        "verdict": finding.verdict,
        "seeds_needed": finding.seeds_needed,
    }


def _row(records: Sequence[RunRecord], dataset: str) -> dict[str, Any]:
    experiment = records[0].experiment
    settings = experiment.settings
    names = ("id", "figure", "hidden", "activation", "learning_rate", "weight_decay", "epochs")
    return {
        **{name: settings[name] for name in names},
        "test_accuracy": _values(records, TEST_ACCURACY) if experiment.test else None,
        "report_accuracy": settings["report_accuracy"] if dataset == FASHION_MNIST else None,
        "seeds": [record.seed for record in records],
        "best_epoch": [record.best_epoch for record in records],
        "diverged": [record.diverged for record in records],
        "batch_size": experiment.batch_size,
        "validation_accuracy": _values(records, VALIDATION_ACCURACY),
    }


def _values(records: Sequence[RunRecord], measure: Measure) -> dict[str, Any]:
    of_seeds = estimate([measure.of(record) for record in records])
    return {**_interval(of_seeds), "values": list(of_seeds.values)}


def _interval(effect: Estimate) -> dict[str, Any]:
    names = ("mean", "sd", "n", "low", "high", "confidence")
    ends = {name: getattr(effect, name) for name in names}
    return {**ends, "mean": effect.mean if math.isfinite(effect.mean) else None}
