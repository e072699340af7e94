"""Optimizers and schedules in the place of scikit-learn's solvers and rates."""

import warnings
from inspect import isfunction
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

import plainweave as pw
from small_estimators import (
    FLOWERS,
    HALVES,
    PATIENTS,
    X_FLOWERS,
    X_PATIENTS,
    Watch,
    assert_refused,
    assert_same_weights,
    classifier,
    regressor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

OPTIMIZERS = [
    pw.SGD(0.1),
    pw.SGD(0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    pw.SGD(0.05, l1=0.001, clip_norm=1.0),
    pw.Adam(0.01),
    pw.AdamW(0.01, weight_decay=0.1),
    pw.Adam(0.02, schedule="exponential:0.9"),
]
SCHEDULES: list[Any] = [
    "constant",
    "cosine",
    "cosine:2",
    "cosine-restarts:2",
    "step:2",
    "exponential:0.8",
    "inverse-scaling",
    pw.Cosine(4),
    lambda epochs: 1 / (1 + epochs),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_an_optimizer_takes_the_place_of_the_solver(optimizer: pw.Optimizer) -> None:
    estimator = classifier(optimizer=optimizer, max_iter=40).fit(X_FLOWERS, FLOWERS)
    assert estimator.score(X_FLOWERS, FLOWERS) > 0.8


@pytest.mark.parametrize(
    ("settings", "given", "expected"),
    [
        ({"solver": "lbfgs"}, "solver is 'lbfgs'", "solver='adam'"),
        ({"solver": "sgd"}, "solver is 'sgd'", "solver='adam'"),
        ({"alpha": 0}, "alpha is 0", "alpha=0.0001"),
        ({"learning_rate": "adaptive"}, "learning_rate is 'adaptive'", "learning_rate='constant'"),
        ({"power_t": 1}, "power_t is 1", "power_t=0.5"),
        ({"momentum": 0.5}, "momentum is 0.5", "momentum=0.9"),
        ({"nesterovs_momentum": False}, "nesterovs_momentum is False", "nesterovs_momentum=True"),
        ({"beta_1": 0.5, "beta_2": 0.5}, "beta_1 is 0.5 and beta_2 is 0.5", "beta_1=0.9, beta_2=0.999"),
        ({"epsilon": 1}, "epsilon is 1", "epsilon=1e-08"),
        (
            {"learning_rate_init": 0.01, "alpha": 1},
            "alpha is 1 and learning_rate_init is 0.01",
            "alpha=0.0001, learning_rate_init=0.001",
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize("members", [None, 2])
def test_what_an_optimizer_takes_the_place_of_does_nothing_and_a_warning_says_so(
    settings: dict[str, Any], given: str, expected: str, members: int | None
) -> None:
    """An error would end searches over several optimizers and penalties, and checks of other libraries."""
    message = (
        f"{given}, which does nothing beside optimizer=AdamW(...); expected the default, {expected}. "
        "An optimizer has settings of its own, as learning_rate and weight_decay."
    )
    estimator = classifier(optimizer=pw.AdamW(0.01), members=members)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        plain = clone(estimator).fit(X_FLOWERS, FLOWERS)
    estimator.set_params(**settings)
    for method, more in (("partial_fit", {"classes": [0, 1, 2]}), ("fit", {})):
        with pytest.warns(UserWarning, match="optimizer") as warned:
            getattr(estimator, method)(X_FLOWERS, FLOWERS, **more)
        assert [str(one.message) for one in warned if one.category is UserWarning] == [message]
    assert_same_weights(estimator, plain)
    estimator.set_params(optimizer=None, members=None)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(X_FLOWERS, FLOWERS)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("loss", ["squared_error", "huber:0.3"])
def test_an_optimizer_takes_its_own_steps_on_its_own_loss(optimizer: pw.Optimizer, loss: str) -> None:
    settings: dict[str, Any] = {"loss": loss, "shuffle": False, "batch_size": 100}
    watch = Watch()
    estimator = regressor(optimizer=optimizer, observers=[watch], **settings).fit(X_PATIENTS, PATIENTS)
    start = regressor(max_iter=1, learning_rate_init=1e-300, **settings).fit(X_PATIENTS, PATIENTS)
    network, made, schedule = (
        start.network_,
        pw.Loss.named(loss.replace("_", "-")),
        pw.Schedule.of(optimizer.schedule),
    )
    slots = optimizer.slots_of(network.parameters)
    for epoch in range(6):
        table = optimizer.steps(5 * epoch, 5, schedule.of_epoch(epoch + 1, 5, np.array([])))
        for step in range(5):
            rows = slice(100 * step, 100 * step + 100)
            outputs, caches = network.forward(X_PATIENTS[rows])
            _, slope = made.value_and_gradient(outputs, PATIENTS[rows, np.newaxis])
            optimizer.step(network.parameters, network.backward(slope, caches), slots, table[step])
    for name, value in network.parameters.items():
        np.testing.assert_allclose(estimator.network_.parameters[name], value, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    "schedule", SCHEDULES, ids=lambda given: "function" if isfunction(given) else str(given)
)
@pytest.mark.parametrize("how", ["adam", "sgd", "adaptive", "optimizer"])
def test_a_schedule_multiplies_the_rate(schedule: Any, how: str) -> None:
    ways: dict[str, dict[str, Any]] = {
        "adam": {"solver": "adam", "learning_rate_init": 0.02},
        "sgd": {"solver": "sgd", "learning_rate_init": 0.02},
        "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 0.02},
        "optimizer": {"optimizer": pw.AdamW(0.02)},
    }
    watch = Watch()
    estimator = classifier(schedule=schedule, batch_size=50, observers=[watch], **ways[how])
    estimator.fit(X_FLOWERS, FLOWERS)
    bound = pw.Schedule.of(schedule).bound(6)
    expected = [0.02 * bound.of_epoch(epoch, 3, np.array([]))[-1] for epoch in range(1, 7)]
    np.testing.assert_allclose(watch.rates, expected)
    plain = classifier(schedule=None, batch_size=50, **ways[how]).fit(X_FLOWERS, FLOWERS)
    assert (estimator.coefs_[0].tobytes() == plain.coefs_[0].tobytes()) is (schedule == "constant")


def test_a_schedule_multiplies_what_inverse_scaling_has_made_of_the_rate() -> None:
    rates = {}
    for schedule in (None, "exponential:0.5"):
        watch = Watch()
        settings: dict[str, Any] = {"solver": "sgd", "learning_rate": "invscaling", "observers": [watch]}
        classifier(schedule=schedule, **settings).fit(X_FLOWERS, FLOWERS)
        rates[schedule] = np.array(watch.rates)
    factors = pw.Schedule.of("exponential:0.5").of_epoch(1, 1, np.array([])) * 0.5 ** np.arange(6)
    np.testing.assert_allclose(rates["exponential:0.5"], rates[None] * factors)
    assert rates[None][1] < rates[None][0]


def test_cosine_spans_all_epochs_and_all_calls_of_partial_fit() -> None:
    watch, again = Watch(), Watch()
    classifier(schedule="cosine", observers=[watch], batch_size=150).fit(X_FLOWERS, FLOWERS)
    estimator = classifier(schedule="cosine", observers=[again], batch_size=150)
    for _ in range(6):
        estimator.partial_fit(X_FLOWERS, FLOWERS, classes=[0, 1, 2])
    assert watch.rates == again.rates
    np.testing.assert_allclose(watch.rates, 0.0005 * (1 + np.cos(np.pi * np.arange(6) / 6)))


def test_a_schedule_begins_anew_with_a_warm_start() -> None:
    watch = Watch()
    estimator = classifier(schedule="exponential:0.5", observers=[watch], warm_start=True, batch_size=150)
    for _ in range(2):
        estimator.fit(X_FLOWERS, FLOWERS)
    assert watch.rates[:6] == watch.rates[6:]


@pytest.mark.parametrize(
    "way",
    [
        {"schedule": "on-plateau:0.5,1", "learning_rate_init": 1e-300},
        {"optimizer": pw.SGD(1e-300, schedule="on-plateau:0.5,1")},
    ],
)
def test_a_plateau_of_the_validation_loss_lowers_the_rate(way: Any) -> None:
    watch = Watch()
    estimator = classifier(observers=[watch], warm_start=True, **way)
    for _ in range(2):
        X, y, X_val, y_val = HALVES.values()
        estimator.fit(X, y, X_val=X_val, y_val=y_val)
    np.testing.assert_allclose(np.array(watch.rates) / 1e-300, [*(0.5 ** np.arange(-1.0, 5).clip(0))] * 2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"schedule": "on-plateau"},
            "schedule is 'on-plateau', and no examples are held out; expected early_stopping=True, or X_val "
            "and y_val in fit.",
        ),
        (
            {"optimizer": pw.SGD(0.1, schedule=pw.OnPlateau(0.5))},
            "schedule is OnPlateau(factor=0.5, patience=10, min_delta=0.0), and no examples are held out; "
            "expected early_stopping=True, or X_val and y_val in fit.",
        ),
        (
            {"schedule": "cosin"},
            "schedule is 'cosin'; expected one of constant, cosine, cosine-restarts, on-plateau, step, "
            "exponential, inverse-scaling. Did you mean 'cosine'?",
        ),
        (
            {"schedule": pw.Cosine},
            "schedule is the class Cosine; expected a schedule. Did you mean Cosine()?",
        ),
        (
            {"schedule": lambda epochs: -1.0},
            "the schedule after 0 epochs is -1.0; expected a number of at least 0.",
        ),
        (
            {"schedule": "cosine", "solver": "lbfgs"},
            "schedule is 'cosine', and solver='lbfgs' has none; expected solver='adam' or 'sgd'.",
        ),
        (
            {"optimizer": "sgd"},
            "The 'optimizer' parameter of MLPClassifier must be an instance of "
            "'plainweave.optimizers.optimizer.Optimizer' or None. Got 'sgd' instead.",
        ),
    ],
)
def test_wrong_optimizers_and_schedules_are_refused(parameters: Any, message: str) -> None:
    assert_refused(message, classifier(**parameters))
