"""Class weights of the classifier are weights of the examples."""

from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from small_estimators import (
    CLASSES,
    DIGITS,
    FLOWERS,
    SEVERAL,
    X_DIGITS,
    X_FLOWERS,
    X_SEVERAL,
    assert_refused,
    assert_same_weights,
    classifier,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("with_weights", [False, True])
def test_class_weights_are_the_same_sample_weights(name: str, solver: str, with_weights: bool) -> None:
    X, y = CLASSES[name]
    weights = np.random.default_rng(0).uniform(0.5, 2, len(y)) if with_weights else None
    given: Any = {label: 0.5 + number for number, label in enumerate(np.unique(y))}
    if name == "several labels":
        given = [{0: 1.0, 1: 2.0}, {0: 0.5, 1: 1.0}, {0: 1.0, 1: 3.0}]
    factors = compute_sample_weight(given, y)
    one = classifier(solver=solver, class_weight=given).fit(X, y, weights)
    other = classifier(solver=solver).fit(X, y, factors if weights is None else weights * factors)
    if name == "several labels" and with_weights:  # three factors, multiplied in another order
        np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-6)
    else:
        assert_same_weights(one, other)
        assert one.loss_ == other.loss_


def test_class_weights_count_in_what_early_stopping_holds_out_and_not_in_what_is_given() -> None:
    X, y = CLASSES["ten"]
    given = {label: 0.5 + label for label in range(10)}
    weights = compute_sample_weight(given, y)
    one = classifier(class_weight=given, early_stopping=True).fit(X, y)
    other = classifier(early_stopping=True).fit(X, y, weights)
    assert one.validation_loss_curve_ == other.validation_loss_curve_
    assert one.validation_scores_ == other.validation_scores_
    one = classifier(class_weight=given).fit(X, y, X_val=X, y_val=y)
    other = classifier().fit(X, y, weights, X_val=X, y_val=y)
    assert one.validation_loss_curve_ == other.validation_loss_curve_
    assert one.validation_scores_[-1] == one.score(X, y)


@pytest.mark.parametrize("name", CLASSES)
def test_balanced_classes_weigh_the_same_together(name: str) -> None:
    X, y = CLASSES[name]
    one = classifier(class_weight="balanced").fit(X, y)
    other = classifier().fit(X, y, compute_sample_weight("balanced", y))
    np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-9)


def test_a_class_without_a_weight_weighs_1() -> None:
    one = classifier(class_weight={2: 3.0}).fit(X_FLOWERS, FLOWERS)
    assert_same_weights(one, classifier(class_weight={0: 1, 1: 1, 2: 3}).fit(X_FLOWERS, FLOWERS))


def test_class_weights_help_a_rare_class() -> None:
    rare = np.flatnonzero(DIGITS == 8)[15:]
    X, y = np.delete(X_DIGITS, rare, axis=0)[:900], np.delete(DIGITS, rare)[:900]
    settings = {"hidden_layer_sizes": (40,), "max_iter": 60}
    found = [
        np.mean(classifier(class_weight=each, **settings).fit(X, y).predict(X_DIGITS[rare]) == 8)
        for each in (None, "balanced")
    ]
    assert found[0] + 0.2 < found[1]


def test_partial_fit_weighs_classes_that_a_call_lacks() -> None:
    estimator = classifier(class_weight={1: 3.0}, shuffle=False)
    other = classifier(shuffle=False)
    for rows in (slice(0, 50), slice(50, 150)):
        X, y = X_FLOWERS[rows], FLOWERS[rows]
        estimator.partial_fit(X, y, classes=[0, 1, 2])
        other.partial_fit(X, y, np.where(y == 1, 3.0, 1.0), classes=[0, 1, 2])
    assert_same_weights(estimator, other)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({5: 1}, "The classes, [0, 1, 2], are not in class_weight"),
        ({0: -1}, "class_weight is {0: -1}; expected finite weights of at least 0."),
        ({0: np.nan}, "class_weight is {0: nan}; expected finite weights of at least 0."),
        ({0: "a"}, "could not convert string to float: 'a'"),
        (
            [{0: 1}, {0: 1}],
            "class_weight is [{0: 1}, {0: 1}], for 1 labels; expected 'balanced', or a list with a mapping "
            "for each label.",
        ),
        (
            "blanced",
            "The 'class_weight' parameter of MLPClassifier must be a str among {'balanced'}, an instance of "
            "'dict', an instance of 'list' or None. Got 'blanced' instead.",
        ),
    ],
)
def test_wrong_class_weights_are_refused(given: Any, message: str) -> None:
    assert_refused(message, classifier(class_weight=given))


def test_class_weights_of_several_labels_are_a_list() -> None:
    assert_refused(
        "class_weight is {0: 1, 1: 2}, for 3 labels; expected 'balanced', or a list with a mapping for each "
        "label.",
        classifier(class_weight={0: 1, 1: 2}),
        X_SEVERAL,
        SEVERAL,
    )
