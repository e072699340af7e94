"""The gradient checks that a reproduction makes: Table 1, and every gradient of the whole network."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import threadpoolctl

from plainweave.arrays import FloatArray, IntArray
from plainweave.data import Dataset, Standardizer
from plainweave.network import Network
from plainweave.verification import check_gradients, report_table
from plainweave.verification.report_table import EPSILON, TOLERANCE

ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky-relu")


def gradient_evidence(dataset: Dataset, *, seed: int = 0, jobs: int = 1) -> dict[str, Any]:
    """Check gradients of the default network on one training example of each class.

    Args:
        dataset: where the examples come from; it is standardized as a whole.
        seed: of the random weights.
        jobs: processes, each with one thread.

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
    with ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=threadpoolctl.threadpool_limits,
        initargs=(1,),
    ) as executor:
        checks = list(executor.map(partial(_check, x=x, labels=examples.labels, seed=seed), ACTIVATIONS))
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


def _check(activation: str, x: FloatArray, labels: IntArray, seed: int) -> dict[str, Any]:
    network = Network(x.shape[1], [50, 50], len(labels), activation=activation, seed=seed)
    report = check_gradients(network, x, labels)
    return {"activation": activation, "passed": report.passed, **asdict(report)}
