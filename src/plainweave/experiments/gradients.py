"""The gradient checks that a reproduction makes: Table 1, and every gradient of the whole network."""

from dataclasses import asdict
from typing import Any

import numpy as np

from plainweave.data import Dataset, Standardizer
from plainweave.network import Network
from plainweave.verification import check_gradients, report_table
from plainweave.verification.report_table import EPSILON, TOLERANCE

ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky-relu")


def gradient_evidence(dataset: Dataset, *, seed: int = 0) -> dict[str, Any]:
    """Check gradients of the default network on one training example of each class.

    Args:
        dataset: where the examples come from; it is standardized as a whole.
        seed: of the random weights.

    Returns:
        As JSON has it: `table_1` with its seven rows, `whole_network` with a check for each activation,
        and whether all `passed`.

    Raises:
        DataError: a class has no training example.
    """
    examples = dataset.one_per_class()
    standardizer = Standardizer.fit("all-pixels", dataset.train.inputs)
    x = standardizer(examples.inputs, np.float64)
    rows = report_table(x, examples.labels, seed=seed)
    checks = []
    for activation in ACTIVATIONS:
        network = Network(
            dataset.features, [50, 50], len(dataset.class_names), activation=activation, seed=seed
        )
        report = check_gradients(network, x, examples.labels)
        checks.append({"activation": activation, "passed": report.passed, **asdict(report)})
    return {
        "dataset": dataset.name,
        "passed": all(row.agrees for row in rows) and all(each["passed"] for each in checks),
        "table_1": {
            "epsilon": EPSILON,
            "tolerance": TOLERANCE,
            "rows": [asdict(row) for row in rows],
        },
        "whole_network": checks,
    }
