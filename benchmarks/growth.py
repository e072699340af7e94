"""How the cost of an epoch grows, ours and the best peer's: `python benchmarks/growth.py`.

From the report's default network on 12,000 images, one thing at a time: width, depth, batch size, images,
networks at once, and the share of pixels that are not zero. Prints a table, and writes growth.json and
growth.svg into the folder given by --out.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from measure import measure, read_options
from rich.console import Console
from rich.table import Table
from work import Work

from plainweave.experiments import environment

BASE = Work(examples=12000)
SWEEPS: dict[str, dict[float, Work]] = {
    "units of each of two hidden layers": {
        units: replace(BASE, hidden=(units, units)) for units in (25, 50, 100, 200, 400, 1000)
    },
    "hidden layers of 50 units": {depth: replace(BASE, hidden=(50,) * depth) for depth in range(1, 6)},
    "batch size": {batch: replace(BASE, batch_size=batch) for batch in (16, 32, 64, 128, 256, 1024)},
    "training images": {count: replace(BASE, examples=count) for count in (1000, 4000, 16000, 60000, 120000)},
    "networks at once": {models: replace(BASE, models=models) for models in (1, 2, 4, 8, 16, 64)},
    "pixels not zero (%)": {
        percent: replace(BASE, density=percent / 100) for percent in (20, 40, 60, 80, 100)
    },
}


def main() -> None:
    """Measure every sweep, and show it."""
    options = read_options(__doc__, repeats=5)
    console = Console()
    rows: list[dict[str, Any]] = []
    for sweep, points in SWEEPS.items():
        for value, work in points.items():
            rows.append({"sweep": sweep, "value": value, **_point(work, options.repeats, options.core)})
            console.print(f"{sweep} {value:g}: {rows[-1]['ratio']:.2f} of {rows[-1]['peer']}")
    content = {"environment": environment(), "rows": rows}
    (options.out / "growth.json").write_text(json.dumps(content, indent=2) + "\n")
    console.print(_table(rows))
    _draw(rows, options.out / "growth.svg")


def _point(work: Work, repeats: int, core: int) -> dict[str, Any]:
    peers = ["JAX scan, vmap", "PyTorch baddbmm" if work.models > 1 else "PyTorch fused SGD"]
    ours, *others = measure(["plainweave", *peers], work, repeats=repeats, core=core)
    best = min(others, key=lambda side: side.median)
    return {
        "seconds": ours.median,
        "memory": ours.peak_memory,
        "peer": best.side,
        "peer_seconds": best.median,
        "peer_memory": best.peak_memory,
        "ratio": ours.median / best.median,
    }


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("", "value", "ms", "best peer", "ms", "ratio", "MB", "peer's MB")
    for row in rows:
        table.add_row(
            row["sweep"],
            f"{row['value']:g}",
            f"{1e3 * row['seconds']:.1f}",
            row["peer"],
            f"{1e3 * row['peer_seconds']:.1f}",
            f"{row['ratio']:.2f}",
            f"{row['memory']:.0f}",
            f"{row['peer_memory']:.0f}",
        )
    return table


def _draw(rows: list[dict[str, Any]], path: Path) -> None:
    figure = Figure(figsize=(9, 3 * len(SWEEPS)), layout="constrained")
    panels = figure.subplots(len(SWEEPS), 2)
    for (time, memory), sweep in zip(panels, SWEEPS, strict=True):
        points = [row for row in rows if row["sweep"] == sweep]
        values = [row["value"] for row in points]
        for panel, measure_of, factor in ((time, "seconds", 1e3), (memory, "memory", 1)):
            for prefix, label, color in (("", "plainweave", "#4477aa"), ("peer_", "best peer", "#cc5533")):
                panel.plot(
                    values,
                    [factor * row[prefix + measure_of] for row in points],
                    "o-",
                    color=color,
                    label=label,
                )
            panel.set_xlabel(sweep)
            panel.spines[["top", "right"]].set_visible(False)
        wide = values[-1] > 10 * values[0]
        time.set(xscale="log", yscale="log") if wide else time.set_ylim(0)
        memory.set_xscale("log" if wide else "linear")
        memory.set_ylim(0)
        time.set_ylabel("ms an epoch and network")
        memory.set_ylabel("peak memory (MB)")
    panels[0, 0].legend()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
