"""Members: each is what it would be alone, and together they predict their mean."""

import copy
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from member_cases import CASES, alone, fitted, made
from plainweave import MLPRegressor
from small_estimators import assert_same_weights

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("name", CASES)
def test_a_member_is_what_it_would_be_alone(name: str) -> None:
    estimator, given = fitted(name, n_jobs=2)
    for number, member in enumerate(estimator.members_):
        one = alone(estimator, number).fit(**given)
        assert_same_weights(member, one)
        for coefs, coef in zip(estimator.coefs_, one.coefs_, strict=True):
            assert coefs[number].tobytes() == coef.tobytes()
        assert member.get_params() == one.get_params()
        assert vars(member).keys() == vars(one).keys()
        for attribute in ("loss_", "n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "history_"):
            assert getattr(member, attribute) == getattr(one, attribute), attribute
    seeds = {member.random_state for member in estimator.members_}
    assert len(seeds) == 3


@pytest.mark.parametrize("name", CASES)
def test_predictions_are_the_mean_of_the_members(name: str) -> None:
    estimator, given = fitted(name)
    X = given["X"]
    way = "predict" if isinstance(estimator, MLPRegressor) else "predict_proba"
    each = np.array([getattr(member, way)(X) for member in estimator.members_])
    np.testing.assert_allclose(getattr(estimator, way)(X), each.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(estimator.predict_spread(X), each.std(axis=0, ddof=1), rtol=1e-4, atol=1e-7)
    if way == "predict_proba":
        mean = each.mean(axis=0)
        is_multilabel = np.ndim(given["y"]) == 2
        expected = mean > 0.5 if is_multilabel else estimator.classes_[mean.argmax(axis=1)]
        np.testing.assert_array_equal(estimator.predict(X), expected)
        assert 0 < estimator.score(X, given["y"]) <= 1


def test_what_fitting_leaves_is_of_all_members() -> None:
    estimator, _ = fitted("early stopping", random_state=2)
    members = estimator.members_
    epochs = [member.n_iter_ for member in members]
    assert min(epochs) < max(epochs)  # else padding is not seen
    assert estimator.n_iter_ == max(epochs)
    assert estimator.t_ == max(member.t_ for member in members)
    assert estimator.loss_ == np.mean([member.loss_ for member in members])
    assert estimator.best_validation_score_ == np.mean([member.best_validation_score_ for member in members])
    assert estimator.best_loss_ is None
    for name in ("loss_curve_", "validation_scores_", "validation_loss_curve_"):
        curves = np.array(getattr(estimator, name))
        assert curves.shape == (max(epochs), 3)
        for number, member in enumerate(members):
            ended = epochs[number]
            assert curves[:ended, number].tolist() == getattr(member, name)
            assert np.isnan(curves[ended:, number]).all()
    for part in ("training", "validation"):
        for metric in ("loss", "accuracy"):
            values = np.array(estimator.history_.values(part, metric))
            own = members[1].history_.values(part, metric)
            assert values[: epochs[1], 1].tolist() == own
    assert [coef.shape for coef in estimator.coefs_] == [(3, 4, 6), (3, 6, 4), (3, 4, 3)]
    assert [intercept.shape for intercept in estimator.intercepts_] == [(3, 6), (3, 4), (3, 3)]
    assert str(estimator.network_) == "Network(4-6-4-3, relu, 73 parameters, 3 models)"
    assert (estimator.n_layers_, estimator.n_outputs_, estimator.out_activation_) == (4, 3, "softmax")


def test_one_member_is_a_stack_of_one() -> None:
    estimator, given = fitted("adam", members=1)
    assert estimator.coefs_[0].shape == (1, 4, 6)
    assert len(estimator.members_) == 1
    np.testing.assert_array_equal(
        estimator.predict_proba(given["X"]), estimator.members_[0].predict_proba(given["X"])
    )


@pytest.mark.parametrize("members", [None, 1])
def test_one_network_has_no_spread(members: int | None) -> None:
    estimator, given = fitted("adam", members=members)
    assert (estimator.members_ is None) is (members is None)
    assert not hasattr(estimator, "predict_spread")
    with pytest.raises(AttributeError) as error:
        estimator.predict_spread(given["X"])
    assert str(error.value.__cause__) == (
        f"predict_spread is only available with several members. members is {members}."
    )


def test_seeds_come_from_random_state() -> None:
    def seeds(random_state: object) -> list[int]:
        estimator, _ = fitted("adam", random_state=random_state, max_iter=1)
        return [member.random_state for member in estimator.members_]

    assert seeds(0) == seeds(0) == seeds(np.random.RandomState(0))
    assert seeds(0) != seeds(1)
    shared = np.random.RandomState(0)
    assert seeds(shared) != seeds(shared)
    assert seeds(None) != seeds(None)


def test_weights_that_a_user_changes_are_those_of_stack_and_member() -> None:
    estimator, given = fitted("adam")
    estimator.coefs_[0][1] = 0
    assert not estimator.members_[1].coefs_[0].any()
    before = estimator.predict_proba(given["X"])
    estimator.members_[2].coefs_[-1][:] = 0
    assert not estimator.network_.layers[-1].parameters["weight"][2].any()
    assert (estimator.predict_proba(given["X"]) != before).any()


@pytest.mark.parametrize("name", ["adam", "dropout and weights", "several labels", "numbers", "sgd"])
def test_partial_fit_goes_on_with_every_member(name: str) -> None:
    estimator, given = made(name, random_state=0)
    arguments = {} if name == "numbers" else {"classes": range(3) if name == "several labels" else [0, 1, 2]}
    for _ in range(3):
        estimator.partial_fit(**given, **arguments)
    one = alone(estimator, 2)
    for _ in range(3):
        one.partial_fit(**given, **arguments)
    assert_same_weights(estimator.members_[2], one)
    assert np.shape(estimator.loss_curve_) == (3, 3)
    assert len(estimator.history_) == 3


def test_partial_fit_shuffles_anew_where_random_state_is_a_stream() -> None:
    estimator, given = made("adam", random_state=np.random.RandomState(0))
    seeds = set()
    for _ in range(3):
        estimator.partial_fit(**given, classes=[0, 1, 2])
        seeds |= {member.random_state for member in estimator.members_}
    assert len(seeds) == 9


@pytest.mark.parametrize("name", ["adam", "early stopping", "lbfgs"])
def test_a_warm_start_goes_on_with_every_member(name: str) -> None:
    estimator, given = fitted(name, warm_start=True)
    one = alone(estimator, 1).fit(**given)
    for each in (estimator, one):
        each.set_params(max_iter=3).fit(**given)
    assert_same_weights(estimator.members_[1], one)
    assert estimator.members_[1].loss_ == one.loss_


def test_a_warm_start_goes_on_from_weights_that_were_read_back_and_changed() -> None:
    estimator, given = fitted("adam", warm_start=True)
    other = pickle.loads(pickle.dumps(estimator))
    for each in (estimator, other):
        each.coefs_[0][:] = 0.5
        each.fit(**given)
    assert_same_weights(estimator, other)


@pytest.mark.parametrize(
    ("before", "after", "way"), [(3, 2, "fit"), (None, 3, "fit"), (3, None, "fit"), (3, 4, "partial_fit")]
)
def test_training_goes_on_with_as_many_members(before: int | None, after: int | None, way: str) -> None:
    estimator, given = fitted("adam", members=before, warm_start=True)
    weights = copy.deepcopy(estimator.coefs_)
    message = (
        f"members is {after}, and training goes on from members={before}; expected the same. Call fit with "
        "warm_start=False to begin anew."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        getattr(estimator.set_params(members=after), way)(**given)
    for ours, theirs in zip(estimator.coefs_, weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert np.ndim(estimator.set_params(warm_start=False).fit(**given).coefs_[0]) == (
        2 if after is None else 3
    )


@pytest.mark.parametrize("way", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_predicts_the_same(way: Callable[[Any], Any]) -> None:
    estimator, given = fitted("adam", n_jobs=2)
    other = way(estimator)
    for name in ("predict", "predict_proba", "predict_spread"):
        assert getattr(other, name)(given["X"]).tobytes() == getattr(estimator, name)(given["X"]).tobytes()
    assert_same_weights(other.members_[0], estimator.members_[0])
    other.coefs_[0][...] = 0
    assert not any(member.coefs_[0].any() for member in other.members_), "they are parts of coefs_"
    assert clone(estimator).get_params() == estimator.get_params()


def test_labels_may_be_texts() -> None:
    estimator, given = made("two classes")
    estimator.fit(given["X"], np.array(["no", "yes"])[given["y"]])
    assert set(estimator.predict(given["X"])) <= {"no", "yes"}
    np.testing.assert_allclose(estimator.predict_proba(given["X"]).sum(axis=1), 1)
    assert estimator.classes_.tolist() == estimator.members_[0].classes_.tolist() == ["no", "yes"]
