"""scikit-learn's checks of estimators, for both of ours, every solver, and parameters that are ours alone."""

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import plainweave as pw

SMALL = {"hidden_layer_sizes": (10,), "max_iter": 500, "tol": 1e-2, "random_state": 0}
ADAM = SMALL | {"learning_rate_init": 0.1, "n_iter_no_change": 5}
SETTINGS: list[dict[str, Any]] = [
    SMALL | {"solver": "sgd", "learning_rate_init": 0.03},
    ADAM,
    SMALL | {"solver": "lbfgs", "alpha": 0.1, "tol": 0.1, "max_iter": 3000},
    ADAM | {"dropout": 0.1, "activation": ["gelu"]},
    SMALL | {"optimizer": pw.AdamW(0.1), "schedule": "cosine:500", "n_iter_no_change": 5},
    ADAM | {"members": 2},
]
CLASSIFIERS = [*SETTINGS, ADAM | {"class_weight": "balanced"}]
REGRESSORS = [*SETTINGS, ADAM | {"loss": "huber"}]
ESTIMATORS = [
    *(pw.MLPClassifier(**settings) for settings in CLASSIFIERS),
    *(pw.MLPRegressor(**settings) for settings in REGRESSORS),
]


CHECKS = parametrize_with_checks(ESTIMATORS)
NAMES, PAIRS = CHECKS.args  # of older versions the pairs are a generator, of which pytest warns
AS_REPEATED = ("check_sample_weight_equivalence", "check_sample_weights_invariance")  # the latter before 1.6
PARTLY = ("check_estimators_partial_fit", "check_fit_score_takes_y", "check_n_features_in_after_fitting")


@pytest.mark.filterwarnings("ignore:alpha is 0.01, which does nothing")  # as check_regressors_train sets it
@pytest.mark.parametrize(NAMES, list(PAIRS), **CHECKS.kwargs)
def test_a_check_of_scikit_learn(estimator: Any, check: Any) -> None:
    """None may fail: no failure is declared as expected."""
    name = check.func.__name__
    if estimator.dropout and name.startswith(AS_REPEATED):
        pytest.skip("an example that weighs 2 is dropped out once, and two examples each in its own way")
    if getattr(estimator, "class_weight", None) and name.startswith(PARTLY):
        pytest.skip("classes are not balanced part by part: partial_fit refuses that, as in SGDClassifier")
    check(estimator)
