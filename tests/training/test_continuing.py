"""Training that goes on from a state ends with the bytes of one that was as long from the beginning."""

import copy
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.training import TrainingState
from plainweave.training.loop import train_by_epochs
from plainweave.training.plan import Plan
from trainings import assert_same, train


def test_a_state_goes_on_once_more_and_stays_as_it_was(parts: pw.Split) -> None:
    states: list[TrainingState] = []
    train(parts, epochs=2, checkpoint=lambda state: states.append(state.copy()))
    for _ in range(2):
        assert_same(train(parts, epochs=4, start=states[1]), train(parts, epochs=4))


def test_another_learning_rate_may_go_on_where_one_ended(parts: pw.Split) -> None:
    states: list[TrainingState] = []
    train(parts, epochs=2, checkpoint=lambda state: states.append(state.copy()))
    slower = train(parts, epochs=4, start=states[1], learning_rate=0.1)
    assert slower.history.validation_loss[:2] == train(parts, epochs=2).history.validation_loss
    assert slower.history.validation_loss[2:] != train(parts, epochs=4).history.validation_loss[2:]


@pytest.mark.parametrize(
    ("hidden", "seed", "dtype", "message", "given"),
    [
        (
            [12, 8], 0, "float32",
            "hidden_2.weight; expected float32 of shape (12, 8)", "(12, 9)",
        ),
        (
            [12], 0, "float32",
            "output.weight; expected float32 of shape (12, 10)", "(9, 10)",
        ),
        (
            [12, 9], [0, 1], "float32",
            "hidden_1.weight; expected float32 of shape (2, 64, 12)", "(64, 12)",
        ),
        (
            [12, 9], 0, "float64",
            "hidden_1.weight; expected float64 of shape (64, 12)", "(64, 12)",
        ),
    ],
)  # fmt: skip
def test_the_state_of_another_network_is_refused(
    parts: pw.Split, hidden: list[int], seed: int | list[int], dtype: str, message: str, given: str
) -> None:
    states: list[TrainingState] = []
    train(parts, epochs=1, checkpoint=states.append)
    network = pw.Network(64, hidden, 10, seed=seed, dtype=dtype)
    before = {name: value.copy() for name, value in network.parameters.items()}
    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(network, parts, pw.SGD(0.1), epochs=2, seed=seed, start=states[0])
    assert str(error.value) == (
        f"start is the state of another network: its weights have float32 of shape {given} for {message}. "
        "Give the state that the training of this network left."
    )
    for name, value in network.parameters.items():
        np.testing.assert_array_equal(value, before[name])


def test_what_is_no_state_is_refused(parts: pw.Split) -> None:
    result = train(parts, epochs=1)
    with pytest.raises(pw.ConfigurationError) as error:
        train(parts, epochs=2, start=result)
    assert str(error.value) == (
        "start is a Fit; expected a TrainingState, as in the state of what fit returned."
    )


def test_a_state_with_the_velocity_of_another_network_is_refused(parts: pw.Split) -> None:
    states: list[TrainingState] = []
    train(parts, epochs=1, checkpoint=states.append)
    del states[0].slots["velocity"]["output.bias"]
    network = pw.Network(64, [12, 9], 10, seed=8)
    before = {name: value.copy() for name, value in network.parameters.items()}
    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(network, parts, pw.SGD(0.1, momentum=0.9), epochs=2, start=states[0])
    for name, value in network.parameters.items():
        np.testing.assert_array_equal(value, before[name])
    assert str(error.value) == (
        "the velocity of output.bias is nothing; expected float32 of shape (1, 10). It belongs to another "
        "network: begin with zeros."
    )


def test_a_checkpoint_has_weights_that_an_observer_put_in_place_of_others(parts: pw.Split) -> None:
    states: list[TrainingState] = []

    def halve(epoch: pw.Epoch) -> None:
        first = epoch.network.linear[0]
        first.weight = first.weight / 2

    whole = train(parts, epochs=4, observers=[halve], checkpoint=lambda state: states.append(state.copy()))
    assert_same(train(parts, epochs=4, observers=[halve], start=states[1]), whole)


def test_an_epoch_is_in_the_checkpoint_before_it_is_told(parts: pw.Split) -> None:
    """Who closes the training between two epochs has the state of the last that ended."""
    states: list[int] = []
    steps = train_by_epochs(
        pw.Network(parts.training.inputs.shape[-1], [5], 10),
        parts,
        pw.SGD(0.1),
        Plan(9),
        checkpoint=lambda state: states.append(state.epoch),
    )
    for epoch, history in zip(range(1, 4), steps, strict=False):
        assert (len(history), states[-1]) == (epoch, epoch)


def test_fewer_epochs_than_there_were_are_refused(parts: pw.Split) -> None:
    state = train(parts, epochs=3).state
    assert_same(train(parts, epochs=3, start=state), train(parts, epochs=3))
    with pytest.raises(pw.ConfigurationError) as error:
        train(parts, epochs=2, start=state)
    assert str(error.value) == "epochs is 2, and start is the end of epoch 3; expected at least 3."


def test_what_patience_ended_stays_ended(parts: pw.Split) -> None:
    ended = train(parts, epochs=20, learning_rate=0, patience=3)
    for settings in ({"patience": 3}, {"patience": None}):
        assert_same(train(parts, epochs=30, learning_rate=0.3, start=ended.state, **settings), ended)


