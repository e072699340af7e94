"""What scikit-learn's callbacks, from its version 1.9 on, are told of a fit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import plainweave as pw

callback = pytest.importorskip("sklearn.callback")

X, Y = make_classification(60, n_features=4, random_state=0)
LABELS = np.array(["no", "yes"])[Y]
SETTINGS: list[dict[str, object]] = [
    {"solver": "adam"},
    {"solver": "sgd"},
    {"solver": "lbfgs"},
    {"early_stopping": True},
    {"optimizer": pw.Adam(0.01)},
]


class Recorder:
    """Keeps what it is told; `answer` is what it returns at the end of a task."""

    def __init__(self, answer: Callable[[Any], object] = lambda context: None) -> None:
        self.told: list[tuple[str, str, Any, Any]] = []
        self.examples: list[tuple[Any, Any, Any]] = []
        self.lives: list[str] = []
        self._answer = answer

    def setup(self, estimator: object, context: object) -> None:
        self.lives.append("setup")

    def teardown(self, estimator: object, context: object) -> None:
        self.lives.append("teardown")

    def on_fit_task_begin(self, estimator: object, context: Any, *, fitted_estimator: object = None) -> None:
        self.told.append(("begin", context.task_name, context, fitted_estimator))

    def on_fit_task_end(
        self, estimator: object, context: Any, *, X: Any, y: Any, metadata: Any, fitted_estimator: object
    ) -> object:
        self.told.append(("end", context.task_name, context, fitted_estimator))
        self.examples.append((X, y, metadata))
        return self._answer(context)

    def order(self) -> list[tuple[str, str]]:
        """Return what began and ended, in order."""
        return [(event, name) for event, name, *_ in self.told]

    def copies(self, event: str, name: str) -> list[Any]:
        """Return the fitted estimators of those events."""
        return [fitted for told, task, _, fitted in self.told if (told, task) == (event, name)]


def classifier(**settings: Any) -> pw.MLPClassifier:
    """Return a small one of three epochs that never does better by enough."""
    return pw.MLPClassifier(
        **{"hidden_layer_sizes": 5, "max_iter": 3, "tol": 1e-30, "random_state": 0, **settings}
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_fit_has_a_task_for_each_epoch_and_becomes_what_it_is_without(settings: dict[str, Any]) -> None:
    recorder, weights = Recorder(), np.arange(60.0)
    watched = classifier(**settings).set_callbacks(recorder).fit(X, LABELS, sample_weight=weights)
    plain = classifier(**settings).fit(X, LABELS, sample_weight=weights)
    epoch = "iteration" if settings.get("solver") == "lbfgs" else "epoch"
    inner = [("begin", epoch), ("end", epoch)] * 3
    assert recorder.order() == [("begin", "fit"), *inner, ("end", "fit")]
    assert recorder.lives == ["setup", "teardown"]
    assert all(x is X and y is LABELS and w["sample_weight"] is weights for x, y, w in recorder.examples)
    for left, right in zip(watched.coefs_, plain.coefs_, strict=True):
        np.testing.assert_array_equal(left, right)
    assert vars(watched).keys() - {"_skl_callbacks"} == vars(plain).keys()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_fitted_copy_is_what_a_shorter_fit_leaves(settings: dict[str, Any]) -> None:
    recorder = Recorder()
    classifier(**settings).set_callbacks(recorder).fit(X, LABELS)
    epoch = "iteration" if settings.get("solver") == "lbfgs" else "epoch"
    copies = recorder.copies("end", epoch)
    for epochs, copy in enumerate(copies, start=1):
        shorter = classifier(**{**settings, "max_iter": epochs}).fit(X, LABELS)
        assert copy.n_iter_ == shorter.n_iter_ == epochs
        if "early_stopping" not in settings:  # which gives the best weights of all
            np.testing.assert_array_equal(copy.predict_proba(X), shorter.predict_proba(X))
    for before, after in zip(copies, recorder.copies("begin", epoch)[1:], strict=False):
        np.testing.assert_array_equal(before.predict_proba(X), after.predict_proba(X))
    assert set(copies[0].predict(X)) <= set(LABELS)


def test_a_fitted_copy_can_be_trained_on_without_a_trace_in_the_training() -> None:
    class Trains(Recorder):
        def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any) -> None:  # type: ignore[override]
            fitted_estimator.set_callbacks().partial_fit(X, LABELS)

    with pytest.warns(UserWarning, match="Maximum iterations"):
        watched = classifier().set_callbacks(Trains()).fit(X, LABELS)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        plain = classifier().fit(X, LABELS)
    np.testing.assert_array_equal(watched.coefs_[0], plain.coefs_[0])
    assert watched.loss_curve_ == plain.loss_curve_


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_callback_ends_training_well(settings: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    recorder = Recorder(lambda context: context.task_id == 1)
    model = classifier(max_iter=9, verbose=True, **settings).set_callbacks(recorder).fit(X, LABELS)
    assert model.n_iter_ == 2
    assert len(recorder.copies("end", "fit")) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "A callback ends training. Stopping."


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_member_is_a_task_that_ends_by_itself(n_jobs: int) -> None:
    recorder = Recorder(lambda context: context.task_name == "epoch" and context.parent.task_id == 1)
    model = classifier(members=2, n_jobs=n_jobs).set_callbacks(recorder).fit(X, LABELS)
    assert [member.n_iter_ for member in model.members_ or []] == [3, 1]
    counts = {name: recorder.order().count(("end", name)) for name in ("fit", "member", "epoch")}
    assert counts == {"fit": 1, "member": 2, "epoch": 4}
    alone = [copy.predict_proba(X) for copy in recorder.copies("end", "member")]
    np.testing.assert_allclose(model.predict_proba(X), np.mean(alone, axis=0), atol=1e-12)
    fitted = recorder.copies("end", "fit")[0]
    np.testing.assert_array_equal(fitted.predict_proba(X), model.predict_proba(X))


def test_partial_fit_is_a_fit_of_one_epoch() -> None:
    recorder = Recorder()
    model = classifier().set_callbacks(recorder).partial_fit(X, LABELS, classes=["no", "yes"])
    model.partial_fit(X, LABELS)
    once = [("begin", "fit"), ("begin", "epoch"), ("end", "epoch"), ("end", "fit")]
    assert recorder.order() == once * 2
    assert recorder.lives == ["setup", "teardown"] * 2


def test_a_callback_that_fails_is_torn_down_and_leaves_nothing_behind() -> None:
    def fail(context: object) -> object:
        raise RuntimeError("no more of this")

    recorder = Recorder(fail)
    model = classifier().set_callbacks(recorder)
    with pytest.raises(RuntimeError, match=r"^no more of this$"):
        model.fit(X, LABELS)
    assert recorder.lives == ["setup", "teardown"]
    assert not hasattr(model, "_callback_fit_ctx")


def test_an_epoch_that_ctrl_c_breaks_off_ends() -> None:
    class Interrupts(Recorder):
        def on_fit_task_begin(
            self, estimator: object, context: Any, *, fitted_estimator: object = None
        ) -> None:
            super().on_fit_task_begin(estimator, context, fitted_estimator=fitted_estimator)
            if context.task_name == "epoch" and context.task_id == 1:
                raise KeyboardInterrupt

    recorder = Interrupts()
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        classifier().set_callbacks(recorder).fit(X, LABELS)
    inner = [("begin", "epoch"), ("end", "epoch")] * 2
    assert recorder.order() == [("begin", "fit"), *inner, ("end", "fit")]
    assert recorder.copies("end", "epoch")[1] is None


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("settings", [{}, {"solver": "lbfgs"}, {"members": 2}], ids=str)
def test_the_scoring_monitor_of_scikit_learn_tells_the_accuracy_of_each_epoch(
    settings: dict[str, Any],
) -> None:
    monitor = callback.ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    model = classifier(**settings).set_callbacks(monitor).fit(X, LABELS)
    scores = {row["task_id_path"]: row["accuracy"] for row in monitor.get_logs().data}
    assert scores[0,] == model.score(X, LABELS)
    epochs = [(0, member, epoch) for member in range(2) for epoch in range(3)]
    members = [(0, 0), (0, 1)]
    expected = [*members, *epochs] if "members" in settings else [(0, epoch) for epoch in range(3)]
    assert list(scores) == [(0,), *expected]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("settings", [{}, {"solver": "lbfgs"}, {"members": 2}], ids=str)
def test_the_progress_bar_of_scikit_learn_comes_to_its_end(
    settings: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    classifier(**settings).set_callbacks(callback.ProgressBar()).fit(X, LABELS)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("━")[0].strip() for line in lines if "100%" in line][:1] == ["MLPClassifier - fit"]
    assert sum("100%" in line for line in lines) == (3 if "members" in settings else 1)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_callbacks_reach_an_estimator_in_a_pipeline_in_a_search(
    n_jobs: int, capsys: pytest.CaptureFixture[str]
) -> None:
    monitor = callback.ScoringMonitor(scoring="accuracy")
    pipeline = make_pipeline(StandardScaler(), classifier().set_callbacks(monitor))
    search = GridSearchCV(pipeline, {"mlpclassifier__alpha": [1.0, 0.1]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(X, LABELS)
    rows = monitor.get_logs().data
    assert sum(row["task_name"] == "epoch" for row in rows) == 3 * 5
    assert search.score(X, LABELS) in [row["accuracy"] for row in rows if row["task_name"] == "fit"]
    out = capsys.readouterr().out
    assert out.count("Pipeline - fit-final-estimator | MLPClassifier - fit") == 5
