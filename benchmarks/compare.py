"""plainweave beside its peers on the report's default network: `python benchmarks/compare.py`.

One epoch with its validation, one network and eight at once, every side in a process pinned to one core.
Prints a table, and writes comparison.json and comparison.svg into the folder given by --out.
"""

import json
import math
import sys
from pathlib import Path

from matplotlib.figure import Figure
from measure import Measurement, measure, read_options
from rich.console import Console
from rich.table import Table
from work import Work

from plainweave.experiments import environment

ONE = [
    "plainweave",
    "plainweave, NumPy engine",
    "scikit-learn MLPClassifier",
    "PyTorch eager",
    "PyTorch fused SGD",
    "PyTorch torch.compile",
    "JAX scan",
    "JAX scan, vmap",
    "the dense limit",
]
EIGHT = ["plainweave", "plainweave, NumPy engine", "PyTorch baddbmm", "JAX scan, vmap", "the dense limit"]


def main() -> None:
    """Measure, show, and check that every side learned."""
    options = read_options(__doc__, repeats=15)
    groups = {
        "one network": measure(ONE, Work(), repeats=options.repeats, core=options.core),
        "eight at once, per network": measure(
            EIGHT, Work(models=8), repeats=options.repeats, core=options.core
        ),
    }
    console = Console()
    for title, measured in groups.items():
        console.print(_table(title, measured))
    content = {
        "environment": environment(),
        **{
            title: [vars(side) | {"median": side.median} for side in group] for title, group in groups.items()
        },
    }
    (options.out / "comparison.json").write_text(json.dumps(content, indent=2) + "\n")
    _draw(groups, options.out / "comparison.svg")
    unlearned = [name for group in groups.values() for name in _unlearned(group)]
    if unlearned:
        sys.exit(f"did not learn as well as the others: {', '.join(unlearned)}")


def _unlearned(measured: list[Measurement]) -> list[str]:
    """Return the sides more than a point of accuracy below the best."""
    best = max(side.accuracy for side in measured if not math.isnan(side.accuracy))
    return [side.side for side in measured if side.accuracy < best - 1]


def _table(title: str, measured: list[Measurement]) -> Table:
    ours = measured[0].median
    table = Table(
        "side", "ms an epoch (median)", "min to max", "plainweave / side", "accuracy %", "MB", title=title
    )
    for each in measured:
        low, high = (1e3 * edge for edge in (min(each.seconds), max(each.seconds)))
        accuracy = "" if math.isnan(each.accuracy) else f"{each.accuracy:.1f}"
        row = (f"{1e3 * each.median:.1f}", f"{low:.0f} to {high:.0f}", f"{ours / each.median:.2f}")
        table.add_row(each.side, *row, accuracy, f"{each.peak_memory:.0f}")
    return table


def _draw(groups: dict[str, list[Measurement]], path: Path) -> None:
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots(2, 1, sharex=True, height_ratios=[len(group) for group in groups.values()])
    for panel, (title, measured) in zip(axes, groups.items(), strict=True):
        for place, each in enumerate(reversed(measured)):
            milliseconds = 1e3 * each.median
            color = "#4477aa" if each.side.startswith("plainweave") else "#bbbbbb"
            panel.barh(place, milliseconds, color="#cc5533" if "limit" in each.side else color)
            panel.text(milliseconds, place, f" {milliseconds:.0f}", va="center", fontsize=8)
        panel.set_yticks(range(len(measured)), [each.side for each in reversed(measured)], fontsize=8)
        panel.set_title(title, loc="left", fontsize=10)
        panel.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlabel("milliseconds for an epoch of 48,000 images and the validation of 12,000, one core")
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
