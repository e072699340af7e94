"""What `fit` does: epochs over batches, by itself and in stacks, and what it refuses."""

import numpy as np
import pytest

import plainweave as pw
from plainweave.network import ACTIVATIONS
from plainweave.randomness import epoch_order
from trainings import assert_same, train


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


def test_a_network_that_never_beats_guessing_has_learned_nothing(parts: pw.Split) -> None:
    stack = pw.fit(
        pw.Network(64, [20], 10, activation="relu", seed=[0, 0, 0]),
        parts,
        pw.SGD([0.1, 100, 1e30], momentum=0.9),
        epochs=2,
        seed=0,
    )
    assert stack.learned is not None
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
