"""What was measured, as it is kept in files and told in tables, and whether every side did the same work."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from measure import Measurement, machine
from work import Work

LIMIT = "the dense limit"
_OTHER = ("RealMLP-TD-S",)  # trains the same network in its own way
_POINTS = 1.0  # of accuracy that a side may be below the best
_SHARE = 1.1  # times the least loss that a side may have
_CLOSE = 1e-5  # that predictions may differ


@dataclass(frozen=True)
class Measured:
    """A case as it was measured with some number of threads."""

    title: str
    work: Work
    sides: list[Measurement]

    @property
    def ours(self) -> Measurement:
        """The side of plainweave, the first."""
        return self.sides[0]

    @property
    def best_peer(self) -> Measurement:
        """The fastest of the sides that are no part of plainweave."""
        peers = [side for side in self.sides if not side.side.startswith(("plainweave", LIMIT))]
        return min(peers, key=lambda side: side.median)

    @property
    def of_limit(self) -> float:
        """Our time by that which the multiply-adds would take; NaN where that was not measured."""
        return next((self.ours.median / side.median for side in self.sides if side.side == LIMIT), math.nan)


def keep(folder: Path, group: str, threads: int, cases: Sequence[Measured]) -> None:
    """Write what a group came to, with the machine."""
    content = {"environment": machine(), "cases": [asdict(case) for case in cases]}
    _path(folder, group, threads).write_text(json.dumps(content, indent=2) + "\n")


def kept(folder: Path, group: str) -> list[list[Measured]]:
    """Return the cases of a group as they were measured last, for each number of threads in order."""
    paths = [path for threads in range(1, 257) if (path := _path(folder, group, threads)).exists()]
    return [
        [
            Measured(case["title"], Work.of(case["work"]), [Measurement(**side) for side in case["sides"]])
            for case in json.loads(path.read_text())["cases"]
        ]
        for path in paths
    ]


def tables(folder: Path, group: str) -> str:
    """Return a table for each case of a group, with all numbers of threads that were measured."""
    by_case = zip(*kept(folder, group), strict=True)
    return "\n\n".join(f"**{measured[0].title}**\n\n{table(measured)}" for measured in by_case)


def unlike(case: Measured) -> list[str]:
    """Return the sides whose network learned less than another, or predicted something else."""
    if case.work.rows:
        return [side.side for side in case.sides if side.loss > _CLOSE]
    of_numbers = case.work.loss == "squared-error"
    alike = [side for side in case.sides if side.side not in _OTHER]
    values = [-side.loss if of_numbers else side.accuracy for side in alike]
    best = max(value for value in values if not math.isnan(value))
    least = _SHARE * best if of_numbers else best - _POINTS
    return [side.side for side, value in zip(alike, values, strict=True) if value < least]


def table(measured: Sequence[Measured]) -> str:
    """Return a table of one case with one or more numbers of threads; ratios are our time by the side's."""
    first = measured[0]
    unit, factor = unit_of(first)
    head, rule = ["side"], ["---"]
    for case in measured:
        head += [f"{unit}, {with_threads(case)}", "min to max", "plainweave / side"]
    head += ["largest error" if first.work.rows else "validation", "peak MB"]
    lines = [head, rule + ["--:"] * (len(head) - 1)]
    for sides in zip(*(case.sides for case in measured), strict=True):
        name = sides[0].side
        cells = [f"**{name}**" if name == first.ours.side else name]
        for case, side in zip(measured, sides, strict=True):
            if not side.seconds:
                cells += ["not installed", "", ""]
                continue
            low, high = (short(factor * edge) for edge in (min(side.seconds), max(side.seconds)))
            ratio = f"{case.ours.median / side.median:.2f}"
            cells += [short(factor * side.median), f"{low} to {high}", ratio]
        memory = "" if name == LIMIT or not sides[0].seconds else f"{sides[0].peak_memory:.0f}"
        lines.append([*cells, _reached(first.work, sides[0]), memory])
    return markdown(lines)


def unit_of(case: Measured) -> tuple[str, float]:
    """Return the unit of our times, and how many of it a second has."""
    return ("µs", 1e6) if case.ours.median < 1e-3 else ("ms", 1e3)


def with_threads(case: Measured) -> str:
    """Return "1 thread" or "2 threads"."""
    return f"{case.work.threads} thread{'s' * (case.work.threads > 1)}"


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as a table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def short(value: float) -> str:
    """Return a number in three digits, or as many as it has before its point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _reached(work: Work, side: Measurement) -> str:
    if work.rows:
        return "" if math.isnan(side.loss) else f"{side.loss:.0e}"
    if not math.isnan(side.accuracy):
        return f"{side.accuracy:.1f} %"
    return "" if math.isnan(side.loss) else f"{side.loss:.3g}"


def _path(folder: Path, group: str, threads: int) -> Path:
    return folder / f"{group}-{threads}.json"
