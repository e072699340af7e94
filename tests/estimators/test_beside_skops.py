"""Estimators in skops' files: what is in them is told before it is trusted."""

from typing import Any

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import plainweave as pw
from estimator_pairs import LABELS, NUMBERS, SETTINGS, X

skops = pytest.importorskip("skops.io")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

KINDS: dict[str, dict[str, Any]] = {
    "adam": {},
    "sgd": {"solver": "sgd"},
    "lbfgs": {"solver": "lbfgs"},
    "early stopping": {"early_stopping": True},
    "optimizer": {"optimizer": pw.AdamW(0.01), "schedule": "cosine"},
    "activation": {"activation": pw.GELU()},
    "members": {"members": 2},
}
BATCHES = ["estimators.rules.SolverState", "optimizers.schedule.Constant"]
TYPES = {  # of plainweave, beside the estimator and its history
    "adam": ["estimators.rules.ScikitAdam", *BATCHES],
    "sgd": ["estimators.rules.ScikitSGD", *BATCHES],
    "lbfgs": [],
    "early stopping": ["estimators.rules.ScikitAdam", *BATCHES],
    "optimizer": ["optimizers.adam.AdamW", *BATCHES],
    "activation": ["estimators.rules.ScikitAdam", "network.gates.GELU", *BATCHES],
    "members": ["estimators.rules.ScikitAdam", *BATCHES],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("estimator", "y"), [(pw.MLPClassifier, LABELS), (pw.MLPRegressor, NUMBERS)])
def test_an_estimator_comes_back_from_a_file_of_skops(estimator: Any, y: Any, kind: str) -> None:
    model = estimator(**{**SETTINGS, **KINDS[kind]})
    fitted = make_pipeline(StandardScaler(), model).fit(X, y)
    data = skops.dumps(fitted)
    types = skops.get_untrusted_types(data=data)
    own = f"{estimator.__module__}.{estimator.__name__}"
    expected = {f"plainweave.{name}" for name in [*TYPES[kind], "training.history.History"]}
    assert set(types) == {own, *expected}
    loaded = skops.loads(data, trusted=types)
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
    if kind not in ("lbfgs", "early stopping"):
        for one in (loaded, fitted):
            one[-1].partial_fit(X, y)
        np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
