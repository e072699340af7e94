"""Settings changed after a fit, and what a call that failed leaves."""

import re
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError

import plainweave as pw
from side_by_side import OURS, THEIRS
from small_estimators import (
    FLOWERS,
    PATIENTS,
    X_FLOWERS,
    X_PATIENTS,
    assert_same_weights,
    classifier,
    regressor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

OTHERS: list[Any] = [(), (3, 3), (2, 2, 2), (3, 0), 7]


@pytest.mark.parametrize("members", [None, 2])
@pytest.mark.parametrize("sizes", OTHERS)
def test_hidden_layer_sizes_set_after_a_fit_change_no_predictions(sizes: Any, members: int | None) -> None:
    fitted = classifier(max_iter=3, members=members).fit(X_FLOWERS, FLOWERS)
    before = fitted.predict_proba(X_FLOWERS)
    np.testing.assert_array_equal(before.sum(axis=1).round(12), 1)
    fitted.set_params(hidden_layer_sizes=sizes)
    np.testing.assert_array_equal(fitted.predict_proba(X_FLOWERS), before)
    assert [layer.weight.shape for layer in fitted.network_.linear] == [coef.shape for coef in fitted.coefs_]


@pytest.mark.parametrize("settings", [{}, {"warm_start": True}])
def test_training_does_not_go_on_with_another_number_of_hidden_layers(settings: dict[str, Any]) -> None:
    fitted = classifier(hidden_layer_sizes=5, max_iter=3, **settings).fit(X_FLOWERS, FLOWERS)
    before = [coef.copy() for coef in fitted.coefs_]
    fitted.set_params(hidden_layer_sizes=(3, 3))
    go_on = fitted.fit if settings else fitted.partial_fit
    with pytest.raises(ValueError, match=r"is \(3, 3\), and training goes on from 1 hidden layer; expected"):
        go_on(X_FLOWERS, FLOWERS)
    for coef, other in zip(fitted.coefs_, before, strict=True):
        np.testing.assert_array_equal(coef, other)
    assert len(fitted.set_params(warm_start=False).fit(X_FLOWERS, FLOWERS).coefs_) == 3


def test_training_goes_on_with_other_sizes_as_in_scikit_learn() -> None:
    theirs, ours = (
        family["classifier"]((5,), max_iter=3, random_state=0)
        .fit(X_FLOWERS, FLOWERS)
        .set_params(hidden_layer_sizes=(7,))
        .partial_fit(X_FLOWERS, FLOWERS)
        for family in (THEIRS, OURS)
    )
    for mine, other in zip(ours.coefs_, theirs.coefs_, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)


@pytest.mark.parametrize("losses", [("squared_error", "poisson"), ("poisson", "squared_error")])
def test_a_loss_set_after_a_fit_changes_no_predictions(losses: tuple[str, str]) -> None:
    counts = np.abs(PATIENTS).round()
    fitted = regressor(loss=losses[0], max_iter=3).fit(X_PATIENTS, counts)
    before = fitted.predict(X_PATIENTS)
    np.testing.assert_array_equal(fitted.set_params(loss=losses[1]).predict(X_PATIENTS), before)
    np.testing.assert_allclose(fitted.to_model().predict(X_PATIENTS), before)
    with pytest.raises(ValueError, match=f"loss is '{losses[1]}', .* expected a loss of the same"):
        fitted.partial_fit(X_PATIENTS, counts)
    assert (
        fitted.fit(X_PATIENTS, counts).out_activation_
        != regressor(loss=losses[0]).fit(X_PATIENTS, counts).out_activation_
    )


def test_weights_taken_away_are_refused() -> None:
    fitted = classifier(max_iter=3).fit(X_FLOWERS, FLOWERS)
    del fitted.intercepts_[-1]
    with pytest.raises(ValueError, match="shorter"):
        fitted.predict(X_FLOWERS)


@pytest.mark.parametrize("settings", [{}, {"early_stopping": True}, {"members": 2}])
def test_a_warm_start_goes_on_by_batches_after_lbfgs(settings: dict[str, Any]) -> None:
    fitted = classifier(solver="lbfgs", max_iter=5, warm_start=True, **settings).fit(X_FLOWERS, FLOWERS)
    loss = fitted.loss_
    fitted.set_params(solver="adam", max_iter=3).fit(X_FLOWERS, FLOWERS)
    assert fitted.loss_ < loss + 0.1
    assert len(fitted.loss_curve_) == 3
    assert (
        (fitted.best_loss_ is None)
        == (fitted.validation_scores_ is not None)
        == bool(settings.get("early_stopping"))
    )


def test_a_fit_that_can_draw_no_weights_leaves_none() -> None:
    fresh = classifier(hidden_layer_sizes=(2.5,), warm_start=True)
    for _ in range(2):  # the second is a first fit again
        with pytest.raises(TypeError, match="float"):
            fresh.fit(X_FLOWERS, FLOWERS)
        assert not hasattr(fresh, "coefs_")


def test_after_a_first_partial_fit_that_failed_nothing_is_fitted() -> None:
    fresh = classifier()
    with pytest.raises(ValueError, match="NaN"):
        fresh.partial_fit(X_FLOWERS * np.nan, FLOWERS, classes=np.unique(FLOWERS))
    for use in (fresh.to_model, lambda: fresh.predict(X_FLOWERS)):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            use()


@pytest.mark.parametrize("size", [0, -3])
def test_partial_fit_clips_a_batch_size_as_in_scikit_learn(size: int) -> None:
    theirs, ours = (
        family["regressor"](hidden_layer_sizes=(5,), random_state=0, max_iter=2)
        .fit(X_PATIENTS[:50], PATIENTS[:50])
        .set_params(batch_size=size)
        .partial_fit(X_PATIENTS[:50], PATIENTS[:50])
        for family in (THEIRS, OURS)
    )
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-9)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (PATIENTS.astype(str), "y: text (<U32); expected real numbers."),
        (np.full(len(PATIENTS), "2026-01-01", "M8[D]"), "y: dates (datetime64[D]); expected real numbers."),
    ],
)
def test_targets_that_are_no_numbers_are_refused(loss: str, targets: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        regressor(loss=loss).fit(X_PATIENTS, targets)


@pytest.mark.parametrize("settings", [{}, {"loss": "poisson"}, {"solver": "lbfgs"}, {"early_stopping": True}])
def test_sparse_targets_are_numbers_like_others(settings: dict[str, Any]) -> None:
    targets = np.abs(X_PATIENTS[:, :2]).round()
    one = regressor(**settings).fit(X_PATIENTS, scipy.sparse.csr_array(targets))
    assert_same_weights(one, regressor(**settings).fit(X_PATIENTS, targets))


def test_members_may_be_true() -> None:
    assert len(classifier(members=True, max_iter=1).fit(X_FLOWERS, FLOWERS).members_) == 1


@pytest.mark.parametrize("members", [None, 2])
@pytest.mark.parametrize(
    ("fitted", "settings"),
    [
        ({"sample_weight": np.full(100, np.nan)}, {}),
        ({"X_val": X_FLOWERS}, {}),
        ({}, {"activation": "tahn"}),
        ({}, {"choose_by": "score"}),
        ({}, {"optimizer": pw.SGD([0.1, 0.2])}),
    ],
)
def test_what_can_t_be_fitted_again_stays_as_it_was(
    members: int | None, fitted: dict[str, Any], settings: dict[str, Any]
) -> None:
    X, y = X_FLOWERS, FLOWERS
    estimator = classifier(members=members).fit(X, y)
    before = {name: value for name, value in vars(estimator).items() if name.endswith("_")}
    predicted = estimator.predict(X)
    with pytest.raises((ValueError, pw.PlainweaveError)):
        estimator.set_params(**settings).fit(X[y > 0], y[y > 0], **fitted)
    left = {name for name in vars(estimator) if name.endswith("_")}
    assert left == before.keys()
    assert all(vars(estimator)[name] is value for name, value in before.items())
    estimator.set_params(**dict.fromkeys(settings.keys() - {"activation"}), activation="relu")
    assert (estimator.predict(X) == predicted).all()
