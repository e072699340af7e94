"""Settings of `fit`: what may be given, and what is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from loss_cases import LOSSES, given_targets
from trainings import assert_same, train


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
        ({"min_delta": -0.1}, "min_delta is -0.1; expected a number of at least 0."),
        ({"patience_from": -1}, "patience_from is -1; expected a whole number of at least 0."),
        (
            {"choose_by": "accuracies"},
            "choose_by is 'accuracies'; expected one of loss, accuracy. Did you mean 'accuracy'?",
        ),
        (
            {"loss": pw.SquaredError(), "choose_by": "accuracy"},
            "choose_by is 'accuracy'; expected one of loss, r2, absolute error.",
        ),
        ({"loss": pw.Huber}, "loss is the class Huber; expected a loss. Did you mean Huber()?"),
        ({"observers": [3]}, "observers is [3]; expected a list of functions, as in [print]."),
        ({"observers": None}, "observers is None; expected a list of functions, as in [print]."),
        ({"checkpoint": "here"}, "checkpoint is 'here'; expected a function of the state."),
        (
            {"start": 2},
            "start is an int; expected a TrainingState, as in the state of what fit returned.",
        ),
    ],
)
def test_bad_settings_are_refused(parts: pw.Split, settings: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(pw.Network(64, [], 10), parts, pw.SGD(0.1), **{"epochs": 1, **settings})  # type: ignore[arg-type]
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("position", "given", "message"),
    [
        (0, "mlp", "network is 'mlp'; expected a Network, as in pw.Network(features, [50], classes)."),
        (
            1,
            ([[1.0]], [0]),
            "split is a tuple; expected a Split, as in pw.split(pw.Examples(inputs, targets)) or "
            "dataset.split().",
        ),
        (2, "adam", "optimizer is 'adam'; expected an Optimizer, as in pw.SGD(0.1, momentum=0.9)."),
        (
            2,
            pw.SGD,
            "optimizer is the class SGD; expected an Optimizer, as in pw.SGD(0.1, momentum=0.9). Did you "
            "mean SGD(...)?",
        ),
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
        f"{part} example 7 has the label 10; expected 0 to 9, for 10 outputs. Network(..., outputs=11) has "
        "enough."
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


def test_an_unknown_loss_is_refused(parts: pw.Split) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        train(parts, loss="hubert")
    assert str(error.value) == (
        f"loss is 'hubert'; expected one of {', '.join(pw.Loss.registry)}. Did you mean 'huber'?"
    )


def test_a_loss_may_be_given_by_its_text(digits: pw.Dataset) -> None:
    parts = pw.split(pw.Examples(digits.train.inputs, digits.train.labels / 10))
    by_text, by_part = (
        pw.fit(pw.Network(64, [5], 1), parts, pw.SGD(0.1), epochs=2, loss=loss)
        for loss in ("huber:1.5", pw.Huber(1.5))
    )
    assert by_text.loss == pw.Huber(1.5)
    assert_same(by_text, by_part)


@pytest.mark.parametrize("engine", ["auto", "numpy"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimizer", [pw.SGD(0.05, momentum=0.9), pw.Adam(0.01)], ids=["SGD", "Adam"])
def test_a_weight_of_2_is_the_example_twice(loss: str, optimizer: pw.Optimizer, engine: str) -> None:
    stream = np.random.default_rng(0)
    x, targets = stream.normal(size=(30, 4)), given_targets(LOSSES[loss], 30, 3, stream)
    times = stream.integers(0, 4, 30)
    rows = np.repeat(np.arange(30), times)
    standardizer = pw.Standardizer.fit("per-pixel", x)
    weighted = pw.Examples(x, targets, times.astype(float))
    repeated = pw.Examples(x[rows], targets[rows])
    results = [
        pw.fit(
            pw.Network(4, [5], 3),
            pw.Split(examples, examples, standardizer),
            optimizer,
            epochs=5,
            loss=LOSSES[loss],
            batch_size=10**6,
            engine=engine,
        )
        for examples in (weighted, repeated)
    ]
    for name, value in results[0].network.parameters.items():
        np.testing.assert_allclose(value, results[1].network.parameters[name], rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(results[0].history.table(), results[1].history.table(), rtol=2e-4)
