"""Several epochs by one call are what they are one by one, to the bit, on both engines."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from engines import BOTH
from plainweave import tree
from plainweave.arrays import FloatArray, IntArray
from plainweave.engine import Program, Score, Until, Work, program_for
from plainweave.errors import ConfigurationError, PlainweaveError, ShapeError
from plainweave.optimizers import Slots

EPOCHS, BATCH, EXAMPLES = 4, 32, 90


def work_of(
    loss: str,
    optimizer: pw.Optimizer,
    seed: int | list[int] = 0,
    validated: float = 0,
    zeros: float = 0,
    **settings: Any,
) -> Work:
    stream = np.random.default_rng(0)
    targets = stream.integers(0, 3, EXAMPLES) if loss == "softmax" else stream.normal(size=(EXAMPLES, 3))
    weights = stream.random(EXAMPLES)
    inputs = stream.normal(size=(EXAMPLES, 6)) * (stream.random((EXAMPLES, 6)) >= zeros)
    parts = pw.split(pw.Examples(inputs, targets, weights), validation_fraction=validated, seed=0)
    of_network: dict[str, Any] = {"hidden": [9, 7], "outputs": 3, "seed": seed} | settings
    network = pw.Network(6, **of_network)
    return Work(network, pw.Loss.named(loss), optimizer, parts, BATCH, seed)


def given(work: Work) -> tuple[IntArray, FloatArray, Slots, FloatArray]:
    stream = np.random.default_rng(1)
    orders = np.array([stream.permutation(len(work.split.training)) for _ in range(EPOCHS)])
    steps = EPOCHS * work.steps
    table = work.optimizer.steps(0, steps, np.linspace(1, 0.5, steps))
    return orders, table, work.optimizer.slots_of(work.network.parameters), np.zeros((steps, 2))


def one_by_one(
    program: Program, work: Work
) -> tuple[list[Score], list[Score | None], Slots, FloatArray, FloatArray]:
    orders, table, slots, trace = given(work)
    training, validation, kept = list[Score](), list[Score | None](), []
    for place, order in enumerate(orders):
        part = slice(place * work.steps, (place + 1) * work.steps)
        training.append(program.epoch(place + 1, order, table[part], slots, trace=trace[part]))
        validation.append(program.validate())
        kept.append(tree.packed(work.network.parameters))
    return training, validation, slots, trace, np.array(kept)


@BOTH
@pytest.mark.parametrize("loss", ["softmax", "squared-error", "quantile"])
@pytest.mark.parametrize(
    "optimizer", [pw.SGD(0.1), pw.SGD(0.1, momentum=0.9, clip_norm=0.5), pw.Adam(0.01, weight_decay=0.1)]
)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dropout": 0.3},
        {"scale": True, "dtype": "float64"},
        {"validated": 0.3},
        {"validated": 0.3, "scale": True},
        {"validated": 0.3, "zeros": 0.5, "hidden": [50, 18]},
        {"validated": 0.3, "zeros": 0.5, "scale": True},
    ],
)
def test_together_they_are_what_they_are_alone(
    engine: str, loss: str, optimizer: pw.Optimizer, settings: dict[str, Any]
) -> None:
    work, again = (work_of(loss, optimizer, **settings) for _ in range(2))
    training, validation, slots, trace, kept = one_by_one(program_for(work, engine), work)
    orders, table, other_slots, other_trace = given(again)
    other_kept = np.full_like(kept, np.nan)
    of_training, of_validation = program_for(again, engine).epochs(
        1, orders, table, other_slots, other_trace, other_kept
    )
    np.testing.assert_array_equal(other_trace, trace)
    np.testing.assert_array_equal(other_kept, kept)
    for place in range(EPOCHS):
        assert of_training.at(place) == training[place]
        assert (None if of_validation is None else of_validation.at(place)) == validation[place]
    for name, value in work.network.parameters.items():
        np.testing.assert_array_equal(again.network.parameters[name], value)
        for slot in slots:
            np.testing.assert_array_equal(other_slots[slot][name], slots[slot][name])


@BOTH
def test_what_is_not_asked_for_is_not_needed(engine: str) -> None:
    weights = []
    for asks in (True, False):
        work = work_of("softmax", pw.Adam(0.01))
        orders, table, slots, trace = given(work)
        program_for(work, engine).epochs(1, orders, table, slots, trace if asks else None)
        weights.append(tree.packed(work.network.parameters))
    np.testing.assert_array_equal(weights[0], weights[1])


@BOTH
@pytest.mark.parametrize(
    ("until", "last"),
    [
        ({}, 4),
        ({"least": 10.0}, 3),  # the first has infinity to beat
        ({"least": 10.0, "waited": 1}, 3),
        ({"best": 0.0}, 2),
        ({"best": 0.0, "waited": 1}, 1),
        ({"best": 0.0, "limit": 2}, 3),
        ({"best": 0.0, "limit": np.inf}, 4),
        ({"best": 0.0, "per_trace": np.array([-1.0, 0.0])}, 3),
        ({"best": 0.0, "shares": np.zeros(3), "least": 0.1}, 2),
    ],
)
def test_training_ends_where_losses_are_no_lower(engine: str, until: dict[str, Any], last: int) -> None:
    work, again = (work_of("softmax", pw.Adam(0.01, weight_decay=0.1)) for _ in range(2))
    orders, table, slots, trace = given(work)
    default: dict[str, Any] = {
        **{"least": 0.0, "best": np.inf, "waited": 0, "limit": 1},
        **{"per_trace": np.array([1.0, 1.0]), "shares": np.full(3, 1 / 3)},
    }
    training, _ = program_for(work, engine).epochs(
        1, orders, table, slots, trace, until=Until(**default | until)
    )
    assert len(training.loss) == last
    whole, _ = program_for(again, engine).epochs(
        1, orders[:last], table[: 3 * last], given(again)[2], np.zeros((3 * last, 2))
    )
    np.testing.assert_array_equal(training.loss, whole.loss)
    np.testing.assert_array_equal(tree.packed(work.network.parameters), tree.packed(again.network.parameters))


@BOTH
@pytest.mark.parametrize(
    ("changed", "kind", "message"),
    [
        (
            {"orders": np.arange(EXAMPLES)},
            ShapeError,
            "orders have shape (90,); expected (epochs, examples).",
        ),
        (
            {"orders": np.full((EPOCHS, EXAMPLES), EXAMPLES)},
            ConfigurationError,
            "order holds the row 90; expected 0 to 89.",
        ),
        (
            {"table": np.zeros((3, 7))},
            ShapeError,
            "the table of steps has shape (3, 7); expected (12, 7).",
        ),
        (
            {"trace": np.zeros((3, 2))},
            ShapeError,
            "the trace is float64 of shape (3, 2); expected float64 of shape (12, 2).",
        ),
        (
            {"kept": np.zeros((EPOCHS, 3), np.float32)},
            ShapeError,
            "kept is float32 of shape (4, 3); expected float32 of shape (4, 157).",
        ),
        (
            {"until": Until(0.0, 1.0, 0, 3, np.ones(2), np.ones(2))},
            ShapeError,
            "the shares of until have shape (2,); expected (3,), and a trace.",
        ),
        (
            {"until": Until(0.0, 1.0, 0, 3, np.ones(2), np.ones(3)), "trace": None},
            ShapeError,
            "the shares of until have shape (3,); expected (3,), and a trace.",
        ),
        (
            {"slots": {"velocity": {}}},
            ConfigurationError,
            "the optimizer keeps nothing; given velocity. It belongs to another optimizer: begin with zeros.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    engine: str, changed: dict[str, Any], kind: type[PlainweaveError], message: str
) -> None:
    work = work_of("softmax", pw.SGD(0.1))
    right = dict(zip(("orders", "table", "slots", "trace"), given(work), strict=True))
    with pytest.raises(kind) as caught:
        program_for(work, engine).epochs(1, **{**right, **changed})
    assert str(caught.value) == message


@BOTH
def test_a_stack_is_refused(engine: str) -> None:
    work = work_of("softmax", pw.SGD(0.1), seed=[1, 2])
    orders, table, slots, trace = given(work)
    with pytest.raises(ConfigurationError) as caught:
        program_for(work, engine).epochs(1, orders, table, slots, trace)
    assert str(caught.value) == "network is a stack of 2; expected one network. Take one by member()."
