"""Pools of processes that a stop does not wait for."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

CONTEXT = multiprocessing.get_context("spawn")


@contextmanager
def process_pool(
    jobs: int, initializer: Callable[..., object], *arguments: Any
) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh processes; if the block fails, they are asked to end at once, by SIGTERM.

    Args:
        jobs: how many.
        initializer: called at the start of each.
        *arguments: of the initializer.
    """
    before = set(multiprocessing.active_children())
    with ProcessPoolExecutor(
        jobs, mp_context=CONTEXT, initializer=initializer, initargs=arguments
    ) as executor:
        try:
            yield executor
        except BrokenProcessPool:
            raise
        except BaseException:
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
            executor.shutdown(cancel_futures=True)
            raise
