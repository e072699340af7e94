"""Members: each is what it would be alone, on any number of threads, and together they predict their mean."""

import copy
import os
import pickle
import re
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pytest
import scipy.sparse
from sklearn import datasets
from sklearn.base import clone

import plainweave as pw
from plainweave import MLPClassifier, MLPRegressor
from plainweave.errors import ConfigurationError
from plainweave.estimators.members import threads_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

FLOWERS = datasets.load_iris(return_X_y=True)
TUMOURS = datasets.load_breast_cancer(return_X_y=True)
SEVERAL = datasets.make_multilabel_classification(120, 10, random_state=0)
PATIENTS = datasets.load_diabetes(return_X_y=True)
WEIGHTS = np.random.default_rng(0).uniform(0.5, 2, 150)
STOPPING = {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 30, "learning_rate_init": 0.03}
NUMBERS = {"X": PATIENTS[0], "y": PATIENTS[1] / 50}
CASES: dict[str, tuple[type[Any], dict[str, Any], dict[str, Any]]] = {
    "adam": (MLPClassifier, {}, {}),
    "sgd": (MLPClassifier, {"solver": "sgd", "learning_rate": "invscaling"}, {}),
    "lbfgs": (MLPClassifier, {"solver": "lbfgs"}, {}),
    "an optimizer": (MLPClassifier, {"optimizer": pw.AdamW(0.01), "schedule": "cosine"}, {}),
    "early stopping": (MLPClassifier, STOPPING, {}),
    "held out by the user": (
        MLPClassifier,
        {"choose_by": "loss"},
        {"X_val": FLOWERS[0][::5], "y_val": FLOWERS[1][::5], "sample_weight_val": WEIGHTS[::5]},
    ),
    "dropout and weights": (
        MLPClassifier,
        {"dropout": 0.2, "class_weight": {0: 1, 1: 2, 2: 0.5}},
        {"sample_weight": WEIGHTS},
    ),
    "two classes": (MLPClassifier, {}, {"X": TUMOURS[0] / 1000, "y": TUMOURS[1]}),
    "several labels": (MLPClassifier, {}, {"X": SEVERAL[0] / 10, "y": SEVERAL[1]}),
    "sparse": (MLPClassifier, {}, {"X": scipy.sparse.csr_array(SEVERAL[0]), "y": SEVERAL[1]}),
    "float32": (MLPClassifier, {}, {"X": FLOWERS[0].astype(np.float32)}),
    "numbers": (MLPRegressor, {}, NUMBERS),
    "quantiles": (MLPRegressor, {"loss": "quantile:0.1,0.9"}, NUMBERS),
    "large layers": (MLPClassifier, {"hidden_layer_sizes": (300, 300), "max_iter": 2}, {}),
}


def made(name: str, **changed: Any) -> tuple[Any, dict[str, Any]]:
    """Return an estimator of three members, or of another number, and what `fit` is called with."""
    kind, parameters, given = CASES[name]
    small = {"hidden_layer_sizes": (6, 4), "max_iter": 5, "random_state": 3, "members": 3}
    return kind(**{**small, **parameters, **changed}), {"X": FLOWERS[0], "y": FLOWERS[1], **given}


def fitted(name: str, **changed: Any) -> tuple[Any, dict[str, Any]]:
    estimator, given = made(name, **changed)
    return estimator.fit(**given), given


def alone(estimator: Any, number: int) -> Any:
    """Return the estimator of one network, not fitted, that has the seed of a member."""
    seed = estimator.members_[number].random_state
    return clone(estimator).set_params(members=None, n_jobs=None, observers=None, random_state=seed)


def assert_same_weights(one: Any, other: Any) -> None:
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes()


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


@pytest.mark.parametrize("name", ["adam", "lbfgs", "early stopping", "dropout and weights", "large layers"])
@pytest.mark.parametrize("observers", [None, [lambda epoch: None]])
def test_any_number_of_threads_ends_with_the_same_bytes(name: str, observers: Any) -> None:
    one, given = fitted(name, n_jobs=None)
    for n_jobs in (1, 2, 7, -1):
        other, _ = fitted(name, n_jobs=n_jobs, observers=observers)
        assert_same_weights(one, other)
        assert other.predict_proba(given["X"]).tobytes() == one.predict_proba(given["X"]).tobytes()


