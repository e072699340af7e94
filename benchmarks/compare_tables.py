"""plainweave beside scikit-learn on real tables: `python benchmarks/tables.py`.

Each side is fitted to the same four fifths of a table and tested on the rest, for ten seeds of split, weights
and order, in one process pinned to one core. What is finished stands in tables.jsonl in the folder given by
--out, and is not done again. Prints tables, and writes them to tables.md and their picture to tables.svg.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from measure import one_thread, read_options

Row = dict[str, Any]


def main() -> None:
    """Measure what is missing, show, and write down."""
    options = read_options(__doc__, repeats=10)
    os.environ |= one_thread()  # before NumPy is there
    os.sched_setaffinity(0, {options.core})
    from table_results import draw, shown

    rows = _measured(options.out / "tables.jsonl", range(options.repeats))
    tables = shown(rows)
    print(tables)
    (options.out / "tables.md").write_text(tables + "\n")
    draw(rows, options.out / "tables.svg")


def _measured(path: Path, seeds: range) -> list[Row]:
    """Return a row for each table, seed and side: read where they are, else measured."""
    from table_data import TABLES
    from table_sides import SIDES

    rows: list[Row] = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    known = {(row["table"], row["seed"], row["side"]) for row in rows}
    with path.open("a") as file:
        for name in TABLES:
            for seed in seeds:
                for side in SIDES:
                    if (name, seed, side) not in known:
                        row = {"table": name, "seed": seed, "side": side, **_fitted(name, seed, side)}
                        print(json.dumps(row), file=file, flush=True)
                        rows.append(row)
    return [row for row in rows if row["seed"] in seeds]


def _fitted(name: str, seed: int, side: str) -> Row:
    """Fit a side to a table; return its score in points, its error in units, and the processor's seconds."""
    import numpy as np
    from table_data import TABLES
    from table_sides import SIDES

    of_classes = TABLES[name].unit is None
    train, test = TABLES[name].parts(seed)
    started = time.process_time()
    predict = SIDES[side](train, of_classes, seed)
    seconds = time.process_time() - started
    predictions = predict(test.inputs)
    if of_classes:
        return {"score": float(100 * np.mean(predictions == test.targets)), "seconds": seconds}
    square = np.mean(np.square(predictions - test.targets))
    return {
        "score": float(100 * (1 - square / np.var(test.targets))),
        "error": float(np.sqrt(square)),
        "seconds": seconds,
    }


if __name__ == "__main__":
    main()
