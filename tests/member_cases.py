"""Estimators of several members, and each of them alone."""

from typing import Any

import numpy as np
import scipy.sparse
from sklearn.base import clone

import plainweave as pw
from plainweave import MLPClassifier, MLPRegressor
from small_estimators import (
    FLOWERS,
    PATIENTS,
    SEVERAL,
    TUMOURS,
    WEIGHTS,
    X_FLOWERS,
    X_PATIENTS,
    X_SEVERAL,
    X_TUMOURS,
)

STOPPING = {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 30, "learning_rate_init": 0.03}
NUMBERS = {"X": X_PATIENTS, "y": PATIENTS}
CASES: dict[str, tuple[type[Any], dict[str, Any], dict[str, Any]]] = {
    "adam": (MLPClassifier, {}, {}),
    "sgd": (MLPClassifier, {"solver": "sgd", "learning_rate": "invscaling"}, {}),
    "lbfgs": (MLPClassifier, {"solver": "lbfgs"}, {}),
    "an optimizer": (MLPClassifier, {"optimizer": pw.AdamW(0.01), "schedule": "cosine"}, {}),
    "early stopping": (MLPClassifier, STOPPING, {}),
    "held out by the user": (
        MLPClassifier,
        {"choose_by": "loss"},
        {"X_val": X_FLOWERS[::5], "y_val": FLOWERS[::5], "sample_weight_val": WEIGHTS[::5]},
    ),
    "dropout and weights": (
        MLPClassifier,
        {"dropout": 0.2, "class_weight": {0: 1, 1: 2, 2: 0.5}},
        {"sample_weight": WEIGHTS},
    ),
    "two classes": (MLPClassifier, {}, {"X": X_TUMOURS, "y": TUMOURS}),
    "several labels": (MLPClassifier, {}, {"X": X_SEVERAL / 10, "y": SEVERAL}),
    "sparse": (MLPClassifier, {}, {"X": scipy.sparse.csr_array(X_SEVERAL), "y": SEVERAL}),
    "float32": (MLPClassifier, {}, {"X": X_FLOWERS.astype(np.float32)}),
    "numbers": (MLPRegressor, {}, NUMBERS),
    "quantiles": (MLPRegressor, {"loss": "quantile:0.1,0.9"}, NUMBERS),
    "large layers": (MLPClassifier, {"hidden_layer_sizes": (300, 300), "max_iter": 2}, {}),
}


def made(name: str, **changed: Any) -> tuple[Any, dict[str, Any]]:
    """Return an estimator of three members, or of another number, and what `fit` is called with."""
    kind, parameters, given = CASES[name]
    small = {"hidden_layer_sizes": (6, 4), "max_iter": 5, "random_state": 3, "members": 3}
    return kind(**{**small, **parameters, **changed}), {"X": X_FLOWERS, "y": FLOWERS, **given}


def fitted(name: str, **changed: Any) -> tuple[Any, dict[str, Any]]:
    estimator, given = made(name, **changed)
    return estimator.fit(**given), given


def alone(estimator: Any, number: int) -> Any:
    """Return the estimator of one network, not fitted, that has the seed of a member."""
    seed = estimator.members_[number].random_state
    return clone(estimator).set_params(members=None, n_jobs=None, observers=None, random_state=seed)
