"""Which weights are the best, and when training stops."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.engine import Score, evaluate
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


def test_a_difference_of_at_most_min_delta_is_no_improvement_but_may_be_the_best(parts: pw.Split) -> None:
    eager = train(parts, epochs=12, patience=2, min_delta=0.2)
    losses = [float(loss) for loss in eager.history.validation_loss]
    improved, since = losses[0], 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < improved - 0.2:
            improved, since = loss, epoch
    assert eager.epochs == since + 2 < 12
    assert eager.best_epoch == len(losses), "the best weights know nothing of min_delta"
    assert train(parts, epochs=12, patience=2).epochs == 12


@pytest.mark.parametrize("model", [None, 1])
def test_patience_counts_from_an_epoch_on(parts: pw.Split, model: int | None) -> None:
    seed: Any = 0 if model is None else [0, 1]
    late = train(parts, seed=seed, epochs=20, learning_rate=0, patience=3, patience_from=6)
    assert (late.epochs == 9).all()
    assert (late.best_epoch == 1).all()
    # An improvement after that epoch counts as ever.
    assert train(parts, epochs=8, patience=3, patience_from=2).epochs == 8


@pytest.mark.parametrize("name", ["loss", "accuracy", "log loss"])
def test_the_metric_that_is_to_choose_chooses(parts: pw.Split, name: str) -> None:
    loss = pw.SoftmaxCrossEntropy(label_smoothing=0.2)
    result = train(parts, epochs=12, learning_rate=2.0, loss=loss, choose_by=name, patience=12)
    values = np.array(result.history.values("validation", name))
    best = values.argmax() if name == "accuracy" else values.argmin()
    assert int(result.best_epoch) == best + 1
    score = evaluated(result, parts, loss)
    np.testing.assert_allclose(score[name], values[best], rtol=1e-5)


@pytest.mark.parametrize("name", ["r2", "absolute error", "pinball loss"])
def test_metrics_of_numbers_choose_too(digits: pw.Dataset, name: str) -> None:
    loss: pw.Loss = pw.Quantile((0.3,)) if name == "pinball loss" else pw.SquaredError()
    train_part = digits.train
    parts = pw.split(pw.Examples(train_part.inputs, train_part.labels / 10))
    result = pw.fit(
        pw.Network(64, [6], 1), parts, pw.SGD(0.02), epochs=10, batch_size=20, loss=loss, choose_by=name
    )
    values = np.array(result.history.values("validation", name))
    assert int(result.best_epoch) == (values.argmax() if name == "r2" else values.argmin()) + 1


def evaluated(result: pw.Fit, parts: pw.Split, loss: pw.Loss) -> Score:
    assert parts.validation is not None
    return evaluate(result.network, loss, parts.validation, parts.standardizer)


@pytest.mark.parametrize("seed", [0, [0, 1]])
def test_without_a_validation_part_the_last_weights_are_kept(digits: pw.Dataset, seed: Any) -> None:
    everything = pw.split(digits.train, validation_fraction=0)
    network = pw.Network(64, [5], 10, seed=seed)
    result = pw.fit(network, everything, pw.SGD(0.1), epochs=3, patience=[None, None] if seed else None)
    assert (result.best_epoch == 3).all()
    for name, value in network.parameters.items():
        np.testing.assert_array_equal(result.network.parameters[name], value)
    assert result.history.validation == {}
    assert result.learned is not None
    assert result.learned.all()
    one = result.member(1).history if seed else result.history
    assert one.to_csv().splitlines()[0] == "epoch,training_loss,training_accuracy"


def test_without_a_validation_part_the_last_weights_before_a_divergence_are_kept(digits: pw.Dataset) -> None:
    def poison(epoch: pw.Epoch) -> None:
        if epoch.number == 2:
            epoch.network.parameters["hidden_1.weight"][...] = np.inf

    result = pw.fit(
        pw.Network(64, [5], 10, activation="relu"),
        pw.split(digits.train, validation_fraction=0),
        pw.SGD(0.1),
        epochs=5,
        observers=[poison],
    )
    assert [int(result.best_epoch), int(result.diverged), int(result.epochs)] == [2, 3, 3]


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("patience", 3, "patience is 3"),
        ("patience", [3, None], "patience is [3, None]"),
        ("choose_by", "accuracy", "choose_by is 'accuracy'"),
        (
            "schedule",
            pw.OnPlateau(0.5),
            "schedule is 'on-plateau:factor=0.5,patience=10,min_delta=0.0'",
        ),
    ],
)
def test_what_needs_a_validation_part_is_refused_without(
    digits: pw.Dataset, setting: str, value: Any, message: str
) -> None:
    everything = pw.split(digits.train, validation_fraction=0)
    with pytest.raises(pw.ConfigurationError) as error:
        train(everything, seed=[0, 1], **{setting: value})
    assert str(error.value) == (
        f"{message}, and there is no validation part to judge by. Give split a validation_fraction above 0, "
        f"or leave {setting} out."
    )
