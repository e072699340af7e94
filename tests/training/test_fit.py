import pickle
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.network import ACTIVATIONS
from plainweave.randomness import epoch_order
from plainweave.training import BestWeights, TrainingState
from plainweave.training.fit import fit_by_epochs, result_of


def train(parts: pw.Split, *, seed: int | list[int] = 0, **settings: object) -> pw.Fit:
    activation = settings.pop("activation", "tanh")
    network = pw.Network(64, [12, 9], 10, activation=activation, seed=seed)  # type: ignore[arg-type]
    options = {"learning_rate": 0.3, "momentum": 0.9, "dampening": 0.9}
    for name in ("learning_rate", "momentum", "dampening", "weight_decay", "nesterov"):
        if name in settings:
            options[name] = settings.pop(name)  # type: ignore[assignment]
    settings = {"epochs": 4, "batch_size": 64, "seed": seed, **settings}
    return pw.fit(network, parts, pw.SGD(**options), **settings)  # type: ignore[arg-type]


def assert_same(first: pw.Fit, second: pw.Fit) -> None:
    for name, value in first.network.parameters.items():
        np.testing.assert_array_equal(value, second.network.parameters[name])
    assert first.history.to_csv() == second.history.to_csv()
    assert (first.best_epoch, first.epochs, first.diverged) == (
        second.best_epoch,
        second.epochs,
        second.diverged,
    )


def test_it_learns_the_digits(parts: pw.Split, digits: pw.Dataset) -> None:
    result = train(parts, epochs=30)
    model = pw.Model.of(result.network, parts.standardizer, digits)
    assert model.evaluate(digits.test).accuracy > 88
    assert result.history.validation_accuracy[-1] > 90


def test_the_same_seed_gives_bitwise_the_same_network(parts: pw.Split) -> None:
    assert_same(train(parts, seed=5), train(parts, seed=5))


def test_another_seed_gives_another(parts: pw.Split) -> None:
    first, second = train(parts, seed=5), train(parts, seed=6)
    assert first.history.to_csv() != second.history.to_csv()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_size", [1, 50, 64, 1149, 1150])
def test_a_stack_of_four_seeds_ends_bitwise_as_the_four_alone(
    parts: pw.Split, activation: str, batch_size: int
) -> None:
    few = pw.Split(
        parts.training if batch_size > 64 else parts.training[np.arange(120)],
        parts.validation,
        parts.standardizer,
        parts.validation_rows,
    )
    seeds = [3, 1, 4, 15]
    settings: dict[str, object] = {"activation": activation, "batch_size": batch_size, "weight_decay": 1e-3}
    settings |= {"learning_rate": 0.02, "epochs": 2}
    stack = train(few, seed=seeds, **settings)
    for model, seed in enumerate(seeds):
        assert_same(stack.member(model), train(few, seed=seed, **settings))


def test_a_stack_may_share_one_order(parts: pw.Split) -> None:
    networks = pw.Network(64, [5], 10, seed=[0, 1])
    stack = pw.fit(networks, parts, pw.SGD(0.1), epochs=2, seed=7)
    for model in range(2):
        alone = pw.fit(pw.Network(64, [5], 10, seed=model), parts, pw.SGD(0.1), epochs=2, seed=7)
        assert_same(stack.member(model), alone)


def test_the_order_is_a_permutation_and_a_function_of_seed_and_epoch() -> None:
    orders = {(seed, epoch): epoch_order(seed, epoch, 100) for seed in (0, 1) for epoch in (1, 2)}
    for (seed, epoch), order in orders.items():
        assert sorted(order) == list(range(100))
        np.testing.assert_array_equal(order, epoch_order(seed, epoch, 100))
        np.testing.assert_array_equal(order, epoch_order([9, seed], epoch, 100)[1])
    assert len({tuple(order) for order in orders.values()}) == 4


