"""Which weights are the best, and when training stops."""

import numpy as np
import pytest

import plainweave as pw
from plainweave.training import BestWeights
from trainings import assert_same, train


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
    assert (int(best.epoch), float(best.value)) == (2, 0.4)
    assert (best.network.parameters["output.bias"] == 2).all()


def test_weights_that_are_not_finite_are_never_the_best() -> None:
    network = pw.Network(2, [], 2, seed=[0, 1])
    best = BestWeights.begin(network)
    network.parameters["output.weight"][1, 0, 0] = -np.inf
    best.update(network, 1, np.array([0.5, 0.5]), np.array([True, True]))
    assert best.epoch.tolist() == [1, 0]
    assert best.value.tolist() == [0.5, np.inf]
    assert np.isfinite(best.network.parameters["output.weight"]).all()


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

        def poison(epoch: pw.Epoch) -> None:
            if epoch.number == 2 and model is not None:
                epoch.network.parameters["hidden_1.weight"][model] = np.inf

        return pw.fit(network, parts, pw.SGD(0.1), epochs=5, seed=seed, observers=[poison])

    stack = poisoned([0, 1], 1)
    assert stack.diverged.tolist() == [0, 3]
    assert stack.epochs.tolist() == [5, 3]
    assert stack.best_epoch[1] == 2
    assert np.isfinite(stack.network.parameters["hidden_1.weight"]).all()
    assert_same(stack.member(0), poisoned(0, None))
