"""Observers of an estimator's epochs, and of L-BFGS's iterations."""

import re
import warnings
from pathlib import Path
from typing import Any

import pytest

import plainweave as pw
from small_estimators import FLOWERS, HALVES, X_FLOWERS, Watch, assert_same_weights, classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_an_observer_ends_training_by_stop(solver: str, capsys: pytest.CaptureFixture[str]) -> None:
    def stop(epoch: pw.Epoch) -> pw.Stop | None:
        return pw.Stop("It is enough.") if epoch.number == 3 else None

    with warnings.catch_warnings():
        warnings.simplefilter("error")
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
    X, y, X_val, y_val = HALVES.values()
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


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_an_observer_may_put_arrays_into_the_layers(solver: str) -> None:
    def put(epoch: pw.Epoch) -> None:
        for layer in epoch.network.linear:
            layer.weight = layer.weight.copy()

    given = classifier(solver=solver, observers=[put]).fit(X_FLOWERS, FLOWERS)
    assert_same_weights(given, classifier(solver=solver).fit(X_FLOWERS, FLOWERS))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_an_observer_leaves_the_list_of_layers_alone(solver: str) -> None:
    def grow(epoch: pw.Epoch) -> None:
        epoch.network.layers.append(epoch.network.layers[0])

    with pytest.raises(pw.ConfigurationError, match="an observer has made the network's layers"):
        classifier(solver=solver, observers=[grow]).fit(X_FLOWERS, FLOWERS)
