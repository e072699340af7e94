"""One side of a comparison, in a process of its own: `python side.py NAME WORK-AS-JSON CORE`.

It loads the data, trains a first epoch that is not counted, and prints `ready`. For each line on standard
input it trains one epoch, scores the validation part, and prints the seconds and the validation accuracy
in percent.
At the end of the input it prints its peak memory in MB.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

Epoch = Callable[[int], float]  # trains epoch number e and returns the validation accuracy in percent


def main() -> None:
    """Serve epochs until the input ends."""
    name, settings, core = sys.argv[1:]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    from sides import SIDES
    from work import Work

    epoch = SIDES[name](Work.of(json.loads(settings)))
    epoch(1)
    print("ready", flush=True)
    for number, _ in enumerate(sys.stdin, start=2):
        started = time.perf_counter()
        accuracy = epoch(number)
        print(time.perf_counter() - started, accuracy, flush=True)
    print(peak_memory(), flush=True)


def peak_memory() -> float:
    """Return this process's own, in MB; on Linux getrusage may tell that of the process which started it."""
    status = Path("/proc/self/status")
    if status.exists():
        peaks = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return float(peaks[0].split()[1]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
