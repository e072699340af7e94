"""One side of a comparison, in a process of its own: `python side.py NAME WORK-AS-JSON CORES`.

It does a first turn that is not counted, and prints `ready`, or what is not installed. For each line on
standard input it does a turn, and prints the seconds, and the loss and the accuracy in percent of the
validation part. At the end of the input it prints its peak memory in MB.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    """Serve turns until the input ends."""
    name, settings, cores = sys.argv[1:]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, map(int, cores.split(",")))
    from sides import SIDES
    from work import Work

    try:
        turn = SIDES[name](Work.of(json.loads(settings)))
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed", flush=True)
        return
    turn(1)
    print("ready", flush=True)
    for number, _ in enumerate(sys.stdin, start=2):
        started = time.perf_counter()
        outcome = turn(number)
        seconds = time.perf_counter() - started
        if outcome.seconds is not None:
            seconds = outcome.seconds
        print(seconds, outcome.loss, outcome.accuracy, flush=True)
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
