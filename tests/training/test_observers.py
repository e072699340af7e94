"""Observers: what they see and return."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.training import TrainingState
from plainweave.training.fit import result_of
from plainweave.training.loop import train_by_epochs
from plainweave.training.observers import as_observers
from plainweave.training.plan import Plan
from trainings import train


def test_the_history_is_what_evaluating_by_hand_gives(parts: pw.Split) -> None:
    seen: list[float] = []

    def by_hand(epoch: pw.Epoch) -> None:
        assert parts.validation is not None
        outputs = epoch.network(parts.standardizer(parts.validation.inputs))
        seen.append(100 * float((outputs.argmax(axis=1) == parts.validation.labels).mean()))
        assert len(epoch.history) == epoch.number

    result = train(parts, observers=[by_hand])
    np.testing.assert_allclose(result.history.validation_accuracy, seen)


def test_observers_that_are_given_once_only_are_called_in_every_epoch(parts: pw.Split) -> None:
    seen: list[int] = []
    train(parts, epochs=3, observers=(each for each in [lambda epoch: seen.append(epoch.number)]))
    assert seen == [1, 2, 3]


def test_an_observer_that_clears_the_history_does_not_keep_training_from_its_end(parts: pw.Split) -> None:
    def clear(epoch: pw.Epoch) -> None:
        epoch.history.training.clear()
        epoch.history.validation.clear()

    assert len(train(parts, epochs=3, observers=[clear]).history) == 0


def test_what_an_epoch_shows(parts: pw.Split) -> None:
    seen: list[pw.Epoch] = []
    result = train(parts, epochs=3, observers=[seen.append], schedule="step:every=1,factor=0.5")
    assert [(epoch.number, epoch.epochs) for epoch in seen] == [(1, 3), (2, 3), (3, 3)]
    np.testing.assert_allclose([epoch.learning_rate for epoch in seen], [0.3, 0.15, 0.075])
    assert [int(epoch.best_epoch) for epoch in seen][-1] == result.best_epoch
    assert seen[0].history.to_csv() == result.history.to_csv(), "it is training's own, which went on"


@pytest.mark.parametrize("optimizer", [pw.SGD, pw.Adam, pw.AdamW])
def test_learning_rates_are_those_of_the_settings_whatever_the_rule_makes_of_them(
    parts: pw.Split, optimizer: type[pw.SGD | pw.Adam]
) -> None:
    seen: list[Any] = []
    pw.fit(
        pw.Network(64, [5], 10, seed=[0, 1]),
        parts,
        optimizer([0.1, 0.2], schedule=lambda epochs: 0.5),
        epochs=2,
        observers=[lambda epoch: seen.append(epoch.learning_rate.tolist())],
    )
    assert seen == [[0.05, 0.1]] * 2


@pytest.mark.parametrize("seed", [0, [0, 1]])
def test_a_stop_ends_training_well_and_it_can_go_on(parts: pw.Split, seed: Any) -> None:
    def stop(epoch: pw.Epoch) -> pw.Stop | None:
        return pw.Stop(f"after {epoch.number}") if epoch.number >= 3 else None

    stopped, states = train(parts, seed=seed, epochs=6, observers=[stop]), list[TrainingState]()
    assert stopped.stopped == "after 3"
    short, long = train(parts, seed=seed, epochs=3), train(parts, seed=seed, epochs=6)
    for result in (stopped, train(parts, seed=seed, epochs=6, observers=[stop], checkpoint=states.append)):
        assert (result.epochs == 3).all()
        np.testing.assert_array_equal(result.history.table(), short.history.table())
        assert_same_weights(result, short)
    for state in (stopped.state, states[-1]):
        for epochs, whole in ((6, long), (5, train(parts, seed=seed, epochs=5))):
            again = train(parts, seed=seed, epochs=epochs, start=state)
            assert again.stopped is None
            np.testing.assert_array_equal(again.history.table(), whole.history.table())
            assert_same_weights(again, whole)


def assert_same_weights(first: pw.Fit, second: pw.Fit) -> None:
    for name, value in first.network.parameters.items():
        np.testing.assert_array_equal(value, second.network.parameters[name])


def test_training_that_is_resumed_for_as_many_epochs_stays_stopped(parts: pw.Split) -> None:
    """As a run has it whose process was killed between the end of its training and its record."""
    stopped = train(parts, epochs=6, observers=[lambda _: pw.Stop("enough")])
    network, optimizer = pw.Network(64, [12, 9], 10), pw.SGD(0.3, momentum=0.9, dampening=0.9)
    for epochs, stop, trained in ((6, "enough", 1), (7, None, 7)):
        again = result_of(train_by_epochs(network, parts, optimizer, Plan(epochs), start=stopped.state))
        assert (again.stopped, int(again.epochs)) == (stop, trained)


def test_all_observers_see_the_epoch_that_one_stops_and_the_first_reason_counts(parts: pw.Split) -> None:
    seen: list[int] = []
    observers: list[pw.Observer] = [
        lambda epoch: pw.Stop("the first") if epoch.number == 2 else None,
        lambda epoch: pw.Stop("the second") if epoch.number == 2 else None,
        lambda epoch: seen.append(epoch.number),
    ]
    result = train(parts, epochs=5, observers=observers)
    assert (result.stopped, seen) == ("the first", [1, 2])


@pytest.mark.parametrize(
    ("answer", "text"), [(True, "True"), ("stop", "'stop'"), (pw.Stop, f"{pw.Stop!r}"), (0, "0")]
)
def test_another_answer_of_an_observer_is_refused(parts: pw.Split, answer: Any, text: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        train(parts, observers=[lambda _: answer])
    assert str(error.value) == (
        f"an observer returned {text}; expected None, or pw.Stop('why') to end training."
    )


@pytest.mark.parametrize("reason", ["", " ", None, 3, "a\nb", "a\x1b"])
def test_a_stop_without_a_line_that_says_why_is_refused(reason: Any) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Stop(reason)
    shown = repr(reason)
    assert str(error.value) == f"reason is {shown}; expected a line that says why."


class Recorder:
    """An observer that begins and ends, and writes down when."""

    def __init__(self, error: Exception | None = None) -> None:
        self.events: list[str] = []
        self.error = error

    def __enter__(self) -> "Recorder":
        self.events.append("begins")
        return self

    def __call__(self, epoch: pw.Epoch) -> None:
        self.events.append(str(epoch.number))
        if self.error and epoch.number == 2:
            raise self.error

    def __exit__(self, *_: object) -> None:
        self.events.append("ends")


def test_an_observer_may_begin_and_end_however_training_ends(parts: pw.Split) -> None:
    recorder = Recorder()
    train(parts, epochs=2, observers=[recorder])
    assert recorder.events == ["begins", "1", "2", "ends"]
    failing = Recorder(ValueError("the disk is full"))
    states: list[int] = []
    with pytest.raises(ValueError, match="the disk is full"):
        train(parts, epochs=5, observers=[failing], checkpoint=lambda state: states.append(state.epoch))
    assert failing.events == ["begins", "1", "2", "ends"]
    assert states == [1], "an epoch is over when its observers have seen it"
    closed = Recorder()
    steps = train_by_epochs(pw.Network(64, [5], 10), parts, pw.SGD(0.1), Plan(9, observers=[closed]))
    next(steps)
    steps.close()
    assert closed.events == ["begins", "1", "ends"]


@pytest.mark.parametrize("engine", ["auto", "numpy"])
def test_an_observer_leaves_the_list_of_layers_alone(parts: pw.Split, engine: str) -> None:
    def swap(epoch: pw.Epoch) -> None:
        epoch.network.layers[1] = pw.ReLU()

    with pytest.raises(pw.ConfigurationError) as error:
        train(parts, observers=[swap], engine=engine)
    assert str(error.value) == (
        "an observer has made the network's layers Linear, relu, Linear, tanh, Linear, not those that "
        "training began with; expected Linear, tanh, Linear, tanh, Linear. Put new arrays into the "
        "layers, or go on by another fit."
    )


@pytest.mark.parametrize("engine", ["auto", "numpy"])
def test_an_observer_may_put_new_arrays_into_the_layers(parts: pw.Split, engine: str) -> None:
    def clear(epoch: pw.Epoch) -> None:
        for layer in epoch.network.linear:
            layer.weight = np.zeros_like(layer.weight)

    result = train(parts, observers=[clear], learning_rate=0.0, engine=engine)
    assert result.history.training_loss[-1] == pytest.approx(np.log(10), rel=1e-6)


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_an_observer_keeps_back_nothing_that_ended_training(
    parts: pw.Split, failure: type[BaseException]
) -> None:
    class Silent:
        def __enter__(self) -> None:
            pass

        def __exit__(self, *_: object) -> bool:
            return True

        def __call__(self, epoch: pw.Epoch) -> None:
            if epoch.number == 2:
                raise failure

    with pytest.raises(failure) as error:
        train(parts, observers=[Silent()])
    if isinstance(error.value, pw.TrainingInterrupted):
        assert len(error.value.fit.history) == 2
    assert isinstance(error.value, pw.TrainingInterrupted) == (failure is KeyboardInterrupt)


def test_a_class_of_observers_is_told_from_an_observer() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        as_observers([pw.Lines])  # type: ignore[list-item]
    assert str(error.value) == (
        "an observer is the class Lines; expected a function. Did you mean Lines(...)?"
    )


def test_one_observer_need_be_in_no_list(parts: pw.Split) -> None:
    seen: list[int] = []
    pw.fit(pw.Network(64, [3], 10), parts, pw.SGD(0.1), epochs=2, observers=lambda e: seen.append(e.number))
    assert seen == [1, 2]


def test_an_observer_that_ends_an_iteration_is_told_how_to_stop(parts: pw.Split) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(pw.Network(64, [3], 10), parts, pw.SGD(0.1), epochs=2, observers=lambda _: next(iter([])))
    assert str(error.value) == (
        "an observer raised StopIteration; expected it to return pw.Stop('why') to end training."
    )


class Forgiving:
    """As a context manager that wants to keep back whatever comes."""

    def __init__(self, at: str = "") -> None:
        self.at = at

    def __enter__(self) -> "Forgiving":
        if self.at == "beginning":
            raise OSError("beginning")
        return self

    def __exit__(self, *_: object) -> bool:
        if self.at == "end":
            raise OSError("end")
        return True

    def __call__(self, _: pw.Epoch) -> None:
        if self.at == "epoch":
            raise OSError("epoch")


@pytest.mark.parametrize("at", ["beginning", "epoch", "end"])
def test_an_observer_keeps_back_nothing_of_another(parts: pw.Split, at: str) -> None:
    with pytest.raises(OSError, match=f"^{at}$"):
        pw.fit(pw.Network(64, [4], 10), parts, pw.SGD(0.1), epochs=1, observers=[Forgiving(), Forgiving(at)])
