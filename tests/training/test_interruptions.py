"""Ctrl-C at any moment of a training."""

import gc
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.engine import Score
from plainweave.training.fit import result_of
from trainings import assert_same, train


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_ctrl_c_brings_along_the_best_weights_and_the_history(parts: pw.Split, engine: str) -> None:
    def interrupt(epoch: pw.Epoch) -> None:
        if epoch.number == 3:
            raise KeyboardInterrupt

    with pytest.raises(pw.TrainingInterrupted) as stop:
        train(parts, epochs=9, observers=[interrupt], engine=engine)
    assert_same(stop.value.fit, train(parts, epochs=3, engine=engine))
    assert str(stop.value) == (
        "training was interrupted after 3 epochs. The best weights and the history so far are in the "
        "attribute `fit` of this exception; at a prompt, in sys.last_value.fit."
    )
    assert isinstance(stop.value, KeyboardInterrupt)
    assert_same(pickle.loads(pickle.dumps(stop.value)).fit, stop.value.fit)


def test_ctrl_c_while_an_epoch_is_noted_leaves_a_whole_history(
    parts: pw.Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(history: pw.History, training: Score, validation: Score | None) -> None:
        append(history, training, validation)
        if len(history) == 2:
            history.validation_accuracy.pop()
            raise KeyboardInterrupt

    append = pw.History.append
    monkeypatch.setattr(pw.History, "append", half)
    with pytest.raises(pw.TrainingInterrupted) as stop:
        train(parts, epochs=9, observers=[pw.CSVFile(tmp_path / "history.csv")])
    monkeypatch.undo()
    text = train(parts, epochs=1).history.to_csv()
    assert stop.value.fit.history.to_csv() == text
    assert (tmp_path / "history.csv").read_text(encoding="utf-8") == text


def test_ctrl_c_between_two_epochs_loses_nothing(parts: pw.Split) -> None:
    lines = 0

    def within(frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        nonlocal lines
        if frame.f_code is not result_of.__code__:
            return None
        lines += event == "line" and frame.f_lineno == result_of.__code__.co_firstlineno + 7  # `next(steps)`
        if lines == 4:
            sys.settrace(None)
            raise KeyboardInterrupt
        return within

    sys.settrace(within)
    try:
        with pytest.raises(pw.TrainingInterrupted) as stop:
            train(parts, epochs=9, observers=[lambda _: None])
    finally:
        sys.settrace(None)
    assert_same(stop.value.fit, train(parts, epochs=3))


@pytest.fixture
def _ctrl_c_is_heard() -> Iterator[None]:
    """Let it raise, though a shell starts what is in its background with Ctrl-C ignored.

    Around a garbage collection Hypothesis calls a function, within which Python drops an exception.
    """
    handler, callbacks = signal.signal(signal.SIGINT, signal.default_int_handler), gc.callbacks[:]
    gc.callbacks.clear()
    yield
    gc.callbacks[:] = callbacks
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("_ctrl_c_is_heard")
def test_a_real_ctrl_c_at_any_moment_leaves_whole_best_weights(parts: pw.Split) -> None:
    for pause in (0.001, 0.02, 0.1):
        timer = threading.Timer(pause, signal.raise_signal, [signal.SIGINT])

        def begin(epoch: pw.Epoch, timer: threading.Timer = timer) -> None:
            if epoch.number == 1:
                timer.start()

        with pytest.raises(pw.TrainingInterrupted) as stop:
            train(parts, epochs=10**6, observers=[begin])
        timer.join()
        reached = stop.value.fit
        if reached.best_epoch:
            again = train(parts, epochs=int(reached.best_epoch))
            for name, value in again.network.parameters.items():
                np.testing.assert_array_equal(reached.network.parameters[name], value)


def test_ctrl_c_where_an_observer_begins_leaves_the_initial_weights(parts: pw.Split) -> None:
    class Interrupted:
        def __enter__(self) -> None:
            raise KeyboardInterrupt

        def __exit__(self, *_: object) -> None:
            raise AssertionError("it was never entered")

        def __call__(self, epoch: pw.Epoch) -> None: ...

    with pytest.raises(pw.TrainingInterrupted) as stop:
        train(parts, epochs=2, observers=[Interrupted()])
    assert (len(stop.value.fit.history), int(stop.value.fit.best_epoch)) == (0, 0)
