"""Our perceptrons print, warn and refuse in scikit-learn's words, and have its parameters in its order."""

import inspect
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning

from estimator_tasks import TASKS
from side_by_side import KNOWS_WEIGHTS, NEWEST, OURS, THEIRS, VERSION, Pair

TASK = TASKS["three classes"]
NUMBERS = TASKS["one target"]


def fit(model: Any) -> object:
    return model.fit(TASK.inputs, TASK.targets)


@pytest.mark.parametrize("kind", OURS)
def test_parameters_come_in_the_same_order_with_the_same_defaults(kind: str) -> None:
    theirs, ours = (list(inspect.signature(family[kind]).parameters.values()) for family in (THEIRS, OURS))
    if kind == "regressor" and not KNOWS_WEIGHTS:
        assert ours.pop(0).name == "loss"
    for other, mine in zip(theirs, ours, strict=False):
        assert (mine.name, mine.default, mine.kind) == (other.name, other.default, other.kind)
    assert {more.kind for more in ours[len(theirs) :]} == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("kind", OURS)
@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict", "score"])
def test_methods_take_the_same_arguments(kind: str, method: str) -> None:
    theirs, ours = (
        list(inspect.signature(getattr(family[kind](), method)).parameters.values())
        for family in (THEIRS, OURS)
    )
    if not KNOWS_WEIGHTS:
        ours = [argument for argument in ours if argument.name != "sample_weight" or method == "score"]
    for other, mine in zip(theirs, ours, strict=False):
        assert (mine.name, mine.default, mine.kind) == (other.name, other.default, other.kind)
    assert {more.kind for more in ours[len(theirs) :]} <= {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize(
    ("settings", "last"),
    [
        ({"max_iter": 3}, "Iteration 3, loss = "),
        ({"max_iter": 3, "verbose": 10}, "Iteration 3, loss = "),
        ({"max_iter": 3, "early_stopping": True}, "Validation score: "),
        (
            {"tol": 10, "n_iter_no_change": 2},
            "Training loss did not improve more than tol=10.000000 for 2 cons",
        ),
        (
            {"tol": 10, "early_stopping": True},
            "Validation score did not improve more than tol=10.000000 for 10 ",
        ),
        (
            {"tol": 10, "n_iter_no_change": 1, "solver": "sgd", "learning_rate": "adaptive"},
            "Training loss did not improve more than tol=10.000000 for 1 consecutive epochs. Learning rate ",
        ),
    ],
    ids=str,
)
def test_printed_lines(settings: dict[str, Any], last: str) -> None:
    pair = Pair.of("classifier", **({"verbose": True} | settings))
    seen = pair.both(fit)
    assert len(seen.lines) > 2
    assert seen.lines[-1].startswith(last)
    pair.assert_same(TASK.inputs)


def test_lines_of_partial_fit() -> None:
    pair = Pair.of("regressor", verbose=True)
    for _ in range(3):
        seen = pair.both(lambda model: model.partial_fit(NUMBERS.inputs, NUMBERS.targets))
        assert len(seen.lines) == 1


def test_lbfgs_prints_what_scipy_prints() -> None:
    Pair.of("classifier", solver="lbfgs", verbose=True, max_iter=3).both(fit)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_too_few_epochs(solver: str) -> None:
    pair = Pair.of("classifier", solver=solver, max_iter=4)
    [(category, message)] = pair.both(fit).warnings
    assert category is ConvergenceWarning
    assert "reached" in message.lower()
    pair.assert_same(TASK.inputs)


@pytest.mark.parametrize("most", [1, 2, 7])
def test_too_few_calls_of_lbfgs(most: int) -> None:
    pair = Pair.of("classifier", solver="lbfgs", max_fun=most)
    [(category, _)] = pair.both(fit).warnings
    assert category is ConvergenceWarning
    pair.assert_same(TASK.inputs)


def test_batches_larger_than_the_data() -> None:
    seen = Pair.of("classifier", batch_size=61, max_iter=1).both(fit)
    assert (
        UserWarning,
        "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
    ) in seen.warnings


@pytest.mark.parametrize("kind", OURS)
def test_a_column_of_targets(kind: str) -> None:
    task = TASK if kind == "classifier" else NUMBERS
    pair = Pair.of(kind, max_iter=1)
    seen = pair.both(lambda model: model.fit(task.inputs, task.targets[:, None]))
    assert DataConversionWarning in {category for category, _ in seen.warnings}
    pair.assert_same(task.inputs)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_an_interrupt_ends_the_training(early_stopping: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interrupt comes while the third line is printed."""
    pair = Pair.of("classifier", verbose=True, early_stopping=early_stopping)

    def interrupted(model: Any) -> None:
        lines: Iterator[int] = iter(range(3))

        class Keyboard:
            def write(self, text: str) -> int:
                if text.startswith("Iteration") and next(lines) == 2:
                    raise KeyboardInterrupt
                return len(text)

            def flush(self) -> None: ...

        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", Keyboard())
            fit(model)

    assert pair.both(interrupted).warnings == [(UserWarning, "Training interrupted by user.")]
    assert pair.ours.n_iter_ == 3
    pair.assert_same(TASK.inputs)


WRONG_SETTINGS = [
    {"hidden_layer_sizes": 0},
    {"hidden_layer_sizes": (5, -1)},
    {"hidden_layer_sizes": "many"},
    {"solver": "newton"},
    {"alpha": -1},
    {"alpha": "small"},
    {"batch_size": 0},
    {"batch_size": "all"},
    {"learning_rate": "falling"},
    {"learning_rate_init": 0},
    {"power_t": -1},
    {"max_iter": 0},
    {"max_iter": 1.5},
    {"shuffle": "yes"},
    {"random_state": "zero"},
    {"tol": -1e-3},
    {"verbose": "no"},
    {"warm_start": 2},
    {"momentum": 1.1},
    {"nesterovs_momentum": None},
    {"early_stopping": "late"},
    {"early_stopping": True, "validation_fraction": 1},
    {"early_stopping": True, "validation_fraction": 0.01},
    {"beta_1": 1},
    {"beta_2": -0.1},
    {"epsilon": 0},
    {"n_iter_no_change": 0},
    {"n_iter_no_change": 2.5},
    {"max_fun": 0},
]


@pytest.mark.parametrize("kind", OURS)
@pytest.mark.parametrize("settings", WRONG_SETTINGS, ids=str)
def test_a_wrong_setting(kind: str, settings: dict[str, Any]) -> None:
    if VERSION < NEWEST and "validation_fraction" in settings:
        pytest.skip("scikit-learn refuses a validation part of one example since 1.7")
    task = TASK if kind == "classifier" else NUMBERS
    pair = Pair.of(kind, **({"max_iter": 2} | settings))
    assert pair.both(lambda model: model.fit(task.inputs, task.targets)).error is not None


X, Y = TASK.inputs, TASK.targets
ALL = {"classes": [0, 1, 2]}
WRONG_CALLS = {
    "three axes": lambda model: model.fit(X[:, :, None], Y),
    "one axis": lambda model: model.fit(X[:, 0], Y),
    "texts": lambda model: model.fit(np.full(X.shape, "a"), Y),
    "too few targets": lambda model: model.fit(X, Y[:-1]),
    "no examples": lambda model: model.fit(X[:0], Y[:0]),
    "not a number": lambda model: model.fit(np.where(X > 2, np.nan, X), Y),
    "an infinite target": lambda model: model.fit(X, np.where(Y > 1, np.inf, Y)),
    "no targets": lambda model: model.fit(X, None),
    "complex": lambda model: model.fit(X * 1j, Y),
    "not fitted": lambda model: model.predict(X),
    "not fitted, scored": lambda model: model.score(X, Y),
    "other features": lambda model: model.fit(X, Y).predict(X[:, 1:]),
    "other features, partly": lambda model: model.fit(X, Y).partial_fit(X[:, 1:], Y),
    "early stopping, partly": lambda model: model.set_params(early_stopping=True).partial_fit(X, Y, **ALL),
    "lbfgs, partly": lambda model: model.set_params(solver="lbfgs").partial_fit(X, Y),
}
WRONG_WEIGHTS = {
    "too few weights": lambda model: model.fit(X, Y, Y[:-1] + 1.0),
    "a weight not finite": lambda model: model.fit(X, Y, np.where(Y > 1, np.nan, 1)),
    "weights of zero": lambda model: model.fit(X, Y, np.zeros(len(Y))),
    "weights on two axes": lambda model: model.fit(X, Y, np.ones(X.shape)),
}
WRONG_CLASSES = {
    "continuous": lambda model: model.fit(X, X[:, 0]),
    "several outputs": lambda model: model.fit(X, np.stack([Y, Y], axis=1)),
    "no classes": lambda model: model.partial_fit(X, Y),
    "unknown classes": lambda model: model.partial_fit(X, Y, classes=[0, 1]),
    "other classes": lambda model: model.partial_fit(X, Y, classes=[0, 1, 2]).partial_fit(
        X, Y, classes=[1, 2]
    ),
    "a class too late": lambda model: model.fit(X, Y).partial_fit(X, Y + 1),
    "warm, other classes": lambda model: model.set_params(warm_start=True).fit(X, Y).fit(X, Y + 1),
    "one of a class": lambda model: model.set_params(early_stopping=True).fit(X, np.arange(60) == 3),
}


@pytest.mark.parametrize("kind", OURS)
@pytest.mark.parametrize("call", WRONG_CALLS | WRONG_WEIGHTS)
def test_a_wrong_call(kind: str, call: str) -> None:
    if call in WRONG_WEIGHTS and not KNOWS_WEIGHTS:
        pytest.skip("scikit-learn has weights of examples since 1.7")
    if call == "weights of zero" and VERSION < NEWEST:
        pytest.skip("scikit-learn refuses weights that are all zero since 1.9")
    if kind == "regressor" and call in ("early stopping, partly", "lbfgs, partly"):
        pytest.skip("of classifiers alone")
    assert Pair.of(kind, max_iter=2).both((WRONG_CALLS | WRONG_WEIGHTS)[call]).error is not None


@pytest.mark.parametrize("call", WRONG_CLASSES)
def test_wrong_classes(call: str) -> None:
    assert Pair.of("classifier", max_iter=2).both(WRONG_CLASSES[call]).error is not None


def test_lbfgs_has_partial_fit_where_scikit_learns_has() -> None:
    for kind in OURS:
        pair = Pair.of(kind, solver="lbfgs")
        assert hasattr(pair.ours, "partial_fit") is hasattr(pair.theirs, "partial_fit")


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_training_that_diverges(early_stopping: bool) -> None:
    """Scores are no numbers; without a validation part the weights at the end are refused."""
    if early_stopping and VERSION < (1, 6):
        pytest.skip("scikit-learn scores predictions that are not finite since 1.6")
    settings = {"activation": "identity", "solver": "sgd", "learning_rate_init": 10, "max_iter": 20}
    pair = Pair.of("regressor", early_stopping=early_stopping, **settings)
    with np.errstate(all="ignore"):
        seen = pair.both(lambda model: model.fit(10 * NUMBERS.inputs, NUMBERS.targets))
        if early_stopping:
            assert np.isnan(pair.ours.validation_scores_[-1])
            pair.assert_same(NUMBERS.inputs)
        else:
            assert seen.error is not None
            assert seen.error[1].startswith("Solver produced non-finite parameter weights.")


def test_the_text_of_an_estimator_are_those_of_scikit_learn() -> None:
    pair = Pair.of("classifier", hidden_layer_sizes=(5, 5), alpha=1)
    assert repr(pair.ours) == repr(pair.theirs)