def test_an_epoch_is_plain_sgd_over_batches_with_a_smaller_last_one(parts: pw.Split) -> None:
    """The loop, written once more in the plainest way, in float64."""
    few = parts.training[np.arange(10)]
    small = pw.Split(few, parts.validation, parts.standardizer, parts.validation_rows)
    network = pw.Network(64, [], 10, seed=0, dtype="float64")
    weight, bias = (value.copy() for value in network.parameters.values())
    result = pw.fit(network, small, pw.SGD(0.1, weight_decay=0.01), epochs=1, batch_size=4, seed=2)
    x = parts.standardizer(few.inputs, np.float64)
    order = epoch_order(2, 1, 10)
    losses = []
    for batch in (order[:4], order[4:8], order[8:]):
        targets = np.eye(10)[few.labels[batch]]
        logits = x[batch] @ weight + bias
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        losses += (-(targets * np.log(probabilities)).sum(axis=1)).tolist()
        error = (probabilities - targets) / len(batch)
        weight, bias = (
            weight - 0.1 * (x[batch].T @ error + 0.01 * weight),
            bias - 0.1 * error.sum(axis=0, keepdims=True),
        )
    np.testing.assert_allclose(network.parameters["output.weight"], weight, rtol=1e-11)
    np.testing.assert_allclose(network.parameters["output.bias"], bias, rtol=1e-11)
    np.testing.assert_allclose(result.history.training_loss[0], np.mean(losses))


def test_the_history_is_what_evaluating_by_hand_gives(parts: pw.Split) -> None:
    seen: list[float] = []

    def by_hand(epoch: int, history: pw.History, network: pw.Network) -> None:
        x = parts.standardizer(parts.validation.inputs)
        seen.append(100 * float((network.predict(x) == parts.validation.labels).mean()))
        assert len(history) == epoch

    result = train(parts, callbacks=[by_hand])
    np.testing.assert_allclose(result.history.validation_accuracy, seen)


def test_the_best_weights_are_those_of_the_best_epoch(parts: pw.Split) -> None:
    """Train again up to the best epoch: the last weights there are the best weights, bit by bit."""
    result = train(parts, epochs=25, learning_rate=3.0)
    best_epoch = int(result.best_epoch)
    assert 1 <= best_epoch < 25, "the test needs a best epoch before the last"
    assert result.history.validation_loss[best_epoch - 1] == min(result.history.validation_loss)
    network = pw.Network(64, [12, 9], 10, seed=0)
    pw.fit(network, parts, pw.SGD(3.0, momentum=0.9, dampening=0.9), epochs=best_epoch, seed=0)
    for name, value in network.parameters.items():
        np.testing.assert_array_equal(value, result.network.parameters[name])


def test_the_last_epoch_can_be_the_best(parts: pw.Split) -> None:
    assert train(parts, epochs=2).best_epoch == 2


def test_of_equal_losses_the_earlier_stays() -> None:
    network = pw.Network(2, [], 2)
    best = BestWeights.begin(network)
    running = np.asarray(True)
    for epoch, loss in enumerate([0.5, 0.4, 0.4, 0.6], start=1):
        network.parameters["output.bias"][...] = epoch
        best.update(network, epoch, np.asarray(loss), running)
    assert (int(best.epoch), float(best.loss)) == (2, 0.4)
    assert (best.network.parameters["output.bias"] == 2).all()


def test_weights_that_are_not_finite_are_never_the_best() -> None:
    network = pw.Network(2, [], 2, seed=[0, 1])
    best = BestWeights.begin(network)
    network.parameters["output.weight"][1, 0, 0] = -np.inf
    best.update(network, 1, np.array([0.5, 0.5]), np.array([True, True]))
    assert best.epoch.tolist() == [1, 0]
    assert best.loss.tolist() == [0.5, np.inf]
    assert np.isfinite(best.network.parameters["output.weight"]).all()


def test_a_member_that_is_not_there_is_refused(parts: pw.Split) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        train(parts, seed=[0, 1], epochs=1).member(2)
    assert str(error.value).startswith("model is 2")


