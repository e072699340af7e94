"""Our perceptrons take scikit-learn's steps: the same coefficients, losses and scores, to rounding."""

import re
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from estimator_tasks import EXAMPLES, TASKS, Task
from side_by_side import KNOWS_WEIGHTS, NEWEST, OURS, THEIRS, VERSION, Pair, covering, watch

STEPS: dict[str, list[Any]] = {
    "task": list(TASKS),
    "activation": ["identity", "logistic", "tanh", "relu"],
    "alpha": [0, 1e-4, 0.5],
    "hidden_layer_sizes": [5, (6, 4), [3, 3, 3]],
    "random_state": [1, lambda: np.random.RandomState(2)],
}
EPOCHS = STEPS | {
    "batch_size": ["auto", 1, 7, 100],
    "early_stopping": [False, True],
    "shuffle": [True, False],
    "stops": [{}, {"tol": 0.5, "n_iter_no_change": 1}, {"tol": 0, "n_iter_no_change": np.inf}],
}
SGD = EPOCHS | {
    "learning_rate": ["constant", "invscaling", "adaptive"],
    "learning_rate_init": [0.05, 0.003],
    "power_t": [0.5, 0.2],
    "steps": [{"momentum": 0}, {"momentum": 0.8, "nesterovs_momentum": False}, {}],
}
ADAM = EPOCHS | {
    "learning_rate_init": [0.01, 0.001],
    "beta_1": [0.9, 0],
    "beta_2": [0.999, 0.5],
    "epsilon": [1e-8, 0.1],
}
GRID = [
    {"solver": solver, **case}
    for solver, factors in {"sgd": SGD, "adam": ADAM, "lbfgs": STEPS}.items()
    for case in covering(factors)
]


def known(name: str, *, weights: bool = False, early_stopping: bool = False) -> Task:
    """Return a task; one that the scikit-learn that is here can't do is skipped."""
    task = TASKS[name]
    if not KNOWS_WEIGHTS and (weights or task.weights is not None or task.settings):
        pytest.skip("scikit-learn has weights of examples and Poisson's loss since 1.7")
    if VERSION < NEWEST and early_stopping and name == "texts":
        pytest.skip("scikit-learn stops early on labels that are texts since 1.9")
    return task


def pair_for(task: Task, **settings: Any) -> Pair:
    for name in ("stops", "steps"):
        settings |= settings.pop(name, {})
    return Pair.of(task.kind, **{"max_iter": 10, **task.settings, **settings})


def fit(model: Any, task: Task) -> None:
    model.fit(task.inputs, task.targets, **task.named)


def partial_fit(model: Any, task: Task) -> None:
    model.partial_fit(task.inputs, task.targets, **task.named)


def change_in_place(model: Any, task: Task) -> None:
    model.coefs_[0] *= 0.5
    model.intercepts_[-1][:] = 0.25


def replace(model: Any, task: Task) -> None:
    model.coefs_ = [coef.copy() for coef in model.coefs_]
    model.intercepts_[0] = np.zeros_like(model.intercepts_[0])


def set_rate(model: Any, task: Task) -> None:
    model.set_params(learning_rate_init=0.1)


def set_momentum(model: Any, task: Task) -> None:
    model.set_params(momentum=0.1, beta_1=0.1, alpha=1, batch_size=9)


@pytest.mark.parametrize("case", GRID, ids=lambda case: f"{case['solver']}-{case['task']}")
def test_ten_epochs(case: dict[str, Any]) -> None:
    settings = dict(case)
    task = known(settings.pop("task"), early_stopping=settings.get("early_stopping", False))
    pair = pair_for(task, **settings)
    seen = pair.both(partial(fit, task=task))
    assert seen.error is None
    pair.assert_same(task.inputs)


@pytest.mark.parametrize(
    ("solver", "changed"),
    [
        ("sgd", {"alpha": 0.0101}),
        ("sgd", {"random_state": 1}),
        ("sgd", {"momentum": 0.9001}),
        ("sgd", {"nesterovs_momentum": False}),
        ("sgd", {"learning_rate": "invscaling"}),
        ("sgd", {"shuffle": False}),
        ("sgd", {"batch_size": 21}),
        ("sgd", {"early_stopping": True}),
        ("sgd", {"max_iter": 9}),
        ("adam", {"alpha": 0.0101}),
        ("adam", {"beta_1": 0.9001}),
        ("adam", {"beta_2": 0.99901}),
        ("adam", {"epsilon": 1e-7}),
        ("lbfgs", {"alpha": 0.0101}),
        ("lbfgs", {"max_iter": 9}),
    ],
    ids=str,
)
def test_a_setting_changed_a_little_is_seen(solver: str, changed: dict[str, Any]) -> None:
    task = TASKS["two classes"]
    settings = {"solver": solver, "alpha": 0.01, "batch_size": 20, "max_iter": 10, "random_state": 0}
    pair = Pair(THEIRS[task.kind](**settings), OURS[task.kind](**(settings | changed)))
    for model in (pair.theirs, pair.ours):
        watch(partial(fit, model, task))
    with pytest.raises(AssertionError):
        pair.assert_same(task.inputs)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize(
    "task", ["two classes", "three classes", "multi-label", "one target", "three counts, weighted"]
)
def test_a_warm_start_goes_on_twice(task: str, solver: str, early_stopping: bool) -> None:
    work = known(task)
    pair = pair_for(work, solver=solver, warm_start=True, early_stopping=early_stopping, batch_size=16)
    for seed in (0, 1, 1):
        pair.both(methodcaller("set_params", random_state=seed))
        pair.both(partial(fit, task=work))
        pair.assert_same(work.inputs)


