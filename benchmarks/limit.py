"""The dense limit: the time that multiply-adds take at the rate of large matrix products."""

import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np
from given import arrays_of
from work import Outcome, Work

PRODUCT = 1024  # rows and columns of each matrix
_TIMES = 8  # that a turn multiplies them


def products(threads: int) -> list[Callable[[], object]]:
    """Return a product of two matrices by NumPy and, where it is installed, one by PyTorch."""
    shape = (PRODUCT, PRODUCT)
    a, out = np.random.default_rng(0).random(shape, np.float32), np.empty(shape, np.float32)
    calls: list[Callable[[], object]] = [partial(np.matmul, a, a, out=out)]
    if find_spec("torch"):
        import torch

        torch.set_num_threads(threads)
        calls.append(partial(torch.mm, torch.from_numpy(a), torch.from_numpy(a), out=torch.from_numpy(out)))
    return calls


def dense_limit(work: Work) -> Callable[[int], Outcome]:
    """The faster product's time, by as many multiply-adds as the work has."""
    calls = products(work.threads)
    training, validation = (len(array) for array in arrays_of(work)[::2])
    share = work.multiply_adds(training, validation) * work.parts_of_a_turn / PRODUCT**3

    def turn(number: int) -> Outcome:
        seconds = []
        for call in calls:
            started = time.perf_counter()
            for _ in range(_TIMES):
                call()
            seconds.append((time.perf_counter() - started) / _TIMES)
        return Outcome(seconds=share * min(seconds))

    return turn
