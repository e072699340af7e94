"""plainweave beside scikit-learn on real tables: `python benchmarks/compare_tables.py`.

Each side is fitted to the same four fifths of a table and tested on the rest, for ten seeds of split, weights
and order, in one process pinned to one core. What is finished stands in tables.jsonl in the folder given by
--out, and is not done again. Prints tables, and writes tables.json, tables.md and tables.svg there.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from measure import cores_for, options_of, with_threads
from table_data import TABLES
from table_rounds import Row, rows_of
from table_sides import SIDES

from plainweave.evidence.statistics import Estimate, estimate, estimate_difference
from plainweave.experiments import environment

OURS = ("plainweave", "plainweave, chosen")
PEERS = ("HistGradientBoosting", "scikit-learn MLP")
_COLORS = {"plainweave": "#4477aa", "plainweave, chosen": "#cc5533"}


def main() -> None:
    """Measure what is missing, show, and write down."""
    options = options_of(__doc__, turns=10)
    path = options.out / "tables.jsonl"
    subprocess.run(
        [sys.executable, str(Path(__file__).with_name("table_rounds.py")), str(path), str(options.turns)],
        check=True,
        env=with_threads(1),
        preexec_fn=lambda: os.sched_setaffinity(0, cores_for(1)),
    )
    rows = [row for row in rows_of(path) if row["seed"] < options.turns]
    tables = _shown(rows)
    print(tables)
    content = {"environment": environment(), "rows": rows}
    (options.out / "tables.json").write_text(json.dumps(content, indent=2) + "\n")
    (options.out / "tables.md").write_text(tables + "\n")
    _draw(rows, options.out / "tables.svg")


def _shown(rows: list[Row]) -> str:
    """Return scores, errors in units, paired differences and seconds as tables of Markdown."""
    names = list(TABLES)
    return "\n\n".join(
        [_scores(rows, names), _errors(rows, names), _differences(rows, names), _seconds(rows, names)]
    )


def _scores(rows: list[Row], names: list[str]) -> str:
    lines = []
    for name in names:
        inputs = TABLES[name].whole().inputs
        of_categories = int((inputs.dtypes == "category").sum())
        columns = f"{inputs.shape[1]} ({of_categories})"
        means = [_with_interval(estimate(list(_by_seed(rows, name, side).values())), 2) for side in SIDES]
        lines.append([name, f"{len(inputs):,}", columns, *means])
    return _table(["accuracy, or 100 R²", "rows", "columns (categories)", *SIDES], lines)


def _errors(rows: list[Row], names: list[str]) -> str:
    lines = []
    for name in names:
        if unit := TABLES[name].unit:
            errors = [list(_by_seed(rows, name, side, "error").values()) for side in SIDES]
            lines.append([f"{name} ({unit})", *(_with_interval(estimate(values), 0) for values in errors)])
    return _table(["root mean squared error", *SIDES], lines)


def _differences(rows: list[Row], names: list[str]) -> str:
    pairs = [(ours, theirs) for theirs in PEERS for ours in OURS]
    lines = []
    for name in names:
        cells = []
        for ours, theirs in pairs:
            difference = _difference(rows, name, ours, theirs)
            text = _with_interval(difference, 2, "+")
            cells.append(f"**{text}**" if _side_of_0(difference) else text)
        lines.append([name, *cells])
    return _table(["difference in points", *(f"{ours} - {theirs}" for ours, theirs in pairs)], lines)


def _seconds(rows: list[Row], names: list[str]) -> str:
    sides = [*OURS, *PEERS]
    lines = []
    for name in names:
        medians = [statistics.median(_by_seed(rows, name, side, "seconds").values()) for side in sides]
        ratios = [f" ({median / medians[0]:.2g} times)" if median != medians[0] else "" for median in medians]
        lines.append([name, *(f"{median:.2g}{ratio}" for median, ratio in zip(medians, ratios, strict=True))])
    return _table(["seconds to fit", *sides], lines)


def _draw(rows: list[Row], path: Path) -> None:
    """Draw the differences with their intervals: a panel for each peer, a line for each table."""
    names = list(TABLES)
    figure = Figure(figsize=(9, 0.45 * len(names) + 1.4), layout="constrained")
    panels = figure.subplots(1, len(PEERS), sharex=True, sharey=True)
    farthest = 0.0
    for panel, theirs in zip(panels, PEERS, strict=True):
        panel.axvline(0, color="#555555", linewidth=1)
        for offset, ours in zip((-0.15, 0.15), OURS, strict=True):
            for place, name in enumerate(names):
                difference = _difference(rows, name, ours, theirs)
                _draw_difference(panel, place + offset, difference, _COLORS[ours])
                farthest = max(farthest, abs(difference.mean))
        panel.set_title(f"plainweave less {theirs}", loc="left", fontsize=10)
        panel.set_xlabel("points of accuracy or of 100 R²; right of 0: better")
        panel.grid(axis="x", color="#dddddd")
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_xlim(-farthest - 1, farthest + 1)  # a wide interval may go on beyond
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    for ours in OURS:
        panels[0].plot([], [], "o", color=_COLORS[ours], label=ours)
    figure.legend(loc="outside lower center", ncols=len(OURS), frameon=False)
    figure.savefig(path, metadata={"Date": None})


def _draw_difference(panel: Any, place: float, difference: Estimate, color: str) -> None:
    """Draw a dot with its interval."""
    panel.plot(difference.mean, place, "o", color=color, markersize=4)
    if difference.low is not None:
        panel.plot([difference.low, difference.high], [place, place], color=color)


def _by_seed(rows: list[Row], name: str, side: str, what: str = "score") -> dict[int, float]:
    return {row["seed"]: row[what] for row in rows if (row["table"], row["side"]) == (name, side)}


def _difference(rows: list[Row], name: str, ours: str, theirs: str) -> Estimate:
    first, second = (_by_seed(rows, name, side) for side in (ours, theirs))
    difference = estimate_difference(first, second, paired=True)
    assert difference
    return difference


def _side_of_0(difference: Estimate) -> bool:
    """Whether the interval excludes 0."""
    return difference.low is not None and difference.high is not None and difference.low * difference.high > 0


def _with_interval(value: Estimate, digits: int, sign: str = "") -> str:
    """Return a mean with half the width of its interval."""
    half = "" if value.high is None else f" ± {value.high - value.mean:,.{digits}f}"
    return f"{value.mean:{sign},.{digits}f}{half}"


def _table(head: list[str], lines: list[list[str]]) -> str:
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


if __name__ == "__main__":
    main()
