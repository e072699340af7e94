"""The gradient checks that a reproduction makes: Table 1 first, then those of the library."""

from dataclasses import asdict
from typing import Any

from plainweave.data import Dataset
from plainweave.evidence.gradients import checked_examples, gradient_evidence
from plainweave.paper.table_1 import EPSILON, TOLERANCE, table_1


def paper_gradients(dataset: Dataset, *, seed: int = 0, jobs: int = 1) -> dict[str, Any]:
    """Check gradients of the default network as `gradient_evidence` does, and those of Table 1.

    Returns:
        What `gradient_evidence` does, and `table_1` with its seven rows. A row may disagree for its long
        step alone, and does not count for `passed`.

    Raises:
        DataError: a class has no training example.
        PlainweaveError: processes were killed again and again.
    """
    evidence = gradient_evidence(dataset, seed=seed, jobs=jobs)
    rows = table_1(*checked_examples(dataset), seed=seed)
    table = {"epsilon": EPSILON, "tolerance": TOLERANCE, "rows": [asdict(row) for row in rows]}
    first = {name: evidence[name] for name in ("dataset", "classes", "passed")}
    return {**first, "table_1": table, **evidence}