def test_any_number_of_threads_ends_with_the_same_bytes_on_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plainweave.engine.known.kernels", list)
    one, given = fitted("dropout and weights", n_jobs=1)
    other, _ = fitted("dropout and weights", n_jobs=3)
    assert_same_weights(one, other)
    assert_same_weights(one.members_[2], alone(one, 2).fit(**given))


@pytest.mark.parametrize("name", CASES)
def test_predictions_are_the_mean_of_the_members(name: str) -> None:
    estimator, given = fitted(name)
    X = given["X"]
    way = "predict" if isinstance(estimator, MLPRegressor) else "predict_proba"
    each = np.array([getattr(member, way)(X) for member in estimator.members_])
    np.testing.assert_allclose(getattr(estimator, way)(X), each.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(estimator.predict_spread(X), each.std(axis=0), rtol=1e-4, atol=1e-7)
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
    np.testing.assert_array_equal(estimator.predict_spread(given["X"]), 0)
    np.testing.assert_array_equal(
        estimator.predict_proba(given["X"]), estimator.members_[0].predict_proba(given["X"])
    )


def test_one_network_has_no_members() -> None:
    estimator, given = fitted("adam", members=None)
    assert estimator.members_ is None
    assert not hasattr(estimator, "predict_spread")
    with pytest.raises(AttributeError) as error:
        estimator.predict_spread(given["X"])
    assert str(error.value.__cause__) == "predict_spread is only available with members. members is None."


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
    arguments = {} if name == "numbers" else {"classes": range(5) if name == "several labels" else [0, 1, 2]}
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
    assert clone(estimator).get_params() == estimator.get_params()


def test_observers_see_the_epochs_of_a_stack_once() -> None:
    epochs: list[tuple[int, int, tuple[int, ...], int, Any, Any]] = []

    def watch(epoch: pw.Epoch) -> None:
        epochs.append(
            (
                epoch.number,
                epoch.epochs,
                epoch.network.stack,
                len(epoch.history),
                epoch.learning_rate.tolist(),
                epoch.best_epoch.tolist(),
            )
        )
        for part, columns in (("training", epoch.history.training), ("validation", epoch.history.validation)):
            assert np.shape(columns["loss"]) == (epoch.number, 3), part

    for n_jobs in (1, 2):
        epochs.clear()
        estimator, _ = fitted("early stopping", observers=[watch], n_jobs=n_jobs)
        assert [epoch[:4] for epoch in epochs] == [
            (number, 30, (3,), number) for number in range(1, estimator.n_iter_ + 1)
        ]
        assert {tuple(epoch[4]) for epoch in epochs} == {(0.03, 0.03, 0.03)}
        scores = np.array(estimator.validation_scores_)
        best = 1 + np.nanargmax(scores, axis=0)
        assert epochs[-1][5] == best.tolist()
        assert all(member.observers is None for member in estimator.members_)


def test_a_member_that_has_ended_shows_its_last_values() -> None:
    seen: list[Any] = []
    estimator, _ = fitted(
        "early stopping", observers=[lambda epoch: seen.append(epoch.history.validation_loss[-1].copy())]
    )
    ends = [member.n_iter_ for member in estimator.members_]
    curve = np.array(estimator.history_.validation_loss)
    for epoch, losses in enumerate(seen):
        rows = [min(epoch, end - 1) for end in ends]
        assert losses.tolist() == curve[rows, range(3)].tolist()


def test_a_member_without_any_epoch_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """L-BFGS may begin where it ends; here it does for one of three."""
    shown: list[tuple[int, ...]] = []

    def watch(epoch: pw.Epoch) -> None:
        shown.append((epoch.number, *epoch.network.stack, len(epoch.history), epoch.best_epoch.size))
        assert {np.size(loss) for loss in epoch.history.training_loss} == {2}

    estimator, given = made("lbfgs", observers=[watch], random_state=0)
    converges = int(np.random.RandomState(0).randint(2**31 - 1, size=3)[1])
    initialize = MLPClassifier._initialize

    def initialize_all(member: Any, *arguments: Any) -> None:
        initialize(member, *arguments)
        if member.random_state == converges:
            member.tol = 1e9

    monkeypatch.setattr(MLPClassifier, "_initialize", initialize_all)
    estimator.fit(**given)
    assert [member.n_iter_ for member in estimator.members_] == [5, 0, 5]
    assert shown == [(number, 2, number, 2) for number in range(1, 6)]


@pytest.mark.parametrize("name", ["adam", "lbfgs"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_observer_stops_all_members(name: str, n_jobs: int) -> None:
    def stop(epoch: pw.Epoch) -> pw.Stop | None:
        return pw.Stop("Enough.") if epoch.number == 3 else None

    estimator, _ = fitted(name, observers=[stop], n_jobs=n_jobs, max_iter=20)
    assert [member.n_iter_ for member in estimator.members_] == [3, 3, 3]
    shorter, _ = fitted(name, max_iter=3)
    assert_same_weights(estimator, shorter)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("when", [1, 2])
def test_what_an_observer_raises_comes_out_of_fit(n_jobs: int, when: int) -> None:
    calls = []

    def fail(epoch: pw.Epoch) -> None:
        calls.append(epoch.number)
        if epoch.number == when:
            raise RuntimeError("no place left")

    with pytest.raises(RuntimeError, match=r"^no place left$"):
        fitted("adam", observers=[fail], n_jobs=n_jobs)
    assert calls == list(range(1, when + 1))


def test_an_observer_that_is_entered_is_entered_once() -> None:
    events: list[str] = []

    class Watch:
        def __enter__(self) -> None:
            events.append("entered")

        def __exit__(self, *error: object) -> None:
            events.append("left")

        def __call__(self, epoch: pw.Epoch) -> None:
            events.append(str(epoch.number))

    fitted("adam", observers=[Watch()], max_iter=2, n_jobs=2)
    assert events == ["entered", "1", "2", "left"]


def test_lines_of_plainweave_show_the_range_of_members(capsys: pytest.CaptureFixture[str]) -> None:
    fitted("numbers", observers=[pw.Lines()], max_iter=2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("epoch 1/2: training loss ")
    assert " to " in lines[0]


@pytest.mark.parametrize("verbose", [True, 1])
def test_verbose_tells_of_each_member_in_order(verbose: bool, capsys: pytest.CaptureFixture[str]) -> None:
    estimator, _ = fitted("early stopping", verbose=verbose, n_jobs=2)
    assert capsys.readouterr().out.splitlines() == [
        f"Member {number} of 3: {member.n_iter_} iterations, loss = {member.loss_:.8f}"
        for number, member in enumerate(estimator.members_, start=1)
    ]


def test_an_interrupt_ends_all_members(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(number: int, members: list[object]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("plainweave.estimators.members._tell", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fitted("adam", verbose=True, max_iter=10**6, members=4, n_jobs=2, tol=0.1, n_iter_no_change=5)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_of_a_member_comes_out_of_fit(n_jobs: int) -> None:
    with pytest.raises(ConfigurationError) as error:
        fitted("adam", activation=["relu"], n_jobs=n_jobs)
    assert str(error.value) == "activation is a list of 1; expected one for each of the 2 hidden layers."
    with pytest.raises(ValueError, match=r"^Solver produced non-finite parameter weights"):
        fitted("sgd", solver="sgd", learning_rate_init=1e200, n_jobs=n_jobs)


def test_members_are_at_least_1() -> None:
    with pytest.raises(ValueError, match=r"^The 'members' parameter of MLPClassifier must be an int in the"):
        fitted("adam", members=0)


def test_threads_are_what_joblib_means_by_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    cores = joblib.cpu_count()
    assert [threads_of(n_jobs) for n_jobs in (None, 1, 3, -1)] == [1, 1, 3, cores]
    with joblib.parallel_config(n_jobs=2):
        assert threads_of(None) == 2
    for limit, expected in (("1", 1), ("1,2", 1), ("", cores), ("many", cores), ("0", cores)):
        monkeypatch.setenv("OMP_NUM_THREADS", limit)
        assert threads_of(-1) == expected
        assert threads_of(3) == 3


def test_processes_of_joblib_share_the_cores() -> None:
    processes = max(2, joblib.cpu_count())
    with joblib.parallel_config(backend="loky", n_jobs=processes):
        threads = joblib.Parallel()(joblib.delayed(threads_of)(-1) for _ in range(processes))
    assert threads == [1] * processes
    assert os.environ.get("OMP_NUM_THREADS") != "1" or threads_of(-1) == 1


def test_labels_may_be_texts() -> None:
    estimator, given = made("two classes")
    estimator.fit(given["X"], np.array(["no", "yes"])[given["y"]])
    assert set(estimator.predict(given["X"])) <= {"no", "yes"}
    np.testing.assert_allclose(estimator.predict_proba(given["X"]).sum(axis=1), 1)
    assert estimator.classes_.tolist() == estimator.members_[0].classes_.tolist() == ["no", "yes"]
