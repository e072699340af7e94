"""Fits take one thread each, so that several at a time do not share a core among many."""

import threading
from typing import Any

import joblib
import numpy as np
import pytest
import threadpoolctl
from sklearn.model_selection import cross_val_score

import plainweave as pw
from estimator_pairs import LABELS, SETTINGS, X

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def blas_threads() -> set[int]:
    """Return the numbers of threads of every BLAS that is loaded."""
    found = threadpoolctl.threadpool_info()
    return {library["num_threads"] for library in found if library["user_api"] == "blas"}


@pytest.mark.parametrize("members", [None, 2])
def test_blas_has_one_thread_in_an_iteration_of_lbfgs_and_those_of_before_after_it(
    members: int | None,
) -> None:
    seen: list[set[int]] = []

    def observer(epoch: pw.Epoch) -> None:
        seen.append(blas_threads())

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        model = pw.MLPClassifier(**SETTINGS, solver="lbfgs", members=members, observers=[observer])
        model.fit(X, LABELS)
        after = blas_threads()
    assert seen == [{1}] * model.n_iter_
    assert after == before == {2}


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_threads_left_over_by_fits_are_none(solver: str) -> None:
    def fit() -> None:
        model = pw.MLPClassifier(
            **SETTINGS, solver=solver, members=3, n_jobs=2, observers=[lambda epoch: None]
        )
        model.fit(X, LABELS).predict_proba(X)

    fit()
    before = threading.active_count()
    fit()
    assert threading.active_count() == before


@pytest.mark.parametrize("settings", [{}, {"solver": "lbfgs"}, {"members": 2, "n_jobs": -1}], ids=str)
@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_fits_side_by_side_score_the_same(backend: str, settings: dict[str, Any]) -> None:
    model = pw.MLPClassifier(**SETTINGS, **settings)
    alone = cross_val_score(model, X, LABELS, cv=4)
    with joblib.parallel_config(backend, n_jobs=2):
        np.testing.assert_array_equal(cross_val_score(model, X, LABELS, cv=4), alone)