def test_patience_ends_training_and_only_then(parts: pw.Split) -> None:
    # With a learning rate of 0 nothing ever gets better than at the first epoch.
    result = train(parts, epochs=20, learning_rate=0, patience=3)
    assert (int(result.best_epoch), int(result.epochs), len(result.history)) == (1, 4, 4)
    patient = train(parts, epochs=6, patience=6)
    assert patient.epochs == 6


def test_patience_of_each_member_of_a_stack(parts: pw.Split) -> None:
    settings: dict[str, object] = {"epochs": 40, "patience": 2, "learning_rate": 3.0}
    stack = train(parts, seed=[0, 1, 2, 3], **settings)
    assert len(set(stack.epochs.tolist())) > 1, "the test needs members that stop at different epochs"
    for seed in range(4):
        assert_same(stack.member(seed), train(parts, seed=seed, **settings))


@pytest.mark.filterwarnings("error")
def test_a_network_that_diverges_is_marked_and_keeps_its_best_weights(parts: pw.Split) -> None:
    result = train(parts, epochs=10, learning_rate=1e38, activation="relu")
    assert result.diverged == result.epochs == 1
    assert result.best_epoch == 0
    for name, value in pw.Network(64, [12, 9], 10, activation="relu").parameters.items():
        np.testing.assert_array_equal(result.network.parameters[name], value)


def test_a_diverging_member_stops_nothing_else(parts: pw.Split) -> None:
    def poisoned(seed: int | list[int], model: int | None) -> pw.Fit:
        network = pw.Network(64, [5], 10, activation="relu", seed=seed)

        def poison(epoch: int, history: pw.History, network: pw.Network) -> None:
            if epoch == 2 and model is not None:
                network.parameters["hidden_1.weight"][model] = np.inf

        return pw.fit(network, parts, pw.SGD(0.1), epochs=5, seed=seed, callbacks=[poison])

    stack = poisoned([0, 1], 1)
    assert stack.diverged.tolist() == [0, 3]
    assert stack.epochs.tolist() == [5, 3]
    assert stack.best_epoch[1] == 2
    assert np.isfinite(stack.network.parameters["hidden_1.weight"]).all()
    assert_same(stack.member(0), poisoned(0, None))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0; expected a whole number of at least 1."),
        ({"epochs": 0}, "epochs is 0; expected a whole number of at least 1."),
        ({"patience": 0}, "patience is 0; expected a whole number of at least 1."),
        ({"seed": -1}, "seed is -1; expected a whole number of at least 0."),
        (
            {"seed": [1, 2]},
            "seed is a list of 2; expected one number, or one for each of the network's models: "
            "it is no stack.",
        ),
        ({"callbacks": len}, f"callbacks is {len!r}; expected a list of functions, as in [print]."),
        ({"callbacks": [3]}, "callbacks is [3]; expected a list of functions, as in [print]."),
        ({"callbacks": None}, "callbacks is None; expected a list of functions, as in [print]."),
        ({"checkpoint": "here"}, "checkpoint is 'here'; expected a function of the state."),
        (
            {"start": 2},
            "start is an int; expected a TrainingState, as in a copy of what checkpoint was called with.",
        ),
    ],
)
def test_bad_settings_are_refused(parts: pw.Split, settings: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(pw.Network(64, [], 10), parts, pw.SGD(0.1), **{"epochs": 1, **settings})  # type: ignore[arg-type]
    assert str(error.value) == message


def test_callbacks_that_are_given_once_only_are_called_in_every_epoch(parts: pw.Split) -> None:
    seen: list[int] = []
    train(parts, epochs=3, callbacks=(each for each in [lambda epoch, *_: seen.append(epoch)]))
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    ("seed", "model", "message"),
    [
        (0, 0, "the network is no stack; expected one to take a member of."),
        ([0, 1], 2, "model is 2; expected 0 to 1."),
        ([0, 1], 1.0, "model is 1.0; expected a whole number of at least 0."),
    ],
)
def test_what_is_no_member_of_a_stack_is_refused(
    parts: pw.Split, seed: Any, model: Any, message: str
) -> None:
    whole = train(parts, seed=seed, epochs=1)
    with pytest.raises(pw.ConfigurationError) as error:
        whole.member(model)
    assert str(error.value) == message


