"""Several short epochs by one call are, to the bit and in all that is kept, what they are one by one."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.engine.compiled import CompiledProgram
from plainweave.extension import kernels
from plainweave.randomness import epoch_order, epoch_orders
from trainings import assert_same

pytestmark = pytest.mark.skipif(not kernels(), reason="there is no compiled engine")


def _watch(_: pw.Epoch) -> None:
    """Look at every epoch, so that each is trained by a call of its own."""


def _fit(epochs: int = 40, validated: float = 0.25, rate: float = 0.05, **settings: Any) -> pw.Fit:
    stream = np.random.default_rng(3)
    inputs = stream.normal(size=(60, 5))
    labels = (inputs[:, 0] + inputs[:, 1] * inputs[:, 2] + stream.normal(size=60) > 0).astype(int)
    parts = pw.split(pw.Examples(inputs, labels), validation_fraction=validated, seed=1)
    network = pw.Network(5, [8], 2, activation=settings.pop("activation", "tanh"), seed=2)
    schedule = settings.pop("schedule", "constant")
    optimizer = pw.Adam(rate, schedule=schedule)
    with np.errstate(all="ignore"):
        return pw.fit(network, parts, optimizer, epochs=epochs, batch_size=16, seed=7, **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"validated": 0.0},
        {"choose_by": "accuracy"},
        {"patience": 4, "min_delta": 0.01},
        {"patience": 3, "patience_from": 9, "choose_by": "accuracy"},
        {"schedule": "cosine"},
        {"schedule": "on-plateau:patience=2"},
        {"rate": 1e30, "activation": "relu"},
        {"rate": 1e38, "activation": "identity", "validated": 0.0},
        {"epochs": 7},
    ],
    ids=str,
)
def test_a_fit_is_what_it_is_where_somebody_looks(settings: dict[str, Any]) -> None:
    fit, watched = _fit(**settings), _fit(**settings, observers=[_watch])
    assert_same(fit, watched)
    assert fit.state is not None
    assert watched.state is not None
    for name, value in watched.state.weights.items():
        np.testing.assert_array_equal(fit.state.weights[name], value)
    assert_same(_fit(**{**settings, "epochs": 60}), _fit(**{**settings, "epochs": 60}, observers=[_watch]))


def test_training_goes_on_from_where_it_ended() -> None:
    whole = _fit(epochs=40, patience=12)
    begun = _fit(epochs=15, patience=12)
    assert_same(_fit(epochs=40, patience=12, start=begun.state), whole)


def test_what_was_too_little_for_patience_may_count_where_training_goes_on() -> None:
    begun = _fit(epochs=6, rate=0.5, patience=30, min_delta=1.0)
    assert_same(
        _fit(rate=0.5, patience=9, start=begun.state),
        _fit(rate=0.5, patience=9, start=begun.state, observers=[_watch]),
    )


@pytest.mark.parametrize(
    ("settings", "calls"), [({}, 1), ({"patience": 50}, 1), ({"observers": [_watch]}, 0)]
)
def test_one_call_does_where_nobody_looks(
    settings: dict[str, Any], calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []

    def epochs(self: CompiledProgram, *given: Any, **more: Any) -> Any:
        counted.append(len(given[1]))
        return before(self, *given, **more)

    before = CompiledProgram.epochs
    monkeypatch.setattr(CompiledProgram, "epochs", epochs)
    _fit(**settings)
    assert counted == [40] * calls


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**32, 2**127 + 1, 2**128, 2**200 + 17])
@pytest.mark.parametrize("examples", [1, 2, 150])
def test_orders_of_several_epochs_are_those_of_each(seed: int, examples: int) -> None:
    numbers = range(3, 12)
    expected = np.array([epoch_order(seed, number, examples) for number in numbers])
    np.testing.assert_array_equal(epoch_orders(seed, numbers, examples), expected)
