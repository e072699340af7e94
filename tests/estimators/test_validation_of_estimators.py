"""Examples held out by the user, what is told of them, and the weights that they choose."""

import re
import warnings
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score

import plainweave as pw
from plainweave import MLPClassifier
from small_estimators import (
    FLOWERS,
    HALVES,
    PATIENTS,
    SEVERAL,
    WEIGHTS,
    X_FLOWERS,
    X_PATIENTS,
    X_SEVERAL,
    Watch,
    assert_refused,
    assert_same_weights,
    classifier,
    regressor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def assert_curves_are_those_of(estimator: Any, networks: list[pw.Network], X: Any, y: Any, w: Any) -> None:
    """Recompute what is told of held out examples, from copies of the network of every epoch."""
    twin = MLPClassifier(max_iter=1).fit(X, y) if isinstance(estimator, MLPClassifier) else None
    for epoch, network in enumerate(networks):
        outputs = network(X)
        if twin is None:
            losses = 0.5 * mean_squared_error(y, outputs, sample_weight=w)
            score = r2_score(y, outputs, sample_weight=w)
            own = mean_squared_error(y, outputs, sample_weight=w)
        elif np.ndim(y) == 2:
            p = pw.SigmoidCrossEntropy().probabilities(outputs)
            losses = -np.average((y * np.log(p) + (1 - y) * np.log1p(-p)).sum(axis=1), weights=w)
            own = losses / y.shape[1]
            score = accuracy_score(y, p > 0.5, sample_weight=w)
        else:
            p = pw.SoftmaxCrossEntropy().probabilities(outputs)
            losses = own = log_loss(y, p, sample_weight=w)
            score = accuracy_score(y, p.argmax(axis=1), sample_weight=w)
        assert estimator.validation_loss_curve_[epoch] == pytest.approx(losses)
        assert estimator.validation_scores_[epoch] == pytest.approx(score)
        assert float(estimator.history_.validation_loss[epoch]) == pytest.approx(own)
    assert len(estimator.validation_loss_curve_) == len(estimator.validation_scores_) == len(networks)
    assert len(estimator.history_) == len(networks)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("weights", [None, WEIGHTS[75:]])
@pytest.mark.parametrize("kind", ["classes", "several labels", "numbers"])
def test_curves_are_what_the_weights_of_each_epoch_give(solver: str, weights: Any, kind: str) -> None:
    watch = Watch()
    make, X, y = {
        "classes": (classifier, X_FLOWERS, FLOWERS),
        "several labels": (classifier, X_SEVERAL, SEVERAL),
        "numbers": (regressor, X_PATIENTS[:150], PATIENTS[:150]),
    }[kind]
    estimator = make(solver=solver, observers=[watch], learning_rate_init=0.02)
    held_out = {"X_val": X[1::2], "y_val": y[1::2], "sample_weight_val": weights}
    estimator.fit(X[::2], y[::2], **held_out)
    assert_curves_are_those_of(estimator, watch.networks, X[1::2], y[1::2], weights)
    assert watch.numbers == list(range(1, estimator.n_iter_ + 1))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_history_has_the_training_loss_without_the_penalty(solver: str) -> None:
    watch = Watch()
    estimator = classifier(solver=solver, alpha=1.0, observers=[watch]).fit(X_FLOWERS, FLOWERS)
    networks = watch.networks
    losses = [log_loss(FLOWERS, pw.SoftmaxCrossEntropy().probabilities(each(X_FLOWERS))) for each in networks]
    told = np.array(estimator.history_.training_loss, float)
    if solver == "lbfgs":
        np.testing.assert_allclose(told, losses)
        penalty = sum(np.square(coef).sum() for coef in estimator.coefs_) / 2 / 150
        assert estimator.loss_ == pytest.approx(told[-1] + penalty)
    else:  # of a batch of all before its step
        np.testing.assert_allclose(told[1:], losses[:-1])
        assert (np.array(estimator.loss_curve_) > told).all()
        accuracy = accuracy_score(FLOWERS, networks[-2](X_FLOWERS).argmax(axis=1))
        assert float(estimator.history_.training_accuracy[-1]) == pytest.approx(100 * accuracy)


def test_validating_on_examples_of_ones_own_does_not_change_training() -> None:
    X, y, X_val, y_val = HALVES.values()
    for solver in ("adam", "sgd", "lbfgs"):
        one = classifier(solver=solver).fit(X, y)
        other = classifier(solver=solver).fit(X, y, X_val=X_val, y_val=y_val)
        assert_same_weights(one, other)
        assert one.loss_ == other.loss_


@pytest.mark.parametrize(
    ("solver", "early_stopping", "choose_by", "is_own"),
    [
        *product(["adam", "sgd", "lbfgs"], [False, True], ["loss", "score", None], [True]),
        *product(["adam", "sgd"], [True], ["loss", "score", None], [False]),
    ],
)
def test_the_best_weights_are_kept(
    solver: str, early_stopping: bool, choose_by: str | None, is_own: bool
) -> None:
    watch = Watch()
    settings = {"max_iter": 40, "learning_rate_init": 0.05, "n_iter_no_change": 8, "alpha": 0, "tol": 0.0}
    estimator = classifier(
        solver=solver,
        early_stopping=early_stopping,
        choose_by=choose_by,
        observers=[watch],
        hidden_layer_sizes=(30,),
        **settings,
    )
    X, y, X_val, y_val = HALVES.values()
    estimator.fit(X, y, **({"X_val": X_val, "y_val": y_val} if is_own else {}))
    losses, scores = np.array(estimator.validation_loss_curve_), np.array(estimator.validation_scores_)
    best = len(losses) - 1
    if early_stopping or choose_by:
        best = int(losses.argmin() if choose_by == "loss" else scores.argmax())
        assert watch.best[-1] == best + 1
        assert estimator.best_validation_score_ == scores[best]
    for ours, theirs in zip(estimator.coefs_, watch.networks[best].linear, strict=True):
        assert ours.tobytes() == theirs.weight.tobytes()
    if early_stopping and len(losses) < 40:
        assert len(losses) >= 9


@pytest.mark.parametrize("choose_by", ["loss", "score"])
@pytest.mark.parametrize("members", [None, 2])
def test_a_warm_start_that_is_no_better_ends_with_the_best_weights_of_before(
    choose_by: str, members: int | None
) -> None:
    X, y, X_val, y_val = HALVES.values()
    estimator = classifier(
        choose_by=choose_by, members=members, warm_start=True, max_iter=40, learning_rate_init=0.02
    )
    estimator.fit(X, y, X_val=X_val, y_val=y_val)
    before = estimator.predict_proba(X_val)
    worse = estimator.set_params(solver="sgd", learning_rate_init=50.0, max_iter=3)
    worse.fit(X, y, X_val=X_val, y_val=y_val)
    np.testing.assert_array_equal(worse.predict_proba(X_val), before)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_early_stopping_by_the_loss_ends_where_it_rises(
    solver: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"max_iter": 500, "learning_rate_init": 0.1, "n_iter_no_change": 5, "tol": 1e-4, "alpha": 0}
    estimator = classifier(
        solver=solver,
        early_stopping=True,
        choose_by="loss",
        hidden_layer_sizes=(30,),
        verbose=True,
        **settings,
    )
    X, y, X_val, y_val = HALVES.values()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator.fit(X, y, X_val=X_val, y_val=y_val)
    assert estimator.n_iter_ < 500
    curve = estimator.validation_loss_curve_
    assert log_loss(y_val, estimator.predict_proba(X_val)) == pytest.approx(min(curve))
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == (
        "Validation loss did not improve more than tol=0.000100 for 5 consecutive epochs. Stopping."
    )
    assert lines[-2] == f"Validation score: {estimator.validation_scores_[-1]:f}"
    assert lines[0].startswith("Iteration 1, loss = ")


def test_early_stopping_has_no_effect_on_lbfgs_alone() -> None:
    one, other = (
        classifier(solver="lbfgs", early_stopping=each).fit(X_FLOWERS, FLOWERS) for each in (False, True)
    )
    assert_same_weights(one, other)
    assert not hasattr(other, "validation_scores_")


@pytest.mark.parametrize(
    ("parameters", "given", "message"),
    [
        (
            {"choose_by": "loss"},
            {},
            "choose_by is 'loss', and no examples are held out; expected early_stopping=True, or X_val and "
            "y_val in fit.",
        ),
        (
            {"choose_by": "score", "solver": "lbfgs", "early_stopping": True},
            {},
            "choose_by is 'score', and no examples are held out; expected X_val and y_val in fit.",
        ),
        *(
            (
                {},
                given,
                f"{next(iter(given))} is given without {missing}; expected both, or none.",
            )
            for given, missing in (
                ({"X_val": X_FLOWERS}, "y_val"),
                ({"y_val": FLOWERS}, "X_val"),
                ({"sample_weight_val": WEIGHTS}, "X_val and y_val"),
                ({"y_val": FLOWERS, "sample_weight_val": WEIGHTS}, "X_val"),
            )
        ),
        (
            {},
            {"X_val": X_FLOWERS[:, :3], "y_val": FLOWERS},
            "X_val, y_val: X has 3 features, but MLPClassifier is expecting 4 features as input.",
        ),
        (
            {},
            {"X_val": X_FLOWERS[:4], "y_val": [0, 1, 2, 3]},
            "`y_val` has classes not in `self.classes_`. `self.classes_` has [0 1 2]. 'y_val' has [3].",
        ),
        (
            {},
            {"X_val": X_FLOWERS, "y_val": FLOWERS, "sample_weight_val": [1.0]},
            "sample_weight_val: sample_weight.shape == (1,), expected (150,)!",
        ),
    ],
)
def test_wrong_validation_is_refused(parameters: Any, given: Any, message: str) -> None:
    assert_refused(message, classifier(**parameters), **given)


def test_validation_targets_are_as_wide_as_those_of_training() -> None:
    two = np.column_stack([PATIENTS, PATIENTS])
    for y, y_val, widths in ((PATIENTS, two, (2, 1)), (two, PATIENTS, (1, 2))):
        message = f"y_val has {widths[0]} columns; expected {widths[1]}, as y has."
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            regressor().fit(X_PATIENTS, y, X_val=X_PATIENTS, y_val=y_val)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("is_sparse", [(False, True), (True, False), (True, True)])
def test_what_is_held_out_may_have_another_form(dtype: Any, is_sparse: tuple[bool, bool]) -> None:
    X, X_val = (
        scipy.sparse.csr_array(part) if sparse else part
        for part, sparse in zip((X_PATIENTS[::2].astype(dtype), X_PATIENTS[1::2]), is_sparse, strict=True)
    )
    one = regressor().fit(X, PATIENTS[::2], X_val=X_val, y_val=PATIENTS[1::2])
    assert one.coefs_[0].dtype == dtype
    assert one.validation_scores_[-1] == pytest.approx(one.score(X_val, PATIENTS[1::2]), abs=1e-6)


def test_a_warm_start_that_is_validated_on_others_looks_for_the_best_weights_anew() -> None:
    X, y = X_FLOWERS, FLOWERS
    estimator = classifier(choose_by="score", warm_start=True, max_iter=100, learning_rate_init=0.02)
    with warnings.catch_warnings(action="ignore"):
        estimator.fit(X, y, X_val=X[:10], y_val=y[:10])
        assert estimator.best_validation_score_ == 1
        estimator.fit(X, y, X_val=X[40:], y_val=y[40:])
    assert estimator.best_validation_score_ == max(estimator.validation_scores_[-estimator.n_iter_ :])
    assert estimator.best_validation_score_ == estimator.score(X[40:], y[40:])


@pytest.mark.parametrize("loss", ["quantile:0.1", "quantile:0.1,0.9", "poisson", "huber"])
def test_the_best_validation_score_is_what_score_gives(loss: str) -> None:
    X, y = X_PATIENTS, np.abs(PATIENTS)
    estimator = regressor(loss=loss, choose_by="score", max_iter=20, learning_rate_init=0.01)
    estimator.fit(X[:300], y[:300], X_val=X[300:], y_val=y[300:])
    assert estimator.best_validation_score_ == pytest.approx(estimator.score(X[300:], y[300:]))
