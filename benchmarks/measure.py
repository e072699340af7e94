"""Sides measured against each other: in turn, each in a process of its own, on as many cores as threads."""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from work import Work

from plainweave.experiments import environment

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_FORCED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # every library chooses its own kernels
_PAUSE = 0.02  # seconds between turns, in which the threads of the last one go to sleep
_PEERS = ("scikit-learn", "torch", "jax", "onnxruntime", "pytabkit")
_TOLD = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16", "asimd", "sve")


@dataclass(frozen=True)
class Measurement:
    """What one side did.

    Attributes:
        seconds: of each counted turn, divided by the number of networks and epochs, or of predictions; none
            where the side is not installed.
        loss: of the validation part after the last turn.
        accuracy: the best on the validation part, in percent.
        peak_memory: of the process, in MB.
    """

    side: str
    seconds: list[float]
    loss: float
    accuracy: float
    peak_memory: float

    @property
    def median(self) -> float:
        """Of the seconds; infinite where there are none."""
        return statistics.median(self.seconds) if self.seconds else math.inf


def options_of(
    description: str | None, *, turns: int, names: Sequence[str] = (), threads: Sequence[int] = ()
) -> argparse.Namespace:
    """Read the command line of a benchmark, and make its folder of results."""
    parser = argparse.ArgumentParser(description=description)
    if names:
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, or of {', '.join(names)}")
    if threads:
        parser.add_argument("--threads", type=int, nargs="+", default=threads, help="of each side")
    parser.add_argument("--turns", type=int, default=turns, help="that are counted, of each side")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"), help="folder of the results")
    options = parser.parse_args()
    unknown = set(getattr(options, "names", ())) - set(names)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; expected some of {', '.join(names)}")
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def cores_for(threads: int) -> list[int]:
    """Return a core for each thread.

    Raises:
        RuntimeError: this process may not use as many.
    """
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(threads))
    by_core: dict[str, int] = {}  # of what hyper-threading makes of a core, the first
    for number in allowed:
        path = Path(f"/sys/devices/system/cpu/cpu{number}/topology/core_cpus_list")
        by_core.setdefault(path.read_text() if path.exists() else str(number), number)
    if len(by_core) < threads:
        raise RuntimeError(f"{threads} threads need as many cores; this process may use {len(by_core)}.")
    return list(by_core.values())[:threads]


def with_threads(threads: int) -> dict[str, str]:
    """Return the environment of a process with so many threads, and no other processor than this."""
    variables = {name: value for name, value in os.environ.items() if name not in _FORCED}
    variables |= dict.fromkeys(_THREADS, str(threads)) | {"JAX_PLATFORMS": "cpu"}
    return variables | {"XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"}


def machine() -> dict[str, str | int]:
    """Return versions and machine, with the instruction sets of the processor that matter here."""
    flags: list[str] = []
    path = Path("/proc/cpuinfo")
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        flags = next((line.split() for line in lines if line.startswith(("flags", "Features"))), [])
    versions = {name: version(name) for name in _PEERS if find_spec(name.replace("scikit-learn", "sklearn"))}
    return environment() | {"instruction sets": " ".join(name for name in _TOLD if name in flags)} | versions


def measure(sides: Sequence[str], work: Work, *, turns: int) -> list[Measurement]:
    """Let each side do its turns, in turn with the others, after one that is not counted.

    Raises:
        RuntimeError: a side ended early, or there are fewer cores than threads.
    """
    cores = ",".join(map(str, cores_for(work.threads)))
    with ExitStack() as stack:
        ready: dict[str, subprocess.Popen[str]] = {}
        for side in sides:
            command = [sys.executable, str(Path(__file__).with_name("side.py"))]
            process = subprocess.Popen(
                [*command, side, json.dumps(asdict(work)), cores],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=with_threads(work.threads),
            )
            stack.enter_context(process)
            if _answer(side, process) == "ready\n":  # one compiles at a time
                ready[side] = process
        results: dict[str, list[list[float]]] = {side: [] for side in ready}
        for _ in range(turns):
            for side, process in ready.items():
                time.sleep(_PAUSE)
                assert process.stdin
                process.stdin.write("\n")
                process.stdin.flush()
                results[side].append([float(number) for number in _answer(side, process).split()])
        measured = {}
        for side, process in ready.items():
            assert process.stdin
            process.stdin.close()
            measured[side] = Measurement(
                side,
                [seconds / work.parts_of_a_turn for seconds, _, _ in results[side]],
                results[side][-1][1],
                max(accuracy for _, _, accuracy in results[side]),
                float(_answer(side, process)),
            )
    return [measured.get(side, Measurement(side, [], math.nan, math.nan, math.nan)) for side in sides]


def _answer(side: str, process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError(f"{side} ended early; its error stands above")
    return line
