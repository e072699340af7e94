"""What goes beyond scikit-learn: activations and dropout; on both engines, and refused by fit alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.errors import ConfigurationError
from plainweave.network import ACTIVATIONS
from small_estimators import (
    CLASSES,
    DIGITS,
    FLOWERS,
    PATIENTS,
    SEVERAL,
    X_DIGITS,
    X_FLOWERS,
    X_PATIENTS,
    X_SEVERAL,
    assert_refused,
    assert_same_weights,
    classifier,
    regressor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ACTIVATION_NAMES = ", ".join(ACTIVATIONS)


@pytest.mark.parametrize("activation", ["logistic", "leaky-relu:0.2", "elu:0.5", *ACTIVATIONS])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_every_activation_trains_and_has_the_right_gradient(activation: str, solver: str) -> None:
    estimator = classifier(activation=activation, solver=solver, max_iter=60, learning_rate_init=0.03)
    estimator.fit(X_FLOWERS, FLOWERS)
    assert estimator.score(X_FLOWERS, FLOWERS) > 0.75
    report = pw.check_gradients(estimator.network_, X_FLOWERS[:20], FLOWERS[:20], engine="compiled")
    assert report.passed


def test_an_activation_may_be_an_object() -> None:
    one = classifier(activation=pw.LeakyReLU(0.2)).fit(X_FLOWERS, FLOWERS)
    assert_same_weights(one, classifier(activation="leaky-relu:0.2").fit(X_FLOWERS, FLOWERS))


@pytest.mark.parametrize(
    "given", [["gelu", "logistic"], ("gelu", pw.Sigmoid()), np.array(["gelu", "sigmoid"])]
)
def test_layers_may_have_activations_of_their_own(given: Any) -> None:
    estimator = classifier(activation=given).fit(X_FLOWERS, FLOWERS)
    assert estimator.network_.activations == (pw.GELU(), pw.Sigmoid())
    assert pw.check_gradients(estimator.network_, X_FLOWERS[:20], FLOWERS[:20], engine="compiled").passed


def test_the_same_activation_for_each_layer_is_that_of_all() -> None:
    one = classifier(activation=["tanh", "tanh"]).fit(X_FLOWERS, FLOWERS)
    assert_same_weights(one, classifier(activation="tanh").fit(X_FLOWERS, FLOWERS))


def test_a_layer_begins_by_its_own_activation() -> None:
    """The bound has 2 for the sigmoid and 6 for all others; the last layer's is that of the one before it."""
    estimator = classifier(activation=["relu", "logistic"], learning_rate_init=1e-300, max_iter=1)
    coefs = estimator.fit(X_DIGITS[:100], DIGITS[:100]).coefs_
    bounds = [np.sqrt(6 / (64 + 8)), np.sqrt(2 / (8 + 6)), np.sqrt(2 / (6 + 10))]
    for coef, bound in zip(coefs, bounds, strict=True):
        assert 0.85 * bound < np.abs(coef).max() <= bound


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["relu"], "activation is a list of 1; expected one for each of the 2 hidden layers."),
        ([], "activation is a list of 0; expected one for each of the 2 hidden layers."),
        (
            "rleu",
            f"activation is 'rleu'; expected one of {ACTIVATION_NAMES}. Did you mean 'relu'?",
        ),
        (
            ["relu", "swish"],
            f"activation is 'swish'; expected one of {ACTIVATION_NAMES}. Did you mean 'silu'?",
        ),
        ([1, 2], f"activation is 1; expected one of {ACTIVATION_NAMES}."),
        (
            3,
            "The 'activation' parameter of MLPClassifier must be an instance of 'str', an instance of "
            "'plainweave.network.activation.Activation' or an array-like. Got 3 instead.",
        ),
    ],
)
def test_a_wrong_activation_is_refused(given: Any, message: str) -> None:
    assert_refused(message, classifier(activation=given))


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("dropout", [0.3, [0.2, 0.0], (0.0, 0.4), np.array([0.1, 0.2])])
def test_dropout_is_of_training_alone_and_follows_from_random_state(name: str, dropout: Any) -> None:
    X, y = CLASSES[name]
    one, again, other, without = (
        classifier(dropout=rate, random_state=seed).fit(X, y)
        for rate, seed in ((dropout, 1), (dropout, 1), (dropout, 2), (0.0, 1))
    )
    assert_same_weights(one, again)
    assert (one.coefs_[0] != other.coefs_[0]).any()
    assert (one.coefs_[0] != without.coefs_[0]).any()
    assert one.predict_proba(X).tobytes() == one.predict_proba(X).tobytes()
    twin = classifier().fit(X, y)
    twin.coefs_, twin.intercepts_ = one.coefs_, one.intercepts_
    assert one.predict_proba(X).tobytes() == twin.predict_proba(X).tobytes()


