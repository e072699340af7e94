"""Wrong calls of the compiled code, by hand and for long; `make sanitize` makes some thousand.

    python tests/fuzz/engine.py 100000 --seed 1

Each makes a program and calls a method of it. It fits together but for up to three things: lengths, ranges,
types, layouts, sequences, sizes near 2**31 and 2**63. One in fifty is right, and another thread writes over
its arrays while it runs. A call may end in a result, TypeError, ValueError or MemoryError, and an error
leaves parameters, slots, sums and gradients as they were. AddressSanitizer, if it is loaded, ends the process
at the first access out of bounds; with --loud the last line says which call that was, and --first begins
there.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from odd_calls import outcome, scribbling, spoil
from right_calls import right_call, run


def one(seed: int, number: int) -> str:
    """Make a call, a function of seed and number, and return what came of it."""
    stream = np.random.default_rng([seed, number])
    call = right_call(stream, large=number % 50 == 0)
    if number % 50:
        spoil(call, stream)
        return outcome(call)
    with scribbling(call, stream):
        try:
            run(call)
        except ValueError:
            return "overwritten: ValueError"
    return "overwritten: done"


def main() -> None:
    """Make the calls, and count what came of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("calls", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--loud", action="store_true")
    options = parser.parse_args()
    began, outcomes = time.monotonic(), Counter[str]()
    for number in range(options.first, options.first + options.calls):
        if options.loud:
            print(number, flush=True)
        with np.errstate(all="ignore"):
            outcomes[one(options.seed, number)] += 1
    for name, count in outcomes.most_common():
        print(f"{count:8} {name}")
    print(f"{options.calls} calls, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