def test_a_network_that_never_beats_guessing_has_learned_nothing(parts: pw.Split) -> None:
    stack = pw.fit(
        pw.Network(64, [20], 10, activation="relu", seed=[0, 0, 0]),
        parts,
        pw.SGD([0.1, 100, 1e30], momentum=0.9),
        epochs=2,
        seed=0,
    )
    assert stack.learned.tolist() == [True, False, False]
    assert stack.diverged.tolist()[:2] == [0, 0]  # the losses of the second are huge, and numbers
    assert [bool(stack.member(model).learned) for model in range(3)] == [True, False, False]
    assert not pw.History().learned(10)


def test_a_batch_larger_than_the_training_part_is_the_training_part(parts: pw.Split) -> None:
    assert_same(train(parts, batch_size=1150), train(parts, batch_size=10**6))


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
@pytest.mark.parametrize("others", [[5], [40, 7], [12, 9]], ids=str)
def test_an_optimizer_can_be_used_again_and_leaves_no_trace(
    parts: pw.Split, engine: str, others: list[int]
) -> None:
    optimizer = pw.SGD(0.1, momentum=0.9)

    def trained(hidden: list[int], seed: int | list[int] = 0, dtype: str = "float32") -> pw.Fit:
        network = pw.Network(64, hidden, 10, seed=seed, dtype=dtype)
        insist = engine if dtype == "float32" else "numpy"
        return pw.fit(network, parts, optimizer, epochs=2, seed=seed, engine=insist)

    first = trained([12, 9])
    for seed, dtype in ((0, "float32"), ([0, 1], "float32"), (3, "float64")):
        trained(others, seed, dtype)
    assert_same(trained([12, 9]), first)
    assert optimizer == pw.SGD(0.1, momentum=0.9)


def test_the_settings_of_an_optimizer_can_not_be_changed() -> None:
    optimizer = pw.SGD(0.1)
    with pytest.raises(AttributeError, match="learning_rate"):
        optimizer.learning_rate = 0.2  # type: ignore[misc]


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
        "start is a Fit; expected a TrainingState, as in a copy of what checkpoint was called with."
    )


def test_a_state_with_the_velocity_of_another_network_is_refused(parts: pw.Split) -> None:
    states: list[TrainingState] = []
    train(parts, epochs=1, checkpoint=states.append)
    del states[0].velocity["output.bias"]
    with pytest.raises(pw.ConfigurationError) as error:
        train(parts, epochs=2, start=states[0])
    assert str(error.value) == (
        "the velocity is of hidden_1.weight, hidden_1.bias, hidden_2.weight, hidden_2.bias, output.weight; "
        "expected hidden_1.weight, hidden_1.bias, hidden_2.weight, hidden_2.bias, output.weight, "
        "output.bias. It belongs to another network: begin with an empty one."
    )


def test_a_checkpoint_has_weights_that_a_callback_put_in_place_of_others(parts: pw.Split) -> None:
    states: list[TrainingState] = []

    def halve(epoch: int, history: pw.History, network: pw.Network) -> None:
        network.layers[0].weight = network.layers[0].weight / 2

    whole = train(parts, epochs=4, callbacks=[halve], checkpoint=lambda state: states.append(state.copy()))
    assert_same(train(parts, epochs=4, callbacks=[halve], start=states[1]), whole)


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_ctrl_c_brings_along_the_best_weights_and_the_history(parts: pw.Split, engine: str) -> None:
    def interrupt(epoch: int, history: pw.History, network: pw.Network) -> None:
        if epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(pw.TrainingInterrupted) as stop:
        train(parts, epochs=9, callbacks=[interrupt], engine=engine)
    assert_same(stop.value.fit, train(parts, epochs=3, engine=engine))
    assert str(stop.value) == (
        "training was interrupted after 3 epochs. The best weights and the history so far are in the "
        "attribute `fit` of this exception; at a prompt, in sys.last_value.fit."
    )
    assert isinstance(stop.value, KeyboardInterrupt)
    assert_same(pickle.loads(pickle.dumps(stop.value)).fit, stop.value.fit)