@pytest.mark.parametrize("way", ["fit", "partial_fit"])
@pytest.mark.parametrize("random_state", [0, np.random.RandomState(0)])
def test_every_epoch_draws_masks_of_its_own(way: str, random_state: Any) -> None:
    losses = {}
    for dropout in (0.0, 0.3):
        estimator = regressor(
            dropout=dropout, max_iter=4, learning_rate_init=1e-300, shuffle=False, random_state=random_state
        )
        for _ in range(4 if way == "partial_fit" else 1):
            getattr(estimator, way)(X_PATIENTS, PATIENTS)
        losses[dropout] = estimator.loss_curve_
    assert len(set(losses[0.0])) == 1
    assert len(set(losses[0.3])) == 4


def test_the_gradient_with_dropout_passes_the_check() -> None:
    network = classifier(dropout=[0.3, 0.1], activation="tanh").fit(X_FLOWERS, FLOWERS).network_
    for engine in ("numpy", "compiled"):
        assert pw.check_gradients(network, X_FLOWERS[:20], FLOWERS[:20], engine=engine, seed=3).passed


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"dropout": [0.1]}, "dropout is a list of 1; expected one for each of the 2 hidden layers."),
        ({"dropout": [1.0, 0]}, "the rate of dropout is 1.0; expected a number of at least 0 and below 1."),
        ({"dropout": ["a", 0]}, "the rate of dropout is 'a'; expected a number of at least 0 and below 1."),
        (
            {"dropout": 1.0},
            "The 'dropout' parameter of MLPClassifier must be a float in the range [0.0, 1.0) or an "
            "array-like. Got 1.0 instead.",
        ),
        (
            {"dropout": 0.1, "solver": "lbfgs"},
            "dropout is 0.1, and solver='lbfgs' has none; expected solver='adam' or 'sgd'.",
        ),
    ],
)
def test_wrong_dropout_is_refused(parameters: Any, message: str) -> None:
    assert_refused(message, classifier(**parameters))


@pytest.mark.parametrize(
    ("estimator", "X", "y"),
    [
        (classifier(activation=["gelu", "mish"], dropout=0.2), X_FLOWERS, FLOWERS),
        (classifier(class_weight="balanced", optimizer=pw.AdamW(0.01)), X_DIGITS[:300], DIGITS[:300]),
        (classifier(members=2, schedule="cosine", dropout=[0, 0.5]), X_SEVERAL, SEVERAL),
        (regressor(loss="quantile:0.1,0.9", early_stopping=True, choose_by="loss"), X_PATIENTS, PATIENTS),
        (regressor(loss="huber:0.3", solver="lbfgs", activation="selu"), X_PATIENTS, PATIENTS),
    ],
)
def test_numpy_trains_the_same(estimator: Any, X: Any, y: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = [coef.copy() for coef in estimator.fit(X, y).coefs_]
    loss = estimator.loss_
    monkeypatch.setattr("plainweave.engine.known.kernels", list)
    estimator.fit(X, y)
    for ours, theirs in zip(weights, estimator.coefs_, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)
    assert estimator.loss_ == pytest.approx(loss, rel=1e-9)


@pytest.mark.parametrize(
    "make",
    [
        lambda stream: classifier(random_state=stream, dropout=0.2, early_stopping=True),
        lambda stream: regressor(random_state=stream, loss="huber", optimizer=pw.Adam()),
    ],
)
def test_a_random_state_is_drawn_from_in_turn(make: Callable[[object], Any]) -> None:
    X, y = X_PATIENTS, (PATIENTS > 0).astype(int)
    one, other = np.random.RandomState(0), np.random.RandomState(0)
    first, second = make(one).fit(X, y), make(one).fit(X, y)
    again, once_more = make(other).fit(X, y), make(other).fit(X, y)
    assert_same_weights(first, again)
    assert_same_weights(second, once_more)
    assert (first.coefs_[0] != second.coefs_[0]).any()
    assert_same_weights(make(0).fit(X, y), first)


@pytest.mark.parametrize(
    "wrong",
    [
        {"activation": "nope"},
        {"dropout": [0.1, 0.2, 0.3]},
        {"schedule": "nope"},
        {"choose_by": "nope"},
        {"members": -1},
        {"n_jobs": "many"},
        {"observers": [1]},
        {"optimizer": 1},
        {"class_weight": 1},
    ],
)
def test_what_is_wrong_is_refused_by_fit_alone(wrong: Any) -> None:
    estimator = classifier(**wrong)
    estimator.set_params(**wrong)
    for way in ("fit", "partial_fit"):
        classes = {} if way == "fit" else {"classes": [0, 1, 2]}
        with pytest.raises((ValueError, ConfigurationError)):
            getattr(estimator, way)(X_FLOWERS, FLOWERS, **classes)
