"""What goes beyond scikit-learn in training: optimizers, schedules, validation, observers."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn import datasets
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score
from sklearn.preprocessing import scale

import plainweave as pw
from plainweave import MLPClassifier, MLPRegressor
from plainweave.errors import ConfigurationError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_FLOWERS, FLOWERS = datasets.load_iris(return_X_y=True)
X_PATIENTS, PATIENTS = datasets.load_diabetes(return_X_y=True)
X_FLOWERS, X_PATIENTS, PATIENTS = map(scale, (X_FLOWERS, X_PATIENTS, PATIENTS))
X_SEVERAL, SEVERAL = datasets.make_multilabel_classification(150, 10, n_classes=3, random_state=0)
WEIGHTS = np.random.default_rng(0).uniform(0.5, 2, 150)
FLOWERS_HALVES = (X_FLOWERS[::2], FLOWERS[::2], X_FLOWERS[1::2], FLOWERS[1::2])
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


def classifier(**parameters: Any) -> Any:
    return MLPClassifier(**{"hidden_layer_sizes": (8, 6), "max_iter": 6, "random_state": 1, **parameters})


def regressor(**parameters: Any) -> Any:
    return MLPRegressor(**{"hidden_layer_sizes": (8, 6), "max_iter": 6, "random_state": 1, **parameters})


class Watch:
    """Keeps what it sees of every epoch."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.networks: list[pw.Network] = []
        self.numbers: list[int] = []
        self.best: list[int] = []

    def __call__(self, epoch: pw.Epoch) -> None:
        self.rates.append(float(epoch.learning_rate))
        self.networks.append(epoch.network.astype(epoch.network.dtype))
        self.numbers.append(epoch.number)
        self.best.append(int(epoch.best_epoch))


def assert_same_weights(one: Any, other: Any) -> None:
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        assert a.tobytes() == b.tobytes()


def assert_refused(message: str, estimator: Any, **given: Any) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        estimator.fit(X_FLOWERS, FLOWERS, **given)


# optimizers and schedules


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_an_optimizer_takes_the_place_of_any_solver(optimizer: pw.Optimizer, solver: str) -> None:
    unused = {"solver": solver, "alpha": 5, "learning_rate_init": 7, "learning_rate": "adaptive", "beta_1": 0}
    one = classifier(optimizer=optimizer, max_iter=40).fit(X_FLOWERS, FLOWERS)
    assert_same_weights(one, classifier(optimizer=optimizer, max_iter=40, **unused).fit(X_FLOWERS, FLOWERS))
    assert one.score(X_FLOWERS, FLOWERS) > 0.8


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


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
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
    "way", [{"schedule": "on-plateau:0.5,1"}, {"optimizer": pw.SGD(1e-300, schedule="on-plateau:0.5,1")}]
)
def test_a_plateau_of_the_validation_loss_lowers_the_rate(way: Any) -> None:
    watch = Watch()
    estimator = classifier(learning_rate_init=1e-300, observers=[watch], warm_start=True, **way)
    for _ in range(2):
        X, y, X_val, y_val = FLOWERS_HALVES
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


# validation


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
    X, y, X_val, y_val = FLOWERS_HALVES
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
    X, y, X_val, y_val = FLOWERS_HALVES
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
    X, y, X_val, y_val = FLOWERS_HALVES
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
                "of X_val, y_val and sample_weight_val one is missing; expected X_val and y_val, or none.",
            )
            for given in (
                {"X_val": X_FLOWERS},
                {"y_val": FLOWERS},
                {"sample_weight_val": WEIGHTS},
            )
        ),
        (
            {},
            {"X_val": X_FLOWERS[:, :3], "y_val": FLOWERS},
            "X has 3 features, but MLPClassifier is expecting 4 features as input.",
        ),
        (
            {},
            {"X_val": X_FLOWERS[:4], "y_val": [0, 1, 2, 3]},
            "`y_val` has classes not in `self.classes_`. `self.classes_` has [0 1 2]. 'y_val' has [3].",
        ),
        (
            {},
            {"X_val": X_FLOWERS, "y_val": FLOWERS, "sample_weight_val": [1.0]},
            "sample_weight.shape == (1,), expected (150,)!",
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


# observers


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_an_observer_ends_training_by_stop(solver: str, capsys: pytest.CaptureFixture[str]) -> None:
    def stop(epoch: pw.Epoch) -> pw.Stop | None:
        return pw.Stop("It is enough.") if epoch.number == 3 else None

    one = classifier(solver=solver, observers=[stop], verbose=True).fit(X_FLOWERS, FLOWERS)
    assert one.n_iter_ == 3
    assert capsys.readouterr().out.splitlines()[-1] == "It is enough. Stopping."
    assert_same_weights(one, classifier(solver=solver, max_iter=3).fit(X_FLOWERS, FLOWERS))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_every_epoch_is_shown_the_last_as_well(solver: str) -> None:
    watch = Watch()
    settings = {"tol": 0.1, "n_iter_no_change": 2, "max_iter": 100}
    estimator = classifier(solver=solver, observers=[watch], **settings).fit(X_FLOWERS, FLOWERS)
    assert estimator.n_iter_ < 100
    assert watch.numbers == list(range(1, estimator.n_iter_ + 1))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_file_of_the_history_is_kept(solver: str, tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    X, y, X_val, y_val = FLOWERS_HALVES
    estimator = classifier(solver=solver, observers=(pw.CSVFile(path),)).fit(X, y, X_val=X_val, y_val=y_val)
    assert pw.History.from_csv(path.read_text()).table().tolist() == estimator.history_.table().tolist()


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_lines_and_a_bar_are_shown(solver: str, capsys: pytest.CaptureFixture[str]) -> None:
    classifier(solver=solver, observers=[pw.Lines(), pw.ProgressBar()], max_iter=3).fit(X_FLOWERS, FLOWERS)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("epoch")] == [
        "epoch 1/3",
        "epoch 2/3",
        "epoch 3/3",
    ]


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_an_observer_is_left_however_training_ends(solver: str) -> None:
    events: list[str] = []

    class Fails:
        def __enter__(self) -> None:
            events.append("entered")

        def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
            events.append(f"left by {kind and kind.__name__}")

        def __call__(self, epoch: pw.Epoch) -> None:
            events.append(str(epoch.number))
            if epoch.number == 2:
                raise RuntimeError("no place left")

    with pytest.raises(RuntimeError, match=r"^no place left$"):
        classifier(solver=solver, observers=[Fails()]).fit(X_FLOWERS, FLOWERS)
    assert events == ["entered", "1", "2", "left by RuntimeError"]


@pytest.mark.parametrize(
    ("observers", "message"),
    [
        (print, "The 'observers' parameter of MLPClassifier must be an array-like or None. Got {} instead."),
        ([3], "observers is [3]; expected a list of functions, as in [print]."),
        ([pw.Lines], "an observer is the class Lines; expected a function. Did you mean Lines(...)?"),
        ([len], "object of type 'Epoch' has no len()"),
        (
            [lambda epoch: 5],
            "an observer returned 5; expected None, or pw.Stop('why') to end training.",
        ),
    ],
)
def test_wrong_observers_are_refused(observers: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^{re.escape(message.format(observers))}$"):
        classifier(observers=observers).fit(X_FLOWERS, FLOWERS)


# what they have in common


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
