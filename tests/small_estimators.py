"""Small estimators and data for tests of what goes beyond scikit-learn, and what is asserted of them."""

import re
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn import datasets
from sklearn.preprocessing import scale

import plainweave as pw
from plainweave import MLPClassifier, MLPRegressor

X_FLOWERS, FLOWERS = datasets.load_iris(return_X_y=True)
X_TUMOURS, TUMOURS = datasets.load_breast_cancer(return_X_y=True)
X_DIGITS, DIGITS = datasets.load_digits(return_X_y=True)
X_SEVERAL, SEVERAL = datasets.make_multilabel_classification(150, 10, n_classes=3, random_state=0)
X_PATIENTS, PATIENTS = datasets.load_diabetes(return_X_y=True)
X_FLOWERS, X_TUMOURS, X_PATIENTS, PATIENTS = map(scale, (X_FLOWERS, X_TUMOURS, X_PATIENTS, PATIENTS))
X_DIGITS = X_DIGITS / 16
WEIGHTS = np.random.default_rng(0).uniform(0.5, 2, 150)
HALVES = {"X": X_FLOWERS[::2], "y": FLOWERS[::2], "X_val": X_FLOWERS[1::2], "y_val": FLOWERS[1::2]}
CLASSES: dict[str, tuple[Any, Any]] = {
    "two": (X_TUMOURS, TUMOURS),
    "texts": (X_FLOWERS, np.array(["setosa", "versicolor", "virginica"])[FLOWERS]),
    "ten": (X_DIGITS[:300], DIGITS[:300]),
    "sparse": (scipy.sparse.csr_array(X_DIGITS[:300]), DIGITS[:300]),
    "several labels": (X_SEVERAL, SEVERAL),
}


def classifier(**parameters: Any) -> Any:
    return MLPClassifier(**{"hidden_layer_sizes": (8, 6), "max_iter": 6, "random_state": 1, **parameters})


def regressor(**parameters: Any) -> Any:
    return MLPRegressor(**{"hidden_layer_sizes": (8, 6), "max_iter": 6, "random_state": 1, **parameters})


class Watch:
    """An observer that keeps what it sees of every epoch."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.networks: list[pw.Network] = []
        self.numbers: list[int] = []
        self.best: list[int] = []

    def __call__(self, epoch: pw.Epoch) -> None:
        self.rates.append(float(epoch.learning_rate))
        self.networks.append(epoch.network.astype(epoch.network.dtype))
        self.numbers.append(epoch.number)
        self.best.append(int(epoch.best_epoch))


def assert_same_weights(one: Any, other: Any) -> None:
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes()


def assert_refused(
    message: str, estimator: Any, inputs: Any = X_FLOWERS, targets: Any = FLOWERS, **given: Any
) -> None:
    """Assert that what could be made can't be fitted."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        estimator.fit(inputs, targets, **given)
