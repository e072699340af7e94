"""The pictures of docs/speed.md, from what `compare.py` and `roofs.py` measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import roofline
from cases import TRAINED
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from results import LIMIT, Measured, kept, short, unit_of, with_threads
from sweeps import SWEEPS

_OURS, _PEERS, _LIMIT = "#4477aa", "#999999", "#cc5533"
_PALE = 0.5  # of what was measured with a second thread


def draw_all(results: Path, folder: Path) -> None:
    """Draw each picture whose results there are."""
    cases = [measured for group in TRAINED for measured in zip(*kept(results, group), strict=True)]
    if cases:
        _draw_comparison(cases, folder / "speed-comparison.svg")
    sweeps = {name: measured for name in SWEEPS if (measured := kept(results, name))}
    if sweeps:
        _draw_growth(sweeps, folder / "speed-growth.svg")
    if (results / "roofs.json").exists():
        roofline.draw(results, folder / "speed-roofline.svg")


def _draw_comparison(cases: Sequence[Sequence[Measured]], path: Path) -> None:
    """Draw a panel for each case, with a bar for each side and number of threads."""
    pairs = [cases[number : number + 2] for number in range(0, len(cases), 2)]
    heights = [0.8 + 0.27 * max(len(measured[0].sides) for measured in pair) for pair in pairs]
    figure = Figure(figsize=(11, sum(heights)), layout="constrained")
    panels = figure.subplots(len(pairs), 2, squeeze=False, height_ratios=heights).ravel()
    for panel, measured in zip(panels, cases, strict=False):
        _, factor = unit_of(measured[0])
        height = 0.8 / len(measured)
        names = [side.side for side in measured[0].sides]
        for number, case in enumerate(measured):
            for place, side in enumerate(case.sides):
                at, time = place + height * (number - (len(measured) - 1) / 2), factor * side.median
                color = _OURS if side.side.startswith("plainweave") else _PEERS
                alpha = 1 if number == 0 else _PALE
                panel.barh(at, time, height, color=_LIMIT if side.side == LIMIT else color, alpha=alpha)
                panel.text(time, at, f" {short(time)}", va="center", fontsize=7)
        panel.set_yticks(range(len(names)), names, fontsize=8)
        panel.invert_yaxis()
        panel.margins(x=0.12)
        panel.set_title(f"{unit_of(measured[0])[0]}: {measured[0].title}", loc="left", fontsize=9)
        panel.spines[["top", "right"]].set_visible(False)
    for panel in panels[len(cases) :]:
        panel.set_visible(False)
    figure.suptitle(
        "an epoch with its validation; dark: one thread, pale: two, on as many cores", fontsize=10
    )
    figure.savefig(path, metadata={"Date": None})


def _draw_growth(sweeps: dict[str, list[list[Measured]]], path: Path) -> None:
    """Draw time and peak memory of each sweep, ours and the best peer's."""
    figure = Figure(figsize=(10, 2.8 * len(sweeps)), layout="constrained")
    panels = figure.subplots(len(sweeps), 2)
    for (time, memory), (name, by_threads) in zip(panels, sweeps.items(), strict=True):
        values = [float(case.title) for case in by_threads[0]]
        wide = values[-1] > 10 * values[0]
        for number, cases in enumerate(by_threads):
            for label, color, sides in (
                ("plainweave", _OURS, [case.ours for case in cases]),
                ("best peer", _LIMIT, [case.best_peer for case in cases]),
            ):
                style: dict[str, Any] = {
                    "color": color,
                    "linestyle": "-" if number == 0 else "--",
                    "marker": "o",
                }
                style |= {"label": f"{label}, {with_threads(cases[0])}", "markersize": 4}
                time.plot(values, [1e3 * side.median for side in sides], **style)
                if number == 0:
                    memory.plot(values, [side.peak_memory for side in sides], **style)
        for panel, what in ((time, "ms an epoch and network"), (memory, "peak memory (MB)")):
            panel.set(xlabel=SWEEPS[name].what, ylabel=what)
            if wide:
                panel.set_xscale("log")
            if wide and panel is time:
                panel.set_yscale("log")
                panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                panel.yaxis.set_minor_locator(NullLocator())
                panel.yaxis.set_major_formatter("{x:g}")
            else:
                panel.set_ylim(0)
            panel.set_xticks(values, [f"{value:g}" for value in values])
            panel.xaxis.set_minor_locator(NullLocator())
            panel.spines[["top", "right"]].set_visible(False)
    panels[0, 0].legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None})
