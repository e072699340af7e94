"""Sides measured against each other: in turn, each in a process of its own on one core."""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from work import Work

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_FORCED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # every library chooses its own kernels


@dataclass(frozen=True)
class Measurement:
    """What one side did.

    Attributes:
        seconds: of each counted epoch, with its validation, divided by the number of networks.
        accuracy: the best validation accuracy, in percent.
        peak_memory: of the process, in MB.
    """

    side: str
    seconds: list[float]
    accuracy: float
    peak_memory: float

    @property
    def median(self) -> float:
        """Of the seconds."""
        return statistics.median(self.seconds)


def read_options(description: str | None, *, repeats: int) -> argparse.Namespace:
    """Read the command line of a benchmark, and make its folder of results."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--repeats", type=int, default=repeats, help="counted epochs of each side")
    parser.add_argument("--core", type=int, default=0, help="the processor core to run on")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"), help="folder of the results")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def one_thread() -> dict[str, str]:
    """Return the environment of a process on one core."""
    environment = {name: value for name, value in os.environ.items() if name not in _FORCED}
    return environment | dict.fromkeys(_THREADS, "1") | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


def measure(sides: Sequence[str], work: Work, *, repeats: int, core: int) -> list[Measurement]:
    """Train `repeats` epochs on each side, in turn, after one that is not counted.

    Raises:
        RuntimeError: a side ended early.
    """
    environment = one_thread()
    with ExitStack() as stack:
        processes = []
        for side in sides:
            command = [sys.executable, str(Path(__file__).with_name("side.py"))]
            process = subprocess.Popen(
                [*command, side, json.dumps(asdict(work)), str(core)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
            processes.append(stack.enter_context(process))
            _answer(side, process.stdout)  # one compiles at a time
        results: list[list[list[float]]] = [[] for _ in sides]
        for _ in range(repeats):
            for side, process, result in zip(sides, processes, results, strict=True):
                assert process.stdin
                process.stdin.write("\n")
                process.stdin.flush()
                result.append([float(number) for number in _answer(side, process.stdout).split()])
        peaks = []
        for side, process in zip(sides, processes, strict=True):
            assert process.stdin
            process.stdin.close()
            peaks.append(float(_answer(side, process.stdout)))
    return [
        Measurement(
            side,
            [seconds / work.models for seconds, _ in result],
            max(accuracy for _, accuracy in result),
            peak,
        )
        for side, result, peak in zip(sides, results, peaks, strict=True)
    ]


def _answer(side: str, output: IO[str] | None) -> str:
    line = output.readline() if output else ""
    if not line:
        raise RuntimeError(f"{side} ended early; its error stands above")
    return line
