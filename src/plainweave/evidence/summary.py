"""The summary of an output folder: a row for each experiment, over its seeds, and how any two differ."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from plainweave.data import FASHION_MNIST
from plainweave.errors import RecordError
from plainweave.evidence.claims import test_accuracy, validation_accuracy
from plainweave.evidence.judgement import Judgement
from plainweave.evidence.statistics import CONFIDENCE, Estimate, estimate, paired_differences
from plainweave.experiments import RunRecord, by_experiment


@dataclass(frozen=True)
class Difference:
    """How the accuracies of two experiments differ, first less second, seed by seed, in points.

    Attributes:
        first, second: their ids.
        measure: "test accuracy" if both are tested, else "validation accuracy".
        effect: the mean difference, with its interval.
    """

    first: str
    second: str
    measure: str
    effect: Estimate


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
    """Compare any two tested experiments that have two seeds or more in common."""
    groups = [group for group in by_experiment(records) if group[0].experiment.test]
    pairs = [
        (first, second)
        for first, second in combinations(groups, 2)
        if len({each.seed for each in first} & {each.seed for each in second}) > 1
    ]
    return [difference(*pair, confidence=1 - (1 - CONFIDENCE) / len(pairs)) for pair in pairs]


def difference(
    first: Sequence[RunRecord], second: Sequence[RunRecord], confidence: float = CONFIDENCE
) -> Difference:
    """Compare two experiments by their records.

    Raises:
        RecordError: they have no seed in common.
    """
    tested = first[0].experiment.test and second[0].experiment.test
    measure: Callable[[RunRecord], float] = test_accuracy if tested else validation_accuracy
    values = [{each.seed: measure(each) for each in records} for records in (first, second)]
    differences = paired_differences(*values)
    ids = first[0].experiment.id, second[0].experiment.id
    if not differences:
        raise RecordError(
            f"{ids[0]} and {ids[1]} have no seed in common; expected at least one. Train both from the same."
        )
    return Difference(
        *ids,
        "test accuracy" if tested else "validation accuracy",
        estimate(differences, confidence),
    )


def claim_summary(judgement: Judgement) -> dict[str, Any]:
    """Return a verdict on a claim as `summary.json` has it; ends of a region that are open are None."""
    return {
        "number": judgement.claim.number,
        "statement": judgement.claim.statement,
        "verdict": judgement.verdict,
        "seeds": judgement.seeds,
        "note": judgement.note,
        "missing": list(judgement.missing),
        "comparisons": [
            {
                "comparison": finding.comparison.label,
                "unit": finding.comparison.unit,
                "claimed": [
                    end if math.isfinite(end) else None
                    for end in (finding.comparison.region.low, finding.comparison.region.high)
                ],
                **(_interval(finding.effect) if finding.effect else {}),
                "verdict": finding.verdict,
            }
            for finding in judgement.findings
        ],
    }


def _row(records: Sequence[RunRecord], dataset: str) -> dict[str, Any]:
    experiment = records[0].experiment
    settings = experiment.settings
    names = ("id", "figure", "hidden", "activation", "learning_rate", "weight_decay", "epochs")
    return {
        **{name: settings[name] for name in names},
        "test_accuracy": _values(records, test_accuracy) if experiment.test else None,
        "report_accuracy": settings["report_accuracy"] if dataset == FASHION_MNIST else None,
        "seeds": [record.seed for record in records],
        "best_epoch": [record.best_epoch for record in records],
        "diverged": [record.diverged for record in records],
        "batch_size": experiment.batch_size,
        "validation_accuracy": _values(records, validation_accuracy),
    }


def _values(records: Sequence[RunRecord], measure: Callable[[RunRecord], float]) -> dict[str, Any]:
    of_seeds = estimate([measure(record) for record in records])
    return {**_interval(of_seeds), "values": list(of_seeds.values)}


def _interval(effect: Estimate) -> dict[str, Any]:
    names = ("mean", "sd", "n", "low", "high", "confidence")
    ends = {name: getattr(effect, name) for name in names}
    return {**ends, "mean": effect.mean if math.isfinite(effect.mean) else None}
