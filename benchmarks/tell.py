"""Put what was measured into the documentation: `python benchmarks/tell.py [FILE ...]`.

In each file the lines between `<!-- measured: NAME -->` and `<!-- end -->` become the table NAME of what
was measured: a group's, "summary", "predictions", "growth", "estimators", "tricks" or "machine"; NAME may
have a folder in front. The pictures are drawn into docs/.
"""

import argparse
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pictures
from cases import TRAINED
from results import Measured, kept, markdown, short, tables, unit_of, with_threads
from sweeps import SWEEPS

PLACE = re.compile(r"(<!-- measured: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)
_NOT_TOLD = ("plainweave", "platform", "cores")  # the cores were those of one comparison


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
    begin, place_of, end = place.groups()
    folder, _, name = place_of.rpartition("/")
    told = TABLES[name](results / folder) if name in TABLES else tables(results / folder, name)
    return f"{begin}\n{told}\n\n{end}"


def _summary(results: Path) -> str:
    """Return a line for each training case and number of threads, against the best peer with as many."""
    head = ["an epoch", "threads", "plainweave", "best peer", "/ peer", "/ limit"]
    lines = [
        [measured.title, str(measured.work.threads), *_summed(measured)]
        for group in TRAINED
        for of_case in zip(*kept(results, group), strict=True)
        for measured in of_case
        if measured.best_peer.seconds
    ]
    return markdown([head, ["---", *["--:"] * (len(head) - 1)], *lines])


def _summed(case: Measured) -> list[str]:
    unit, factor = unit_of(case)
    ours, peer = case.ours.median, case.best_peer
    return [
        f"{short(factor * ours)} {unit}",
        f"{peer.side}, {short(factor * peer.median)} {unit}",
        f"**{ours / peer.median:.2f}**",
        f"{case.of_limit:.2f}",
    ]


def _predictions(results: Path) -> str:
    """Return a line for each network, rows and number of threads: what each side takes."""
    measured = [case for cases in kept(results, "predict") for case in cases]
    if not measured:
        return ""
    sides = [side.side for side in measured[0].sides]
    lines = [["network", "threads", "", *sides], ["---", "--:", "---", *["--:"] * len(sides)]]
    for case in measured:
        unit, factor = unit_of(case)
        times = [short(factor * side.median) if side.seconds else "" for side in case.sides]
        lines.append([case.title, str(case.work.threads), unit, *times])
    return markdown(lines)


def _growth(results: Path) -> str:
    """Return a table for each sweep, and the largest ratios of all."""
    texts, ratios = [], []
    for name, sweep in SWEEPS.items():
        by_threads = kept(results, name)
        heads = [f"{with_threads(cases[0])}: ms" for cases in by_threads]
        head = [sweep.what, *(cell for ms in heads for cell in (ms, "best peer", "its ms", "ratio"))]
        lines = [[*head, "MB", "its MB"], ["---", *["--:"] * (len(head) + 1)]]
        for measured in zip(*by_threads, strict=True):
            cells = [f"{int(measured[0].title):,}"]
            for case in measured:
                ours, peer = case.ours.median, case.best_peer
                cells += [short(1e3 * ours), peer.side, short(1e3 * peer.median), f"{ours / peer.median:.2f}"]
                ratios.append((ours / peer.median, f"{sweep.what} {case.title}, {with_threads(case)}"))
            memory = (f"{side.peak_memory:.0f}" for side in (measured[0].ours, measured[0].best_peer))
            lines.append([*cells, *memory])
        if by_threads:
            texts.append(markdown(lines))
    largest = "; ".join(f"{ratio:.2f} ({which})" for ratio, which in sorted(ratios, reverse=True)[:3])
    return "\n\n".join([*texts, f"The largest ratios are {largest}."])


def _written(results: Path, name: str) -> str:
    """Return a table that another script has written, if it has."""
    path = results / f"{name}.md"
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _machine(results: Path) -> str:
    """Return the machine and the versions of what was measured first."""
    paths = sorted(results.glob("*-1.json"))
    environment = json.loads(paths[0].read_text())["environment"] if paths else {}
    told = {name: str(value) for name, value in environment.items() if name not in _NOT_TOLD}
    lines = [
        [name, value.partition(", threads: ")[0]] for name, value in told.items()
    ]  # sides have their own
    return markdown([["", ""], ["---", "---"], *lines])


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