def test_a_warm_start_with_other_settings() -> None:
    task = TASKS["three classes"]
    pair = pair_for(task, warm_start=True, solver="adam", learning_rate_init=0.01)
    for changed in (
        {},
        {"solver": "lbfgs"},
        {"solver": "sgd", "alpha": 1},
        {"batch_size": 7, "shuffle": False},
    ):
        pair.both(methodcaller("set_params", **changed))
        pair.both(partial(fit, task=task))
        pair.assert_same(task.inputs)


@pytest.mark.parametrize(
    "settings",
    [
        {"solver": "sgd"},
        {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.1},
        {"solver": "sgd", "learning_rate": "adaptive", "tol": 1, "n_iter_no_change": 2, "shuffle": False},
        {"solver": "adam", "batch_size": 4},
        {"solver": "adam", "random_state": lambda: np.random.RandomState(3)},
    ],
    ids=["sgd", "invscaling", "adaptive", "adam", "adam from a stream"],  # the same in every process
)
@pytest.mark.parametrize(
    "task",
    [
        "two classes",
        "texts",
        "multi-label",
        "two classes, csr",
        "three classes, weighted",
        "three targets",
        "one count",
    ],
)
def test_partial_fit_twenty_times(task: str, settings: dict[str, Any]) -> None:
    work = known(task)
    pair = pair_for(work, **settings)
    for number in range(20):
        part = work.part(number)
        named = part.named | (work.classes if number == 0 else {})
        pair.both(methodcaller("partial_fit", part.inputs, part.targets, **named))
        pair.assert_same(work.inputs)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_regressor_by_lbfgs_goes_on_in_partial_fit(early_stopping: bool) -> None:
    task = TASKS["three targets"]
    pair = pair_for(task, solver="lbfgs", early_stopping=early_stopping)
    for number in range(3):
        pair.both(partial(partial_fit, task=task.part(number)))
        pair.assert_same(task.inputs)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize(
    "acts",
    [
        [fit, partial_fit, partial_fit, fit],
        [fit, change_in_place, partial_fit, change_in_place],
        [fit, replace, partial_fit, partial_fit],
        [fit, partial_fit, set_rate, partial_fit, set_momentum, partial_fit],
        [fit, set_rate, fit, partial_fit],
    ],
    ids=lambda acts: "-".join(act.__name__ for act in acts),
)
@pytest.mark.parametrize("task", ["three classes", "one target"])
def test_a_life_of_calls(task: str, acts: list[Callable[..., object]], solver: str) -> None:
    work = TASKS[task]
    pair = pair_for(work, solver=solver, hidden_layer_sizes=(5, 4))
    for act in acts:
        pair.both(partial(act, task=work))
        pair.assert_same(work.inputs)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_weights_changed_are_the_start_of_a_warm_start(solver: str) -> None:
    task = TASKS["two classes"]
    pair = pair_for(task, solver=solver, warm_start=True)
    for act in (fit, change_in_place, fit, replace, fit):
        pair.both(partial(act, task=task))
        pair.assert_same(task.inputs)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_without_a_seed_the_numbers_are_those_of_numpys_own_stream(solver: str) -> None:
    task = TASKS["one target"]
    pair = pair_for(task, solver=solver, random_state=None, early_stopping=True)
    state = np.random.get_state()  # noqa: NPY002
    try:
        for model in (pair.theirs, pair.ours):
            np.random.seed(5)  # noqa: NPY002
            watch(partial(fit, model, task))
    finally:
        np.random.set_state(state)  # noqa: NPY002
    pair.assert_same(task.inputs)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize(
    "task", ["two classes", "three classes", "multi-label", "three targets, csc", "one count"]
)
def test_float32_agrees_in_its_own_digits(task: str, solver: str) -> None:
    """The weights keep that precision, but those of L-BFGS, which are float64 in scikit-learn, too."""
    work = known(task)
    pair = pair_for(work, solver=solver, activation="tanh", learning_rate_init=0.01)
    inputs, targets = work.inputs.astype(np.float32), work.targets
    targets = targets.astype(np.float32) if work.kind == "regressor" else targets
    pair.both(lambda model: model.fit(inputs, targets))
    assert pair.ours.coefs_[0].dtype == (np.float64 if solver == "lbfgs" else np.float32)
    pair.assert_same(inputs, coefficients=1e-4, rounding=1e-4)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize(
    "task", ["two classes", "three classes", "multi-label", "one target", "three targets"]
)
def test_weights_of_zero(task: str, solver: str) -> None:
    work = known(task, weights=True)
    weights = np.where(np.arange(EXAMPLES) % 3 == 0, 0.0, 2.0)
    pair = pair_for(work, solver=solver, batch_size=20, early_stopping=True)
    pair.both(lambda model: model.fit(work.inputs, work.targets, sample_weight=weights))
    pair.assert_same(work.inputs)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("task", ["three classes", "one target"])
def test_tiny_weights(task: str, solver: str) -> None:
    work = known(task, weights=True)
    weights = 1e-20 * np.random.default_rng(0).uniform(1, 2, EXAMPLES)
    pair = pair_for(work, solver=solver, alpha=0, early_stopping=True)
    pair.both(lambda model: model.fit(work.inputs, work.targets, sample_weight=weights))
    pair.assert_same(work.inputs)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_weights_whose_sum_is_infinite_are_refused_at_once(solver: str) -> None:
    """Where scikit-learn finds after training that weights are not finite."""
    work = known("three classes")
    message = "sample_weight sums to infinity; expected less. Divide it by its largest."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pw.MLPClassifier(solver=solver).fit(work.inputs, work.targets, np.full(EXAMPLES, 1e308))


def test_both_are_public_and_are_not_scikit_learns() -> None:
    for kind, ours in OURS.items():
        assert ours is getattr(pw, ours.__name__)
        assert not issubclass(ours, THEIRS[kind])
