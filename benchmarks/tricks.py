"""What some of the engine's tricks gain: `python benchmarks/tricks.py`.

Each is a training with it and one without it, in turn, in one process on one core. Prints a table, and writes
it as tricks.md into the folder given by --out.
"""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from cases import IRIS, TABLE
from given import parts_of
from measure import cores_for, options_of
from results import markdown, short
from sides import SIDES, Turn, plainweave
from work import Outcome, Work

import plainweave as pw
from plainweave.engine import kernels
from plainweave.engine.compiled import CompiledProgram

_IMAGES = Work(examples=12_000)


@dataclass(frozen=True)
class Trick:
    """Something that makes training faster, and how it is done without."""

    what: str
    on: str
    work: Work
    without: Callable[[Work], Turn]


def main() -> None:
    """Measure each, and show."""
    options = options_of(__doc__, turns=9)
    os.sched_setaffinity(0, cores_for(1))
    lines = [["trick", "on", "ms with", "ms without", "times as fast"], ["---", "---", *["--:"] * 3]]
    for trick in _tricks():
        turns = SIDES["plainweave"](trick.work), trick.without(trick.work)
        taken: tuple[list[float], list[float]] = [], []
        for number in range(1, options.turns + 2):
            for turn, seconds in zip(turns, taken, strict=True):
                started = time.perf_counter()
                turn(number)
                seconds.append(time.perf_counter() - started)
        ours, other = (1e3 * statistics.median(seconds[1:]) for seconds in taken)
        lines.append([trick.what, trick.on, short(ours), short(other), f"{other / ours:.2f}"])
        print(*lines[-1], sep=", ", flush=True)
    (options.out / "tricks.md").write_text(markdown(lines) + "\n", encoding="utf-8")


def _tricks() -> list[Trick]:
    images, table = "784-50-50-10, 12,000 images", "256-256-256-256-10, batch 256"
    best, *others = kernels()
    of_kernels = [
        Trick(f"{best} instead of {others[0]}", on, work, partial(_with_kernel, others[0]))
        for on, work in ((images, _IMAGES), (table, TABLE))
        if others
    ]
    return [
        Trick("C instead of NumPy", images, _IMAGES, SIDES["plainweave, NumPy engine"]),
        Trick("C instead of NumPy", table, TABLE, SIDES["plainweave, NumPy engine"]),
        Trick("zeros are skipped, half of all", images, _IMAGES, _without_zeros),
        Trick("like examples beside each other", images, _IMAGES, _in_any_order),
        Trick("many epochs by one call", "150 rows, 4-100-3, 50 epochs", IRIS, _one_by_one),
        *of_kernels,
    ]


def _without_zeros(work: Work) -> Turn:
    return SIDES["plainweave"](replace(work, density=1.0))


def _in_any_order(work: Work) -> Turn:
    """Labels that say nothing of their images do not bring like ones together."""
    parts = parts_of(work)
    labels = np.random.default_rng(0).permutation(parts.training.labels)
    training = pw.Examples(parts.training.inputs, labels)
    return plainweave(work, CompiledProgram, replace(parts, training=training))


def _one_by_one(work: Work) -> Turn:
    turn = SIDES["plainweave"](replace(work, epochs=1))

    def turns(number: int) -> Outcome:
        for epoch in range(1, work.epochs):
            turn((number - 1) * work.epochs + epoch)
        return turn(number * work.epochs)

    return turns


def _with_kernel(kernel: str, work: Work) -> Turn:
    return plainweave(work, partial(CompiledProgram, kernel=kernel), parts_of(work))


if __name__ == "__main__":
    main()
