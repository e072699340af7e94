"""Targets of any kind, weights, and data sets of numbers: carried along, or refused in one line."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.sparse as sp

import plainweave as pw
from plainweave.data import InMemory, Loaded
from refusals import refused

X = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
Y = np.arange(12) % 3
NUMBERS = X[:, 0] * 2.5
SEVERAL = np.stack([NUMBERS, X[:, 1]], axis=1)
WEIGHTS = np.linspace(0, 2, 12)
NAMES = ("a", "b", "c")
HOW = "np.unique(labels, return_inverse=True)[1] numbers classes of any kind."


class Own(pw.Examples):
    """As a user would have it."""


@pytest.mark.parametrize(
    ("given", "expected", "outputs"),
    [
        (NUMBERS, NUMBERS, 1),
        (NUMBERS.tolist(), NUMBERS, 1),
        (NUMBERS[:, np.newaxis], NUMBERS, 1),
        (SEVERAL, SEVERAL, 2),
        (SEVERAL.tolist(), SEVERAL, 2),
        (sp.csr_array(SEVERAL), SEVERAL, 2),
        (SEVERAL.astype(object), SEVERAL, 2),
        (-Y, -Y, 1),
        (Y == 1, Y == 1, 1),
        (np.eye(3)[Y], np.eye(3)[Y], 3),
    ],
)
def test_targets_are_numbers_of_any_kind(given: Any, expected: npt.NDArray[Any], outputs: int) -> None:
    examples = pw.Examples(X, given)
    np.testing.assert_array_equal(examples.targets, expected)
    assert (examples.outputs, len(examples), examples.weights) == (outputs, 12, None)
    np.testing.assert_array_equal(examples[[4, 1]].targets, expected[[4, 1]])  # type: ignore[index]
    np.testing.assert_array_equal(examples[2:5].targets, expected[2:5])


def test_targets_are_not_copied() -> None:
    for targets in (Y, NUMBERS, SEVERAL, NUMBERS.astype(np.float64)):
        assert pw.Examples(X, targets).targets is targets
    assert pw.Examples(X, NUMBERS.astype(np.float16)).targets.dtype == np.float32


@pytest.mark.parametrize(
    ("targets", "kind", "message"),
    [
        (
            np.eye(3)[Y],
            pw.ShapeError,
            "labels have shape (12, 3); expected (examples,). labels.argmax(axis=1) makes them of one-hot "
            "rows.",
        ),
        (
            np.where(Y == 1, -1, Y),
            pw.DataError,
            f"labels: example 1 has -1; expected the number of a class, from 0. {HOW}",
        ),
        (
            np.where(Y == 1, 0.5, Y),
            pw.DataError,
            f"labels: example 1 has 0.5; expected the number of a class, from 0. {HOW}",
        ),
    ],
)
def test_targets_that_are_no_classes_are_refused_when_they_are_asked_for_or_named(
    targets: Any, kind: type[Exception], message: str
) -> None:
    examples = pw.Examples(X, targets)
    for _ in range(2):
        with pytest.raises(kind) as error:
            examples.labels  # noqa: B018
        assert str(error.value) == message
    for settings in ({"test": examples}, {"train": examples}, {"validation": examples}):
        part = {"train": "training"}.get(*settings, *settings)
        with pytest.raises(kind) as error:
            dataset(**settings)
        assert (
            str(error.value) == f"d, {part} part: {message} Where targets are numbers, leave class_names out."
        )


def test_labels_are_of_the_rows_that_are_taken() -> None:
    examples = pw.Examples(X, Y.astype(np.float32))
    assert examples.labels.dtype == np.int64
    np.testing.assert_array_equal(examples[::-1].labels, Y[::-1])
    np.testing.assert_array_equal(examples.with_weights(WEIGHTS).labels, Y)
    assert pw.Examples(X, Y).labels is Y


@pytest.mark.parametrize(
    "given",
    [
        WEIGHTS,
        WEIGHTS.tolist(),
        WEIGHTS[:, np.newaxis],
        WEIGHTS.astype(object),
        sp.csr_array(WEIGHTS[:, np.newaxis]),
        WEIGHTS[::-1].copy()[::-1],
    ],
)
def test_weights_are_carried_along(given: Any) -> None:
    examples = Own(X, NUMBERS, given)
    for made in (examples, Own(X, NUMBERS).with_weights(given), pickle.loads(pickle.dumps(examples))):
        assert type(made) is Own
        np.testing.assert_array_equal(made.weights, WEIGHTS)
        np.testing.assert_array_equal(made[3:5].weights, WEIGHTS[3:5])
        assert made.with_weights(None).weights is None
    assert examples.weights is not None
    assert examples.weights.dtype == np.float64


def test_weights_that_are_floats_are_not_copied_and_others_become_floats() -> None:
    for floats in (WEIGHTS, WEIGHTS.astype(np.float32)):
        assert pw.Examples(X, Y, floats).weights is floats
    others: list[Any] = [Y, Y > 0, Y.astype(np.uint8)]
    for other in others:
        weights = pw.Examples(X, Y, other).weights
        assert weights is not None
        assert weights.dtype == np.float64


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (1.0, "weights have shape (); expected (12,), one for each example."),
        (WEIGHTS[:11], "weights have shape (11,); expected (12,), one for each example."),
        (SEVERAL, "weights have shape (12, 2); expected (12,), one for each example."),
        *(
            (
                np.where(Y == 1, weight, 1),
                f"weights: example 1 has {weight:g}; expected 0 to 1e+15. A weight of 0 leaves an example "
                "out.",
            )
            for weight in (-1, -1e-300, np.nan, np.inf, 1e16)
        ),
        (np.zeros(12), "weights: the largest is 0; expected 1e-15 to 1e+15."),
        (np.full(12, 1e-16), "weights: the largest is 1e-16; expected 1e-15 to 1e+15."),
        (
            ["heavy"] * 12,
            "weights: text (<U5); expected real numbers. Text that holds numbers becomes numbers by "
            ".astype(float).",
        ),
    ],
)
def test_weights_out_of_their_range_are_refused(weights: Any, message: str) -> None:
    for call in (lambda: pw.Examples(X, Y, weights), lambda: pw.Examples(X, Y).with_weights(weights)):
        assert refused(call) == message


def dataset(**settings: Any) -> pw.Dataset:
    given = {"train": pw.Examples(X, Y), "test": pw.Examples(X[:5], Y[:5]), "class_names": NAMES, **settings}
    return pw.Dataset("d", **given)


def numbers(**settings: Any) -> pw.Dataset:
    train, test = pw.Examples(X, SEVERAL), pw.Examples(X[:5], SEVERAL[:5])
    return dataset(**{"train": train, "test": test, "class_names": (), **settings})


def test_a_data_set_without_class_names_is_of_numbers() -> None:
    assert (dataset().is_classification, dataset().outputs) == (True, 3)
    assert (numbers().is_classification, numbers().outputs) == (False, 2)
    one = pw.Dataset("d", pw.Examples(X, NUMBERS), pw.Examples(X, NUMBERS))
    assert (one.is_classification, one.outputs, one.class_names) == (False, 1, ())


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            lambda: numbers(test=pw.Examples(X, NUMBERS)),
            "d: training examples have 2 targets each and test examples 1; expected the same number.",
        ),
        (
            lambda: numbers(validation=pw.Examples(X, np.eye(3)[Y])),
            "d: training examples have 2 targets each and validation examples 3; expected the same number.",
        ),
        (
            lambda: numbers(train=pw.Examples(X, SEVERAL * 1e-20)),
            f"d: the largest training target is {np.abs(SEVERAL).max() * 1e-20:g} in size; expected 0, or "
            "1e-15 to 1e+15. Multiply all targets by a constant.",
        ),
        (
            lambda: numbers().one_per_class(),
            "d: it has no class_names, so its targets are numbers; expected classes. Give class_names where "
            "they are labels.",
        ),
        (
            lambda: dataset(validation=(X, Y)),
            "validation is a tuple; expected Examples, as in pw.Examples(inputs, targets).",
        ),
        (
            lambda: dataset(validation=pw.Examples(X[:0], Y[:0])),
            "d: there are no validation examples; expected at least 1.",
        ),
        (
            lambda: dataset(validation=pw.Examples(X[:, :2], Y)),
            "d: training examples have 3 features and validation examples 2; expected the same number.",
        ),
        (
            lambda: dataset(validation=pw.Examples(X, Y + 1)),
            "d: validation example 2 has the label 3; expected 0 to 2 (3 classes).",
        ),
    ],
)
def test_parts_of_a_data_set_that_do_not_go_together_are_refused(
    made: Callable[[], object], message: str
) -> None:
    assert refused(made) == message


def test_targets_that_are_all_0_are_taken() -> None:
    assert numbers(train=pw.Examples(X, SEVERAL * 0)).outputs == 2


def test_one_per_class_has_the_weights_of_its_examples() -> None:
    of_each = dataset(train=Own(X, Y, WEIGHTS)).one_per_class()
    assert type(of_each) is Own
    np.testing.assert_array_equal(of_each.weights, WEIGHTS[:3])


def test_the_fingerprint_of_labels_alone_stays_and_everything_else_changes_it(digits: pw.Dataset) -> None:
    assert digits.fingerprint == "211f80c49a436047b63bc797d9e8380ca5c18aa9228411a4be102250d8283879"
    labels: list[Any] = [Y, Y.tolist(), Y.astype(float), Y[:, np.newaxis], Y.astype(np.uint64)]
    assert len({dataset(train=pw.Examples(X, given)).fingerprint for given in labels}) == 1
    train, weighted = pw.Examples(X, Y), pw.Examples(X, Y, WEIGHTS)
    others = [
        dataset(),
        dataset(train=weighted),
        dataset(train=pw.Examples(X, Y, WEIGHTS[::-1])),
        dataset(test=weighted),
        dataset(test=train),
        dataset(validation=train),
        dataset(validation=weighted),
        dataset(class_names=()),
        numbers(),
        numbers(train=pw.Examples(X, -SEVERAL)),
    ]
    assert len({other.fingerprint for other in others}) == len(others)


CARRIED = {
    "weights": dataset(train=Own(X, Y, WEIGHTS)),
    "a validation set": dataset(validation=Own(X[2:7], Y[2:7], WEIGHTS[2:7])),
    "numbers": numbers(),
    "numbers and weights": numbers(train=Own(X, SEVERAL, WEIGHTS), validation=Own(X, SEVERAL)),
}


@pytest.mark.parametrize("name", CARRIED)
def test_targets_weights_and_validation_go_to_other_processes(name: str) -> None:
    given = CARRIED[name]
    there = pickle.loads(pickle.dumps(InMemory(given))).load()
    assert vars(there).keys() >= {"train", "test", "validation"}
    for part in ("train", "test", "validation"):
        here, gone = getattr(given, part), getattr(there, part)
        assert type(gone) is type(here)
        for array in ("inputs", "targets", "weights") if here is not None else ():
            np.testing.assert_array_equal(getattr(gone, array), getattr(here, array))
    vars(there).pop("fingerprint", None)  # so that it is made anew, of what has come
    assert there.fingerprint == given.fingerprint


class Changing:
    """A source that gives other weights when it is loaded elsewhere."""

    def load(self) -> pw.Dataset:
        return dataset(train=pw.Examples(X, Y, WEIGHTS if vars(self) else WEIGHTS + 1))


def test_a_source_that_gives_other_weights_elsewhere_is_found_out() -> None:
    source = Loaded(Changing())
    source.source.here = True  # type: ignore[attr-defined]
    there = pickle.loads(pickle.dumps(source))
    assert refused(there.load) == (
        f"d has changed since it was loaded, or is another data set: its fingerprint is "
        f"{dataset(train=pw.Examples(X, Y, WEIGHTS)).fingerprint[:12]}; expected {source.fingerprint[:12]}. "
        "Run it again."
    )


def test_labels_are_those_of_the_targets_as_they_are_now() -> None:
    examples = pw.Examples(np.eye(3), np.array([0.0, 1.0, 2.0]))
    assert examples.labels.tolist() == [0, 1, 2]
    examples.targets[:] = [2, 1, 0]
    assert examples.labels.tolist() == [2, 1, 0]
