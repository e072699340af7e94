"""Put what was measured into the documentation: `python benchmarks/tell.py [FILE ...]`.

In each file the lines between `<!-- measured: NAME -->` and `<!-- end -->` become the table NAME of what
was measured: a group's, "summary", "predictions", "growth", "estimators", "tricks" or "machine". The
pictures are drawn into docs/.
"""

import argparse
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pictures
from cases import GROUPS
from results import Measured, kept, markdown, short, table, unit_of, with_threads
from sweeps import SWEEPS

PLACE = re.compile(r"(<!-- measured: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)
_PREDICTIONS = "predict"


def main() -> None:
    """Fill every place, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "files", nargs="*", type=Path, default=[Path("docs/speed.md"), Path("docs/speed-measured.md")]
    )
    parser.add_argument("--results", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    for file in options.files:
        text = PLACE.sub(lambda place: _filled(place, options.results), file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")
    pictures.draw_all(options.results, Path("docs"))


def _filled(place: re.Match[str], results: Path) -> str:
    begin, name, end = place.groups()
    told = TABLES[name](results) if name in TABLES else _group(results, name)
    return f"{begin}\n{told}\n\n{end}"


def _group(results: Path, group: str) -> str:
    """Return a table for each case of a group."""
    by_case = zip(*kept(results, group), strict=True)
    return "\n\n".join(f"**{measured[0].title}**\n\n{table(measured)}" for measured in by_case)


def _summary(results: Path) -> str:
    """Return a line for each training case and number of threads, against the best peer."""
    head = [
        "training",
        "threads",
        "plainweave",
        "best peer",
        "its time",
        "plainweave / peer",
        "plainweave / limit",
    ]
    lines = [head, ["---", "--:", "--:", "---", "--:", "--:", "--:"]]
    for group in GROUPS:
        if group != _PREDICTIONS:
            for measured in zip(*kept(results, group), strict=True):
                lines += [_summed(case) for case in measured]
    return markdown(lines)


def _summed(case: Measured) -> list[str]:
    unit, factor = unit_of(case)
    ours, peer = case.ours.median, case.best_peer
    return [
        case.title,
        str(case.work.threads),
        f"{short(factor * ours)} {unit}",
        peer.side,
        f"{short(factor * peer.median)} {unit}",
        f"**{ours / peer.median:.2f}**",
        f"{case.of_limit:.2f}",
    ]


def _predictions(results: Path) -> str:
    """Return a line for each network, rows and number of threads: what each side takes."""
    measured = [case for cases in kept(results, _PREDICTIONS) for case in cases]
    sides = [side.side for side in measured[0].sides]
    lines = [["network", "threads", "", *sides], ["---", "--:", "---", *["--:"] * len(sides)]]
    for case in measured:
        unit, factor = unit_of(case)
        times = [short(factor * side.median) for side in case.sides]
        lines.append([case.title, str(case.work.threads), unit, *times])
    return markdown(lines)


def _growth(results: Path) -> str:
    """Return a line for each point of every sweep, and the largest ratios."""
    lines: list[list[str]] = []
    ratios = []
    for name, sweep in SWEEPS.items():
        by_threads = kept(results, name)
        if not lines:
            lines.append(
                [
                    "",
                    "value",
                    *(
                        f"{head}, {with_threads(cases[0])}"
                        for cases in by_threads
                        for head in ("ms", "best peer", "its ms", "ratio")
                    ),
                    "MB",
                    "its MB",
                ]
            )
            lines.append(["---", *["--:"] * (len(lines[0]) - 1)])
        for measured in zip(*by_threads, strict=True):
            cells = [sweep.what, f"{float(measured[0].title):,g}"]
            for case in measured:
                ours, peer = case.ours.median, case.best_peer
                cells += [short(1e3 * ours), peer.side, short(1e3 * peer.median), f"{ours / peer.median:.2f}"]
                ratios.append((ours / peer.median, f"{sweep.what}: {case.title}, {with_threads(case)}"))
            memory = (f"{side.peak_memory:.0f}" for side in (measured[0].ours, measured[0].best_peer))
            lines.append([*cells, *memory])
    ratios.sort(reverse=True)
    largest = "; ".join(f"{ratio:.2f} ({which})" for ratio, which in ratios[:3])
    return f"{markdown(lines)}\n\nThe largest ratios are {largest}."


def _written(results: Path, name: str) -> str:
    """Return a table that another script has written."""
    return (results / f"{name}.md").read_text(encoding="utf-8").strip()


def _machine(results: Path) -> str:
    """Return the machine and the versions of what was measured first."""
    environment = json.loads((results / "default-1.json").read_text())["environment"]
    return markdown([["", ""], ["---", "---"], *([name, str(value)] for name, value in environment.items())])


TABLES: dict[str, Callable[[Path], str]] = {
    "summary": _summary,
    "predictions": _predictions,
    "growth": _growth,
    "estimators": partial(_written, name="estimators"),
    "tricks": partial(_written, name="tricks"),
    "machine": _machine,
}


if __name__ == "__main__":
    main()
