"""How many threads the compiled engine works with."""

import math
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from plainweave.checks import whole_number
from plainweave.errors import ConfigurationError

_Worker = TypeVar("_Worker")
_Model = TypeVar("_Model")

MOST_THREADS = 256
_WORTH_A_THREAD = 10**6  # multiply-adds forward of a step: some 20 microseconds of one core
_share: int | None = None  # of the cores, of a process that works beside others
_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of a container, in microseconds, and of what period


def cores() -> int:
    """Return how many cores this process may use: in a container or on a cluster not all."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        return max(1, min(allowed, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError, ArithmeticError):  # no such file, or "max" for no limit
        return allowed


def share_cores(processes: int) -> None:
    """Leave this process its share of the cores from now on, where so many work at once."""
    global _share
    _share = max(1, cores() // processes)


def as_threads(given: object) -> int | None:
    """Return a number of threads that a user gives; None is for as many as pay.

    Raises:
        ConfigurationError: it is no whole number from 1 to `MOST_THREADS`.
    """
    if given is None:
        return None
    threads = whole_number("threads", given, at_least=1)
    if threads > MOST_THREADS:
        raise ConfigurationError(f"threads is {threads}; expected at most {MOST_THREADS}.")
    return threads


def threads_that_pay(weights: int, batch_size: int) -> int:
    """Return with how many threads a network of so many weights is soonest done with its steps.

    A small step is over before others could help.
    """
    return max(1, min(_share or cores(), weights * batch_size // _WORTH_A_THREAD, MOST_THREADS))


def side_by_side(
    work: Callable[[_Worker, _Model], None], workers: Sequence[_Worker], models: Sequence[_Model]
) -> None:
    """Do some work for each model; the caller's thread, and one for each further worker, take them in turn.

    Where the system has no more threads, fewer do it. After an error, or Ctrl-C, none begins another model.
    """
    left, errors, helpers = SimpleQueue[_Model](), list[BaseException](), list[Thread]()
    for model in models:
        left.put(model)

    def take_in_turn(worker: _Worker) -> None:
        try:
            while not errors:
                work(worker, left.get_nowait())
        except Empty:
            return
        except BaseException as error:
            errors.append(error)

    try:
        with suppress(RuntimeError):  # no more threads
            for worker in workers[1:]:
                helpers.append(Thread(target=take_in_turn, args=[worker]))
                helpers[-1].start()
        take_in_turn(workers[0])
        _join(helpers)
    except BaseException as error:
        errors.append(error)
        _join(helpers)
    if errors:
        raise errors[0]


def _join(threads: Sequence[Thread]) -> None:
    for thread in threads:
        if thread.ident is not None:  # it was started
            thread.join()
