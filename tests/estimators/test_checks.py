"""scikit-learn's checks of estimators, all of them, for both of ours, every solver and what we add."""

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import plainweave as pw

QUICK = {"hidden_layer_sizes": (5,), "max_iter": 30, "random_state": 0}
SETTINGS: list[dict[str, Any]] = [
    {"solver": "sgd"},
    {"solver": "adam"},
    {"solver": "lbfgs"},
]
