"""BLAS works on one thread within an epoch, whoever calls it, and on as many as before around it."""

import os
import subprocess
import sys
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest
import threadpoolctl

import plainweave as pw
from plainweave.engine.threads import limit_threads, one_blas_thread

pytestmark = pytest.mark.skipif(os.cpu_count() == 1, reason="BLAS has one thread at most")


def blas_threads() -> set[int]:
    return {each["num_threads"] for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"}


def wide(units: int = 150) -> tuple[pw.Network, pw.Split]:
    """A network with a layer so large that BLAS has threads for it."""
    stream = np.random.default_rng(0)
    parts = pw.split(pw.Examples(stream.random((300, 50)), stream.integers(0, 3, 300)))
    return pw.Network(50, [units, units], 3), parts


def test_an_epoch_is_limited_and_what_surrounds_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    within, around = set[int](), set[int]()

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            within.update(blas_threads())
            return function(*arguments)

        return call

    monkeypatch.setattr(pw.Network, "forward", watched(pw.Network.forward))
    network, parts = wide()
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        fit = pw.fit(
            network,
            parts,
            pw.SGD(0.1),
            epochs=2,
            engine="numpy",
            observers=[lambda _: around.update(blas_threads())],
        )
        assert parts.validation is not None
        pw.Model(fit.network, parts.standardizer, ("a", "b", "c")).evaluate(parts.validation)
        assert blas_threads() == {2}
    assert within == {1}
    assert around == {2}


def test_any_number_of_threads_gives_the_same_bytes() -> None:
    def trained(threads: int) -> list[bytes]:
        network, parts = wide(400)
        with threadpoolctl.threadpool_limits(threads, user_api="blas"):
            fit = pw.fit(network, parts, pw.SGD(0.1), epochs=1, engine="numpy")
        return [*(value.tobytes() for value in network.parameters.values()), fit.history.to_csv().encode()]

    assert trained(2) == trained(1)


def test_the_last_of_several_threads_restores_the_number() -> None:
    barrier, seen = Barrier(2), list[set[int]]()

    def other() -> None:
        with one_blas_thread():
            barrier.wait()  # both are within
            barrier.wait()  # the first has left
            seen.append(blas_threads())

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        thread = Thread(target=other)
        with one_blas_thread():
            thread.start()
            barrier.wait()
        barrier.wait()
        thread.join()
        assert seen == [{1}]
        assert blas_threads() == {2}


def test_another_thread_may_train_although_the_main_one_has_set_a_limit() -> None:
    threadpoolctl.threadpool_limits(2, user_api="blas")
    seen = list[set[int]]()

    def other() -> None:
        with one_blas_thread():
            seen.append(blas_threads())

    thread = Thread(target=other)
    thread.start()
    thread.join()
    assert seen == [{1}]
    assert blas_threads() == {2}
    threadpoolctl.threadpool_limits(1, user_api="blas")  # as conftest.py has it
    assert blas_threads() == {1}


def test_an_error_within_restores_the_number_too() -> None:
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        for _ in range(2):
            with pytest.raises(ZeroDivisionError), one_blas_thread(), one_blas_thread():
                raise ZeroDivisionError
        assert blas_threads() == {2}


def test_a_process_is_limited_for_good_and_scipys_blas_with_it() -> None:
    """In a process of its own, where nothing else has loaded it."""
    code = (
        "import gc, threadpoolctl; from plainweave.engine.threads import limit_threads; limit_threads();"
        "gc.collect(); print([each['num_threads'] for each in threadpoolctl.threadpool_info()"
        " if each['user_api'] == 'blas'])"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout in ("[1, 1]\n", "[1]\n"), done.stderr  # of one build NumPy and SciPy share it


def test_threads_of_a_limited_block_are_given_back() -> None:
    with threadpoolctl.threadpool_limits(2):
        before = threadpoolctl.threadpool_info()
        with limit_threads():
            assert blas_threads() == {1}
        assert threadpoolctl.threadpool_info() == before
