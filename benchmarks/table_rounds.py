"""What `compare_tables.py` measures, which starts it: `python table_rounds.py FILE SEEDS`.

Every side is fitted to every table with every seed; a line of JSON is added to the file as each is done.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from table_data import TABLES
from table_sides import SIDES

Row = dict[str, Any]


def main() -> None:
    """Measure what the file does not have yet."""
    path, seeds = Path(sys.argv[1]), range(int(sys.argv[2]))
    known = {(row["table"], row["seed"], row["side"]) for row in rows_of(path)}
    with path.open("a") as file:
        for name in TABLES:
            for seed in seeds:
                for side in SIDES:
                    if (name, seed, side) not in known:
                        row = {"table": name, "seed": seed, "side": side, **_fitted(name, seed, side)}
                        print(json.dumps(row), file=file, flush=True)


def rows_of(path: Path) -> list[Row]:
    """Return what was measured so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def _fitted(name: str, seed: int, side: str) -> Row:
    """Fit a side to a table; return its score in points, its error in units, and the processor's seconds."""
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
