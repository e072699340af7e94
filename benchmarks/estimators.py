"""plainweave's estimators beside scikit-learn's: `python benchmarks/estimators.py [CASE ...]`.

Fits with default settings but for the number of epochs of large data, predictions of 1 and of 10,000 rows,
and grid searches on two cores. The sides take turns in a process pinned to one core. Prints the ratios of
their medians as they come; writes estimators.json, which keeps what other calls measured, and estimators.md
into the folder given by --out.
"""

import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from estimator_rounds import CASES, SEARCH, SEARCHES
from measure import cores_for, machine, options_of, with_threads
from results import markdown, short

DTYPES = ("float32", "float64")
TASKS = ("fit", "predict 1", "predict 10,000")
_SEARCH = "grid search"
_HEAD = [
    "data",
    "epochs",
    "fit, float32",
    "fit, float64",
    "of a round",
    "µs an epoch, float32: ours, theirs",
    "predict 1 row",
    "predict 10,000 rows",
    _SEARCH,
]
Row = dict[str, Any]


def main() -> None:
    """Measure, show, and write down."""
    options = options_of(__doc__, turns=5, names=(*CASES, *SEARCHES))
    path = options.out / "estimators.json"
    rows: list[Row] = json.loads(path.read_text())["rows"] if path.exists() else []
    for case in options.names or (*CASES, *SEARCHES):
        for dtype in DTYPES:
            new = _rows(case, dtype, options.turns)
            known = {_key(row) for row in new}
            rows = [row for row in rows if _key(row) not in known] + new
            print(*map(_line, new), sep="\n", flush=True)
    path.write_text(json.dumps({"environment": machine(), "rows": rows}, indent=2) + "\n")
    table = _table({_key(row): row for row in rows})
    print(f"\n{table}")
    (options.out / "estimators.md").write_text(table + "\n")


def _key(row: Row) -> tuple[str, str, str]:
    return row["task"], row["data"], row["dtype"]


def _rows(case: str, dtype: str, turns: int) -> list[Row]:
    """Measure one case: a row for each task.

    Raises:
        RuntimeError: the process failed; its error stands above.
    """
    is_search = case in SEARCHES
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("estimator_rounds.py")), case, dtype, str(turns)],
        stdout=subprocess.PIPE,
        text=True,
        # The processes of a search are given their threads by joblib.
        env=None if is_search else with_threads(1),
        preexec_fn=None if is_search else lambda: os.sched_setaffinity(0, cores_for(1)),
    )
    if done.returncode:
        raise RuntimeError(f"{case} in {dtype} failed")
    ours, theirs = json.loads(done.stdout).values()
    return [
        {
            "task": _SEARCH if is_search else task,
            "data": case.removeprefix(SEARCH),
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


def _table(rows: dict[tuple[str, str, str], Row]) -> str:
    """Return how many times as fast ours are; a number for each precision where there are two."""
    lines = [_HEAD, ["---", *["--:"] * (len(_HEAD) - 1)]]
    measured = [case for case in CASES if all(("fit", case, dtype) in rows for dtype in DTYPES)]
    for case in measured:
        fits = [rows["fit", case, dtype] for dtype in DTYPES]
        edges = [edge for fit in fits for edge in _ratios(fit)[1:]]
        epochs = fits[0]["epochs"]
        each = [
            short(1e6 * statistics.median(fits[0][side]) / count)
            for side, count in zip(("seconds", "their seconds"), epochs, strict=True)
        ]
        lines.append(
            [
                case,
                " and ".join(str(number) for number in dict.fromkeys(epochs)),
                *(f"{_ratios(fit)[0]:.1f}" for fit in fits),
                f"{min(edges):.1f} to {max(edges):.1f}",
                ", ".join(each),
                *(_of_both(rows, task, [case]) for task in (*TASKS[1:], _SEARCH)),
            ]
        )
    of_classes = [case for case in measured if "numbers" not in case]
    means = [_of_both(rows, task, of_classes) for task in ("fit", _SEARCH)]
    lines.append(["geometric mean of the classifiers", "", *means[0].split(" / "), "", "", "", "", means[1]])
    return markdown(lines)


def _of_both(rows: dict[tuple[str, str, str], Row], task: str, cases: Sequence[str]) -> str:
    """Return the mean ratios of a task in float32 and in float64, of the cases that have it."""
    texts = []
    for dtype in DTYPES:
        ratios = [_ratios(rows[task, case, dtype])[0] for case in cases if (task, case, dtype) in rows]
        if ratios:
            texts.append(f"{math.exp(statistics.fmean(map(math.log, ratios))):.1f}")
    return " / ".join(texts)


if __name__ == "__main__":
    main()
