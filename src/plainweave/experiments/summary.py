"""The summary of an output folder: a row for each experiment, over its seeds."""

import statistics
from collections.abc import Sequence
from typing import Any

from plainweave.data import FASHION_MNIST
from plainweave.experiments.records import RunRecord
from plainweave.experiments.spec import Experiment


def summarize(records: Sequence[RunRecord]) -> dict[str, Any]:
    """Return what `summary.json` holds, of records of one data set in the order of their experiments.

    Accuracies are in percent; `sd` is the sample standard deviation over seeds, None for one seed. The
    report's accuracy stands beside ours only for runs on Fashion-MNIST, the report's data.
    """
    name = records[0].dataset.name
    groups = by_experiment(records)
    return {"dataset": name, "rows": [_row(group, name) for group in groups]}


def by_experiment(records: Sequence[RunRecord]) -> list[list[RunRecord]]:
    """Part records into those of one experiment each: the same settings, other seeds."""
    groups: dict[Experiment, list[RunRecord]] = {}
    for record in records:
        groups.setdefault(record.experiment, []).append(record)
    return list(groups.values())


def _row(records: Sequence[RunRecord], dataset: str) -> dict[str, Any]:
    settings = records[0].experiment.settings
    names = ("id", "figure", "hidden", "activation", "learning_rate", "weight_decay", "epochs")
    accuracies = [record.test_accuracy for record in records]
    return {
        **{name: settings[name] for name in names},
        "test_accuracy": {
            "mean": statistics.fmean(accuracies),
            "sd": statistics.stdev(accuracies) if len(accuracies) > 1 else None,
            "n": len(accuracies),
            "values": accuracies,
        },
        "report_accuracy": settings["report_accuracy"] if dataset == FASHION_MNIST else None,
        "seeds": [record.seed for record in records],
        "best_epoch": [record.best_epoch for record in records],
        "diverged": [record.diverged for record in records],
    }
