"""plainweave's estimators beside scikit-learn's: `python benchmarks/estimators.py`.

Fits with default settings but for the number of epochs of large data, predictions of 1 and of 10,000 rows,
and grid searches on two cores. The sides take turns in a process pinned to one core; a row is the ratio of
their medians, with the smallest and the largest ratio of a round. Prints tables, and writes estimators.json
and estimators.md into the folder given by --out.
"""

import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from estimator_rounds import CASES, SEARCHES
from measure import one_thread, read_options

from plainweave.experiments import environment

DTYPES = ("float32", "float64")
TASKS = ("fit", "predict 1", "predict 10,000")
Row = dict[str, Any]


def main() -> None:
    """Measure, show, and write down."""
    options = read_options(__doc__, repeats=5)
    rows: list[Row] = []
    for dtype in DTYPES:
        for case in (*CASES, *SEARCHES):
            rows += _rows(case, dtype, options.repeats, options.core)
            print(*map(_line, rows[-1:] if case in SEARCHES else rows[-len(TASKS) :]), sep="\n", flush=True)
    tables = "\n\n".join([*(_table(rows, task) for task in (*TASKS, "grid search"))])
    print(f"\n{tables}")
    content = {"environment": environment(), "rows": rows}
    (options.out / "estimators.json").write_text(json.dumps(content, indent=2) + "\n")
    (options.out / "estimators.md").write_text(tables + "\n")


def _rows(case: str, dtype: str, rounds: int, core: int) -> list[Row]:
    """Measure one case: a row for each task.

    Raises:
        RuntimeError: the process failed; its error stands above.
    """
    is_search = case in SEARCHES
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("estimator_rounds.py")), case, dtype, str(rounds)],
        stdout=subprocess.PIPE,
        text=True,
        # The processes of a search are given their threads by joblib.
        env=None if is_search else one_thread(),
        preexec_fn=None if is_search else lambda: os.sched_setaffinity(0, {core}),
    )
    if done.returncode:
        raise RuntimeError(f"{case} in {dtype} failed")
    ours, theirs = json.loads(done.stdout).values()
    return [
        {
            "task": "grid search" if is_search else task,
            "data": case,
            "dtype": dtype,
            "seconds": [taken[task] for taken in ours],
            "their seconds": [taken[task] for taken in theirs],
            "epochs": [ours[0].get("epochs"), theirs[0].get("epochs")],
            "score": [ours[0]["score"], theirs[0]["score"]],
        }
        for task in (("fit",) if is_search else TASKS)
    ]


def _ratios(row: Row) -> tuple[float, float, float]:
    """Return the ratio of the medians, and the smallest and the largest of a round."""
    ours, theirs = row["seconds"], row["their seconds"]
    by_round = [their / our for our, their in zip(ours, theirs, strict=True)]
    return statistics.median(theirs) / statistics.median(ours), min(by_round), max(by_round)


def _line(row: Row) -> str:
    return f"{row['task']}, {row['data']}, {row['dtype']}: {_ratios(row)[0]:.2f}"


def _table(rows: list[Row], task: str) -> str:
    lines = [
        f"| {task} | precision | plainweave (ms) | scikit-learn (ms) | times as fast | of a round | epochs |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for dtype in DTYPES:
        own = [row for row in rows if (row["task"], row["dtype"]) == (task, dtype)]
        for row in own:
            ratio, low, high = _ratios(row)
            ours, theirs = (1e3 * statistics.median(row[side]) for side in ("seconds", "their seconds"))
            epochs = " and ".join(str(number) for number in dict.fromkeys(row["epochs"]) if number)
            lines.append(
                f"| {row['data']} | {dtype} | {ours:.3g} | {theirs:.3g} | {ratio:.2f} "
                f"| {low:.2f} to {high:.2f} | {epochs} |"
            )
        of_classes = [row for row in own if "numbers" not in row["data"]]
        mean = math.exp(statistics.fmean(math.log(_ratios(row)[0]) for row in of_classes))
        lines.append(f"| geometric mean of the classifiers | {dtype} | | | {mean:.2f} | | |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
