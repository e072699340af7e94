"""What one core can do: `python benchmarks/roofs.py` measures it, for the roofline picture.

The multiply-adds of `roofs.c`, those of a large matrix product, and the bytes that dot products read from the
second-level cache and from memory, each in a second. Writes roofs.json into the folder given by --out.
"""

import ctypes
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from limit import PRODUCT, products
from measure import cores_for, options_of

_PLACES = {"L2": 1 << 20, "memory": 1 << 30}  # bytes of both vectors together
_TIMES = 10**6


def main() -> None:
    """Measure on one core."""
    options = options_of(__doc__, turns=9)
    os.sched_setaffinity(0, cores_for(1))
    import numpy as np
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)  # NumPy has its threads by now, on all cores
    multiply_add, done = _multiply_add()
    roofs = {
        "peak": 2 * done / _seconds(multiply_add, 1, options.turns),
        "product": 2 * PRODUCT**3 / min(_seconds(product, 4, options.turns) for product in products(1)),
    }
    for place, size in _PLACES.items():
        x, y = (np.ones(size // 8, np.float32) for _ in range(2))
        calls = max(1, (1 << 28) // size)
        roofs[place] = size / _seconds(partial(np.dot, x, y), calls, options.turns)
    (options.out / "roofs.json").write_text(json.dumps(roofs, indent=2) + "\n")
    print(*(f"{name}: {value / 1e9:.0f} G/s" for name, value in roofs.items()), sep="\n")


def _multiply_add() -> tuple[Callable[[], object], int]:
    """Compile `roofs.c`; return a call of it, and how many multiply-adds that does."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "roofs.so"
        options = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run(
            ["cc", *options, str(Path(__file__).with_suffix(".c")), "-o", str(library)], check=True
        )
        function = ctypes.CDLL(str(library)).multiply_add
    function.argtypes, function.restype = (ctypes.c_int64, ctypes.POINTER(ctypes.c_float)), ctypes.c_int64
    out = (ctypes.c_float * 4)(*[0.5] * 4)
    return partial(function, _TIMES, out), function(_TIMES, out)


def _seconds(call: Callable[[], object], calls: int, turns: int) -> float:
    """Return the shortest of the seconds of a call: what can be done is asked for."""
    taken = []
    for _ in range(turns):
        started = time.perf_counter()
        for _ in range(calls):
            call()
        taken.append((time.perf_counter() - started) / calls)
    return min(taken)


if __name__ == "__main__":
    main()
