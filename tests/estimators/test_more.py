"""What goes beyond scikit-learn: activations, dropout, class weights and losses."""

import re
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn import datasets
from sklearn.preprocessing import scale
from sklearn.utils.class_weight import compute_sample_weight

import plainweave as pw
from plainweave import MLPClassifier, MLPRegressor
from plainweave.network import ACTIVATIONS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_FLOWERS, FLOWERS = datasets.load_iris(return_X_y=True)
X_TUMOURS, TUMOURS = datasets.load_breast_cancer(return_X_y=True)
X_DIGITS, DIGITS = datasets.load_digits(return_X_y=True)
X_SEVERAL, SEVERAL = datasets.make_multilabel_classification(150, 10, n_classes=3, random_state=0)
X_PATIENTS, PATIENTS = datasets.load_diabetes(return_X_y=True)
X_FLOWERS, X_TUMOURS, X_PATIENTS, PATIENTS = map(scale, (X_FLOWERS, X_TUMOURS, X_PATIENTS, PATIENTS))
X_DIGITS = X_DIGITS / 16
CLASSES: dict[str, tuple[Any, Any]] = {
    "two": (X_TUMOURS, TUMOURS),
    "texts": (X_FLOWERS, np.array(["setosa", "versicolor", "virginica"])[FLOWERS]),
    "ten": (X_DIGITS[:300], DIGITS[:300]),
    "sparse": (scipy.sparse.csr_array(X_DIGITS[:300]), DIGITS[:300]),
    "several labels": (X_SEVERAL, SEVERAL),
}
ACTIVATION_NAMES = ", ".join(ACTIVATIONS)


def classifier(**parameters: Any) -> MLPClassifier:
    return MLPClassifier(**{"hidden_layer_sizes": (8, 6), "max_iter": 4, "random_state": 1, **parameters})


def regressor(**parameters: Any) -> MLPRegressor:
    return MLPRegressor(**{"hidden_layer_sizes": (8, 6), "max_iter": 4, "random_state": 1, **parameters})


def assert_same_weights(one: Any, other: Any) -> None:
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        assert a.tobytes() == b.tobytes()


def assert_refused(message: str, estimator: Any, X: Any = X_FLOWERS, y: Any = FLOWERS) -> None:
    """Assert that what could be made can't be fitted."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        estimator.fit(X, y)


# activations


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


# dropout


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
            dropout=dropout, learning_rate_init=1e-300, shuffle=False, random_state=random_state
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


# class weights


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


# losses


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
    report = pw.check_gradients(estimator.network_, X_PATIENTS, rows, loss=loss, engine="compiled")
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
        expected = -float(loss.value(estimator.network_(X_PATIENTS), rows, weights))
        assert estimator.score(X_PATIENTS, targets, weights) == pytest.approx(expected)
        assert estimator.score(X_PATIENTS, targets) != estimator.score(X_PATIENTS, targets, weights)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (
            "hubr",
            "loss is 'hubr'; expected one of absolute-error, huber, poisson, quantile, sigmoid, softmax, "
            "squared-error. Did you mean 'huber'?",
        ),
        (
            "mse",
            "loss is 'mse'; expected one of absolute-error, huber, poisson, quantile, sigmoid, softmax, "
            "squared-error. Did you mean 'squared-error'?",
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
            "The 'loss' parameter of MLPRegressor must be an instance of 'str' or an instance of "
            "'plainweave.losses.loss.Loss'. Got 7 instead.",
        ),
    ],
)
def test_a_wrong_loss_is_refused(loss: Any, message: str) -> None:
    assert_refused(message, regressor(loss=loss), X_PATIENTS, PATIENTS)


# both engines


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
