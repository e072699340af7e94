"""What observers and users see of members while they are trained, and what ends them all."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from member_cases import fitted, made
from plainweave import MLPClassifier
from plainweave.errors import ConfigurationError
from small_estimators import assert_same_weights

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


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