def test_members_of_a_stack_that_are_not_done_go_on(parts: pw.Split) -> None:
    settings: dict[str, Any] = {"seed": [0, 1, 2, 3], "patience": 2, "learning_rate": 3.0}
    first, whole = train(parts, epochs=8, **settings), train(parts, epochs=40, **settings)
    assert first.state is not None
    assert 0 < first.state.running.sum() < 4, "the test needs members of both kinds"
    longer = train(parts, epochs=40, start=first.state, **settings)
    for model in range(4):
        assert_same(longer.member(model), whole.member(model))
        alone = {**settings, "seed": model}
        assert_same(train(parts, epochs=40, start=first.member(model).state, **alone), whole.member(model))


def test_an_optimizer_that_keeps_something_else_takes_its_first_step(parts: pw.Split) -> None:
    state = train(parts, epochs=2, optimizer=pw.SGD(0.1, momentum=0.9)).state
    assert state is not None
    steps = state.steps // 2
    adam = train(parts, epochs=3, optimizer=pw.Adam(0.01), start=state)
    assert adam.state is not None
    assert (adam.state.steps, list(adam.state.slots)) == (steps, ["mean", "square"])
    slower = train(parts, epochs=3, optimizer=pw.SGD(0.01, momentum=0.8), start=state)
    assert slower.state is not None
    assert (slower.state.steps, list(slower.state.slots)) == (3 * steps, ["velocity"])


@pytest.mark.parametrize("start", [pw.Constant(), pw.Cosine()], ids=str)
def test_a_schedule_that_spans_the_training_refuses_to_span_another(parts: pw.Split, start: Any) -> None:
    state = train(parts, epochs=3, optimizer=pw.SGD(0.1, schedule=start)).state
    with pytest.raises(pw.ConfigurationError) as error:
        train(parts, epochs=5, optimizer=pw.SGD(0.1, schedule=pw.Cosine(warm_up=1)), start=state)
    assert str(error.value) == (
        "the schedule cosine:epochs=none,warm_up=1.0,lowest=0.0 spans a training of 3 epochs; expected no "
        "continuation to 5. Give the schedule the number of epochs that it spans."
    )
    train(parts, epochs=5, optimizer=pw.SGD(0.1, schedule=pw.Cosine(5)), start=state)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"activation": "relu"},
            "start is the state of another network: its layers are Linear, tanh, Linear, tanh, Linear; "
            "expected Linear, relu, Linear, relu, Linear. Give the state that the training of this "
            "network left.",
        ),
        (
            {"choose_by": "accuracy"},
            "choose_by is 'accuracy', and the best weights of start were chosen by something else; expected "
            "the same for all epochs.",
        ),
        (
            {"loss": "softmax:0.1"},
            "the loss is softmax:0.1, and start is the state of a training by softmax:0.0; expected the same "
            "for all epochs. A new fit takes another.",
        ),
    ],
)
@pytest.mark.parametrize("seed", [0, [0, 1]])
def test_another_training_does_not_go_on_from_a_state(
    parts: pw.Split, settings: dict[str, Any], message: str, seed: Any
) -> None:
    state = train(parts, epochs=2, seed=seed).state
    with pytest.raises(pw.ConfigurationError) as error:
        train(parts, epochs=3, start=state, seed=seed, **settings)
    assert str(error.value) == message


@pytest.mark.parametrize("was_validated", [True, False])
def test_training_goes_on_with_a_validation_part_only_if_it_had_one(
    parts: pw.Split, was_validated: bool
) -> None:
    validated = pw.Split.of(parts.training, parts.training[:50])
    splits = [pw.Split.of(parts.training), validated]
    state = train(splits[was_validated], epochs=1).state
    with pytest.raises(pw.ConfigurationError) as error:
        train(splits[not was_validated], epochs=2, start=state)
    has = ("a validation part", "no validation part")
    first, second = has if was_validated else reversed(has)
    assert str(error.value) == (
        f"the split has {second}, and start is the state of a training with {first}; expected the same "
        "parts, for the best weights are chosen by them."
    )


def test_a_fit_shares_nothing_with_its_state(parts: pw.Split) -> None:
    result = train(parts, epochs=6, learning_rate=2.0)
    assert result.state is not None
    on = train(parts, epochs=8, learning_rate=2.0, start=result.state)
    assert on.best_epoch <= 6, "the test needs best weights of before"
    pw.fit(result.network, parts, pw.SGD(0.5), epochs=2)  # it is the user's, and trained further
    result.history.drop_after(0)
    assert_same(train(parts, epochs=8, learning_rate=2.0, start=result.state), on)


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
@pytest.mark.parametrize("validated", [True, False])
def test_a_model_that_has_ended_keeps_its_last_scores(parts: pw.Split, engine: str, validated: bool) -> None:
    parts = parts if validated else pw.Split.of(parts.training, None)
    network = pw.Network(64, [6], 10, activation="relu", seed=[0, 1, 2])
    rates, patience = [0.1, 1e-9, 1e30], [None, 1, None] if validated else None
    with np.errstate(all="ignore"):
        fit = pw.fit(network, parts, pw.SGD(rates), epochs=4, patience=patience, engine=engine)
    assert fit.epochs[[0, 2]].tolist() == [4, 1]
    assert (fit.epochs[1] < 4) == validated
    for part in (fit.history.training, fit.history.validation):
        for column in part.values():
            for model, end in enumerate(fit.epochs):
                np.testing.assert_array_equal(
                    [values[model] for values in column[end:]], column[end - 1][model]
                )
    assert fit.learned is not None
    assert fit.learned.tolist() == [True, fit.learned[1], False]


def test_what_holds_arrays_is_equal_to_itself_alone(parts: pw.Split, digits: pw.Dataset) -> None:
    for one in (digits, digits.train, parts, parts.standardizer, train(parts, epochs=1)):
        assert one == one
        assert one != copy.deepcopy(one)
