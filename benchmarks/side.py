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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / (1e6 if sys.platform == "darwin" else 1e3), flush=True)


if __name__ == "__main__":
    main()
