from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.network import ACTIVATIONS
from plainweave.randomness import epoch_order
from plainweave.training import BestWeights


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
    best = BestWeights(network)
    running = np.asarray(True)
    for epoch, loss in enumerate([0.5, 0.4, 0.4, 0.6], start=1):
        network.parameters["output.bias"][...] = epoch
        best.update(network, epoch, np.asarray(loss), running)
    assert (int(best.epoch), float(best.loss)) == (2, 0.4)
    assert (best.network.parameters["output.bias"] == 2).all()


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
    ],
)
def test_bad_settings_are_refused(parts: pw.Split, settings: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(pw.Network(64, [], 10), parts, pw.SGD(0.1), **{"epochs": 1, **settings})  # type: ignore[arg-type]
    assert str(error.value) == message


def test_a_batch_larger_than_the_training_part_is_the_training_part(parts: pw.Split) -> None:
    assert_same(train(parts, batch_size=1150), train(parts, batch_size=10**6))


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
