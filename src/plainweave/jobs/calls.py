"""A few calls, made in other processes where that can be."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import TypeVar, cast

from plainweave.doing import doing
from plainweave.engine.threads import limit_threads
from plainweave.errors import PlainweaveError
from plainweave.jobs.executor import NoProcessesError
from plainweave.jobs.pool import LostTask, Pool

_Result = TypeVar("_Result")
_TRIES = 3  # where a process is killed


def call_all(calls: Sequence[Callable[[], _Result]], processes: int, what: str = "calls") -> list[_Result]:
    """Make calls, and return their results in order.

    Args:
        calls: functions of modules, or `functools.partial` of them: they are pickled, and so are their
            results.
        processes: how many to make them in, each with one thread; 1 makes them in this process, and so it is
            done where there can be no others.
        what: the calls are, for whoever waits.

    Raises:
        PlainweaveError: processes were killed again and again.
    """
    results: dict[int, _Result] = {}
    with doing(lambda: f"{what}: {len(results)} of {len(calls)} done"):
        if processes > 1:
            with suppress(NoProcessesError):
                _call_elsewhere(calls, processes, results)
        with limit_threads():
            for number, call in enumerate(calls):
                if number not in results:
                    results[number] = call()
    return [results[number] for number in range(len(calls))]


def _call_elsewhere(
    calls: Sequence[Callable[[], _Result]], processes: int, results: dict[int, _Result]
) -> None:
    """Make calls in other processes; those whose process is killed are made again."""
    for _ in range(_TRIES):
        numbers = [number for number in range(len(calls)) if number not in results]
        if not numbers:
            return
        tasks = [partial(_make, calls[number]) for number in numbers]
        with closing(Pool(processes, dict).results(tasks)) as values:
            for place, value in values:
                if not isinstance(value, LostTask):
                    results[numbers[place]] = cast(_Result, value)
    if len(results) < len(calls):
        raise PlainweaveError(
            f"a process was killed {_TRIES} times, perhaps for want of memory. "
            "What is finished is kept: run it again."
        )


def _make(call: Callable[[], object], prepared: object) -> Generator[object, None, None]:
    yield call()
