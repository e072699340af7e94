"""Estimators of scikit-learn and ours with the same settings, and examples for both."""

from typing import Any

import numpy as np
from sklearn import neural_network
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression

import plainweave as pw

SETTINGS: dict[str, Any] = {"hidden_layer_sizes": (8,), "max_iter": 15, "random_state": 0, "tol": 1e-30}
X, CLASSES = make_classification(90, 6, n_informative=4, n_classes=3, random_state=0)
LABELS = np.array(["iris", "rose", "tulip"])[CLASSES]
NUMBERS = make_regression(90, 6, random_state=0)[1] / 100
MULTILABEL = make_multilabel_classification(90, 6, n_classes=3, random_state=0)[1]


def classifiers(**settings: Any) -> list[Any]:
    """Return scikit-learn's classifier and ours."""
    return [kind(**{**SETTINGS, **settings}) for kind in (neural_network.MLPClassifier, pw.MLPClassifier)]


def regressors(**settings: Any) -> list[Any]:
    """Return scikit-learn's regressor and ours."""
    return [kind(**{**SETTINGS, **settings}) for kind in (neural_network.MLPRegressor, pw.MLPRegressor)]
