"""Estimators that Dask's workers fit, through joblib: the same as here."""

from collections.abc import Iterator
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.ensemble import BaggingRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import plainweave as pw
from estimator_pairs import LABELS, NUMBERS, SETTINGS, X

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as connected,
    ):
        yield connected


@pytest.mark.usefixtures("client")
def test_a_search_on_workers_finds_what_it_finds_here() -> None:
    grid = {"mlpclassifier__alpha": [1e-4, 3.0], "mlpclassifier__members": [None, 2]}
    search = GridSearchCV(make_pipeline(StandardScaler(), pw.MLPClassifier(**SETTINGS)), grid, cv=2)
    here = search.fit(X, LABELS).cv_results_["mean_test_score"]
    with joblib.parallel_config("dask"):
        there = search.fit(X, LABELS).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(there, here)


@pytest.mark.usefixtures("client")
def test_regressors_fitted_on_workers_have_the_same_weights() -> None:
    bagging = BaggingRegressor(pw.MLPRegressor(**SETTINGS), n_estimators=4, random_state=0)
    here = bagging.fit(X, NUMBERS).estimators_
    with joblib.parallel_config("dask"):
        there = bagging.fit(X, NUMBERS).estimators_
    for one, other in zip(there, here, strict=True):
        np.testing.assert_array_equal(one.coefs_[0], other.coefs_[0])


def test_a_fitted_estimator_is_sent_to_a_worker_and_back(client: Any) -> None:
    model = client.submit(pw.MLPClassifier(**SETTINGS).fit, X, LABELS).result()
    np.testing.assert_array_equal(model.coefs_[0], pw.MLPClassifier(**SETTINGS).fit(X, LABELS).coefs_[0])
    predictions = client.submit(model.predict_proba, X).result()
    np.testing.assert_array_equal(predictions, model.predict_proba(X))