def test_a_callback_that_clears_the_history_does_not_keep_training_from_its_end(parts: pw.Split) -> None:
    def clear(epoch: int, history: pw.History, network: pw.Network) -> None:
        for column in vars(history).values():
            column.clear()

    assert len(train(parts, epochs=3, callbacks=[clear]).history) == 0


def test_ctrl_c_while_an_epoch_is_noted_leaves_a_whole_history(
    parts: pw.Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(history: pw.History, training: pw.Fit, validation: pw.Fit) -> None:
        append(history, training, validation)  # type: ignore[arg-type]
        if len(history) == 2:
            history.validation_accuracy.pop()
            raise KeyboardInterrupt

    append = pw.History.append
    monkeypatch.setattr(pw.History, "append", half)
    with pytest.raises(pw.TrainingInterrupted) as stop:
        train(parts, epochs=9)
    monkeypatch.undo()
    assert stop.value.fit.history.to_csv() == train(parts, epochs=1).history.to_csv()


def test_an_epoch_is_in_the_checkpoint_before_it_is_told(parts: pw.Split) -> None:
    """Who closes the training between two epochs has the state of the last that ended."""
    states: list[int] = []
    steps = fit_by_epochs(
        pw.Network(parts.training.inputs.shape[-1], [5], 10),
        parts,
        pw.SGD(0.1),
        epochs=9,
        checkpoint=lambda state: states.append(state.epoch),
    )
    for epoch, history in zip(range(1, 4), steps, strict=False):
        assert (len(history), states[-1]) == (epoch, epoch)


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
            train(parts, epochs=9)
    finally:
        sys.settrace(None)
    assert_same(stop.value.fit, train(parts, epochs=3))


def test_a_real_ctrl_c_at_any_moment_leaves_whole_best_weights(parts: pw.Split) -> None:
    for pause in (0.001, 0.02, 0.1):
        timer = threading.Timer(pause, signal.raise_signal, [signal.SIGINT])

        def begin(
            epoch: int, history: pw.History, network: pw.Network, timer: threading.Timer = timer
        ) -> None:
            if epoch == 1:
                timer.start()

        with pytest.raises(pw.TrainingInterrupted) as stop:
            train(parts, epochs=10**6, callbacks=[begin])
        timer.join()
        reached = stop.value.fit
        if reached.best_epoch:
            again = train(parts, epochs=int(reached.best_epoch))
            for name, value in again.network.parameters.items():
                np.testing.assert_array_equal(reached.network.parameters[name], value)


@pytest.mark.parametrize(
    ("position", "given", "message"),
    [
        (0, "mlp", "network is 'mlp'; expected a Network, as in pw.Network(features, [50], classes)."),
        (
            1,
            ([[1.0]], [0]),
            "split is a tuple; expected a Split, as in pw.split(pw.Examples(inputs, labels)).",
        ),
        (2, "adam", "optimizer is 'adam'; expected a SGD, as in pw.SGD(0.1, momentum=0.9)."),
        (2, pw.SGD, "optimizer is a type; expected a SGD, as in pw.SGD(0.1, momentum=0.9)."),
    ],
)
def test_what_is_no_network_split_or_optimizer_is_refused(
    parts: pw.Split, position: int, given: object, message: str
) -> None:
    arguments: list[Any] = [pw.Network(64, [], 10), parts, pw.SGD(0.1)]
    arguments[position] = given
    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(*arguments, epochs=1)
    assert str(error.value) == message


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_examples_of_other_features_than_the_network_are_refused(parts: pw.Split, engine: str) -> None:
    narrow = pw.split(pw.Examples(parts.training.inputs[:, :32], parts.training.labels))
    with pytest.raises(pw.ShapeError) as error:
        train(narrow, epochs=1, engine=engine)
    assert str(error.value) == "the training examples have 32 features; expected 64, the network's inputs."


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
@pytest.mark.parametrize("part", ["training", "validation"])
def test_labels_of_both_parts_are_held_to_the_network(parts: pw.Split, engine: str, part: str) -> None:
    whole: pw.Examples = getattr(parts, part)
    labels = np.where(np.arange(len(whole)) == 7, 10, whole.labels)
    changed: dict[str, Any] = {part: pw.Examples(whole.inputs, labels)}
    with pytest.raises(pw.DataError) as error:
        train(replace(parts, **changed), epochs=1, engine=engine)
    assert str(error.value) == (
        f"{part} example 7 has the label 10; expected 0 to 9, the network's classes. "
        "np.unique(labels, return_inverse=True)[1] makes such labels."
    )


class Column:
    """As pandas and PyTorch have it: an axis, and tolist()."""

    ndim = 1

    def __init__(self, *values: object) -> None:
        self.values = values

    def tolist(self) -> list[object]:
        return list(self.values)


def test_settings_of_a_stack_may_be_series(parts: pw.Split) -> None:
    first = train(parts, seed=[2, 5], epochs=2, patience=[2, None], learning_rate=[0.1, 0.2])
    again = pw.fit(
        pw.Network(64, [12, 9], 10, seed=Column(2, 5)),  # type: ignore[arg-type]
        parts,
        pw.SGD(Column(0.1, 0.2), momentum=0.9, dampening=0.9),  # type: ignore[arg-type]
        epochs=2,
        seed=Column(2, 5),  # type: ignore[arg-type]
        patience=Column(2, None),  # type: ignore[arg-type]
    )
    for model in range(2):
        assert_same(again.member(model), first.member(model))


def test_settings_may_be_numbers_and_arrays_of_numpy(parts: pw.Split) -> None:
    first = train(parts, seed=[2, 5], epochs=2, patience=[2, None], learning_rate=[0.1, 0.2])
    again = pw.fit(
        pw.Network(64, [12, 9], 10, seed=[2, 5]),
        parts,
        pw.SGD(np.array([0.1, 0.2]), momentum=np.float64(0.9), dampening=0.9),
        epochs=np.int64(2),  # type: ignore[arg-type]
        batch_size=np.int32(64),  # type: ignore[arg-type]
        seed=np.array([2, 5]),  # type: ignore[arg-type]
        patience=(np.int64(2), None),  # type: ignore[arg-type]
    )
    for model in range(2):
        assert_same(again.member(model), first.member(model))


def test_a_history_is_read_back_from_its_text(parts: pw.Split) -> None:
    text = train(parts).history.to_csv()
    assert pw.History.from_csv(text).to_csv() == text
    assert text.splitlines()[0] == "epoch,training_loss,training_accuracy,validation_loss,validation_accuracy"
    with pytest.raises(ValueError, match="the history does not begin with epoch,training_loss"):
        pw.History.from_csv("a,b\n1,2\n")


@pytest.mark.parametrize("standardize", ["all-pixels", "per-pixel", "per-image"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_model_is_read_back_from_its_file(
    digits: pw.Dataset, tmp_path: Path, standardize: str, dtype: str
) -> None:
    parts = pw.split(digits.train, standardize=standardize)
    network = pw.Network(64, [7, 5], 10, activation=["leaky-relu:0.2", "tanh"], dtype=dtype)
    model = pw.Model.of(network, parts.standardizer, digits)
    pw.save(tmp_path / "model.safetensors", model)
    again = pw.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(
        again.probabilities(digits.test.inputs), model.probabilities(digits.test.inputs)
    )
    assert again.network.dtype == dtype
    assert (again.class_names, again.image_shape, again.full_scale) == (digits.class_names, (8, 8), 16.0)
    pw.save(tmp_path / "again.safetensors", again)
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "model.safetensors").read_bytes()
