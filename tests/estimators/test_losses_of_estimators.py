"""The regressor's further losses."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from small_estimators import PATIENTS, X_PATIENTS, assert_refused, assert_same_weights, regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        ("squared_error", pw.SquaredError()),
        ("huber", pw.Huber()),
        ("huber:0.3", pw.Huber(0.3)),
        ("absolute_error", pw.AbsoluteError()),
        ("absolute-error", pw.AbsoluteError()),
        ("quantile", pw.Quantile()),
        ("quantile:0.9", pw.Quantile((0.9,))),
        ("quantile:0.1,0.5,0.9", pw.Quantile((0.1, 0.5, 0.9))),
        ("poisson", pw.Poisson()),
    ],
)
@pytest.mark.parametrize("targets", [1, 2])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_every_loss_is_made_small(text: str, loss: pw.Loss, targets: int, solver: str) -> None:
    y = np.abs(PATIENTS) if text == "poisson" else PATIENTS
    y = y if targets == 1 else np.column_stack([y, np.abs(y)])
    settings = {"solver": solver, "max_iter": 30, "learning_rate_init": 0.01, "alpha": 0.1}
    estimator = regressor(loss=text, **settings).fit(X_PATIENTS, y)
    assert_same_weights(estimator, regressor(loss=loss, **settings).fit(X_PATIENTS, y))
    levels = len(loss.levels) if isinstance(loss, pw.Quantile) else 1
    shape = (442, *([2] if targets == 2 else []), *([levels] if levels > 1 else []))
    assert estimator.predict(X_PATIENTS).shape == shape
    assert estimator.n_outputs_ == targets * levels
    rows = np.reshape(y, (442, targets))
    report = pw.check_gradients(estimator.network_, X_PATIENTS, rows, loss=loss, engine="auto")
    assert report.passed
    of_network = float(loss.value(estimator.network_(X_PATIENTS), rows))
    nothing = regressor(loss=text, max_iter=1, learning_rate_init=1e-300).fit(X_PATIENTS, y).network_
    assert of_network < 0.95 * float(loss.value(nothing(X_PATIENTS), rows))
    if solver == "lbfgs" and text not in ("squared_error", "poisson"):  # those have scikit-learn's own loss_
        penalty = 0.1 / 2 / 442 * sum(np.square(coef).sum() for coef in estimator.coefs_)
        assert estimator.loss_ == pytest.approx(of_network + penalty)


def test_quantiles_hold_their_share_of_the_targets() -> None:
    estimator = regressor(loss="quantile:0.1,0.5,0.9", max_iter=300, hidden_layer_sizes=(4,))
    low, middle, high = estimator.fit(X_PATIENTS, PATIENTS).predict(X_PATIENTS).T
    for quantile, level in ((low, 0.1), (middle, 0.5), (high, 0.9)):
        assert np.mean(quantile > PATIENTS) == pytest.approx(level, abs=0.05)


def test_robust_losses_leave_outliers_alone() -> None:
    y = PATIENTS.copy()
    y[::20] += 50
    errors = {}
    for loss in ("squared_error", "huber", "absolute_error", "quantile"):
        estimator = regressor(loss=loss, max_iter=100, learning_rate_init=0.01).fit(X_PATIENTS, y)
        errors[loss] = np.median(np.abs(estimator.predict(X_PATIENTS) - PATIENTS))
    assert (
        max(errors[loss] for loss in ("huber", "absolute_error", "quantile")) < 0.5 * errors["squared_error"]
    )


def test_the_score_of_several_quantiles_is_minus_their_loss() -> None:
    loss = pw.Quantile((0.2, 0.7))
    y = np.column_stack([PATIENTS, -PATIENTS])
    weights = np.random.default_rng(0).uniform(size=442)
    for targets in (PATIENTS, y):
        estimator = regressor(loss=loss).fit(X_PATIENTS, targets)
        rows = np.reshape(targets, (442, -1))
        outputs = estimator.network_(X_PATIENTS)
        uncrossed = np.sort(outputs.reshape(442, -1, 2)).reshape(outputs.shape)
        expected = -float(loss.value(uncrossed, rows, weights))
        assert expected >= -float(loss.value(outputs, rows, weights))
        assert estimator.score(X_PATIENTS, targets, weights) == pytest.approx(expected)
        assert estimator.score(X_PATIENTS, targets) != estimator.score(X_PATIENTS, targets, weights)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (
            "hubr",
            "loss is 'hubr'; expected one of absolute_error, huber, poisson, quantile, squared_error. Did "
            "you mean 'huber'?",
        ),
        (
            "mse",
            "loss is 'mse'; expected one of absolute_error, huber, poisson, quantile, squared_error. Did you "
            "mean 'squared_error'?",
        ),
        ("quantile:1.5", "a level is 1.5; expected a number above 0 and below 1."),
        (
            "softmax",
            "loss is 'softmax', which is one of classes; expected one of numbers, as 'squared_error'. "
            "MLPClassifier tells classes apart.",
        ),
        (
            "poisson",
            f"y has {PATIENTS.min():g}; expected numbers of at least 0, for loss='poisson'. "
            "loss='squared_error' takes any number.",
        ),
        (
            7,
            "loss is 7; expected a text or a Loss, as 'squared_error'. It is the first parameter: hidden "
            "layers are given by hidden_layer_sizes=.",
        ),
    ],
)
def test_a_wrong_loss_is_refused(loss: Any, message: str) -> None:
    assert_refused(message, regressor(loss=loss), X_PATIENTS, PATIENTS)
