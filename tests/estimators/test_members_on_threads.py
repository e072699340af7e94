"""Members on any number of threads end with the same bytes, and take no more threads than they may."""

import os
from typing import Any

import joblib
import pytest

from member_cases import alone, fitted
from plainweave.estimators.members import threads_of
from small_estimators import assert_same_weights

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("name", ["adam", "lbfgs", "early stopping", "dropout and weights", "large layers"])
@pytest.mark.parametrize("observers", [None, [lambda epoch: None]])
def test_any_number_of_threads_ends_with_the_same_bytes(name: str, observers: Any) -> None:
    one, given = fitted(name, n_jobs=None)
    for n_jobs in (1, 2, 7, -1):
        other, _ = fitted(name, n_jobs=n_jobs, observers=observers)
        assert_same_weights(one, other)
        assert other.predict_proba(given["X"]).tobytes() == one.predict_proba(given["X"]).tobytes()


def test_any_number_of_threads_ends_with_the_same_bytes_on_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plainweave.engine.known.kernels", list)
    one, given = fitted("dropout and weights", n_jobs=1)
    other, _ = fitted("dropout and weights", n_jobs=3)
    assert_same_weights(one, other)
    assert_same_weights(one.members_[2], alone(one, 2).fit(**given))


def test_threads_are_what_joblib_means_by_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    cores = joblib.cpu_count()
    assert [threads_of(n_jobs) for n_jobs in (None, 1, 3, -1)] == [1, 1, 3, cores]
    with joblib.parallel_config(n_jobs=2):
        assert threads_of(None) == 2
    for limit, expected in (("1", 1), ("1,2", 1), ("", cores), ("many", cores), ("0", cores)):
        monkeypatch.setenv("OMP_NUM_THREADS", limit)
        assert threads_of(-1) == expected
        assert threads_of(3) == 3


def test_processes_of_joblib_share_the_cores() -> None:
    processes = max(2, joblib.cpu_count())
    with joblib.parallel_config(backend="loky", n_jobs=processes):
        threads = joblib.Parallel()(joblib.delayed(threads_of)(-1) for _ in range(processes))
    assert threads == [1] * processes
    assert os.environ.get("OMP_NUM_THREADS") != "1" or threads_of(-1) == 1
