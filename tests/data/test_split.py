"""Parts made by class, as given or not at all, and weights of classes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

import plainweave as pw
from plainweave.arrays import IntArray
from plainweave.data import class_weights
from refusals import refused

X = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
Y = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
NUMBERS = X[:, 0] * 2.5


def examples_of(labels: IntArray) -> pw.Examples:
    """Each example's input is its row."""
    return pw.Examples(np.arange(len(labels), dtype=np.float64)[:, np.newaxis], labels)


sizes_of_classes = st.lists(st.integers(1, 30), min_size=1, max_size=12)


@given(sizes_of_classes, st.floats(0.01, 0.99), st.integers(0, 2**32))
def test_a_stratified_split_gives_each_class_its_share(sizes: list[int], fraction: float, seed: int) -> None:
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    examples, count = examples_of(labels), round(fraction * len(labels))
    if not 0 < count < len(labels):
        return
    parts = pw.split(examples, validation_fraction=fraction, seed=seed, stratify=True)
    again = pw.split(examples, validation_fraction=fraction, seed=seed, stratify=True)
    np.testing.assert_array_equal(parts.validation_rows, again.validation_rows)
    assert parts.validation is not None
    rows = np.concatenate([parts.training.inputs[:, 0], parts.validation.inputs[:, 0]])
    assert sorted(rows) == list(range(len(labels)))
    of_class = Counter(parts.validation.labels.tolist())
    given, exact = (
        np.array([of_class[label] for label in range(len(sizes))]),
        count * np.array(sizes) / len(labels),
    )
    assert given.sum() == count
    assert (abs(given - exact) < 1).all()
    up, down = given > exact, given < exact
    begins, goes = (exact < 1) & (np.array(sizes) > 1), given == np.array(sizes)
    assert not (begins & down).any() or begins[up].all()  # before others are rounded up
    assert not goes.any() or not (down & (np.ceil(exact) < sizes)).any()  # only where no other could be
    usual = ~begins & (np.ceil(exact) < sizes)
    assert (exact % 1)[up & usual].min(initial=1) >= (exact % 1)[down & usual].max(initial=0) - 1e-9


def test_a_class_of_two_has_an_example_in_both_parts_and_of_equals_the_lot_decides() -> None:
    labels = np.concatenate([np.zeros(50, int), [1, 1, 2]])
    for seed in range(20):
        validation = pw.split(examples_of(labels), seed=seed, stratify=True).validation
        assert validation is not None
        assert np.bincount(validation.labels, minlength=3).tolist() == [10, 1, 0]
    halves = [
        pw.split(examples_of(np.arange(6) // 3), validation_fraction=0.5, seed=seed, stratify=True).validation
        for seed in range(50)
    ]
    more_of_0 = [half is not None and half.labels.tolist() == [0, 0, 1] for half in halves]
    assert 10 < sum(more_of_0) < 40


def test_a_split_by_class_is_random_within_the_classes(digits: pw.Dataset) -> None:
    first, other = (digits.split(seed=seed, stratify=True) for seed in (1, 2))
    assert len(first.validation_rows) == len(other.validation_rows) == 287
    assert not np.array_equal(first.validation_rows, other.validation_rows)
    assert first.validation is not None
    share = np.bincount(first.validation.labels) / np.bincount(digits.train.labels)
    np.testing.assert_allclose(share, 0.2, atol=0.01)
    np.testing.assert_array_equal(first.validation.inputs, digits.train.inputs[first.validation_rows])


def test_without_a_validation_part_all_examples_are_trained_on(digits: pw.Dataset) -> None:
    for parts in (
        pw.split(digits.train, validation_fraction=0, standardize="per-pixel"),
        digits.split(validation_fraction=0, stratify=True, standardize="per-pixel"),
        pw.Split.of(digits.train, standardize="per-pixel"),
        pw.Split(digits.train, None, pw.Standardizer.fit("per-pixel", digits.train)),
    ):
        assert parts.training is digits.train
        assert parts.validation is None
        assert parts.validation_rows.tolist() == []
        np.testing.assert_array_equal(
            parts.standardizer.scale, pw.Standardizer.fit("per-pixel", digits.train).scale
        )


def test_a_validation_set_of_ones_own_is_standardized_by_the_training_part() -> None:
    training, validation = pw.Examples(X[:8], NUMBERS[:8]), pw.Examples(X[8:] + 1, NUMBERS[8:])
    parts = pw.Split.of(training, validation, standardize="per-pixel")
    assert (parts.training, parts.validation) == (training, validation)
    np.testing.assert_array_equal(parts.standardizer.shift, pw.Standardizer.fit("per-pixel", X[:8]).shift)


def test_a_named_data_set_may_be_given_a_validation_set(digits: pw.Dataset) -> None:
    given = replace(digits, train=digits.train[200:], validation=digits.train[:200])
    parts = given.split(seed=3, stratify=True)
    assert parts.validation is given.validation
    assert parts.training is given.train
    assert not parts.validation_rows.size


def test_weights_of_examples_do_not_change_the_standardization() -> None:
    weights = np.arange(12.0)
    plain, weighted = (pw.split(pw.Examples(X, NUMBERS, given)) for given in (None, weights))
    np.testing.assert_array_equal(plain.standardizer.scale, weighted.standardizer.scale)
    np.testing.assert_array_equal(plain.standardizer.shift, weighted.standardizer.shift)
    rows = plain.validation_rows
    assert weighted.validation is not None
    np.testing.assert_array_equal(weighted.validation.weights, weights[rows])
    np.testing.assert_array_equal(weighted.training.weights, np.delete(weights, rows))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_balanced_classes_weigh_as_scikit_learn_has_them(given: list[int]) -> None:
    labels = np.array(given)
    weights = class_weights("balanced", labels, 6)
    present = np.unique(labels)
    np.testing.assert_array_equal(
        weights[present], compute_class_weight("balanced", classes=present, y=labels)
    )
    np.testing.assert_array_equal(np.delete(weights, present), 1)
    np.testing.assert_allclose(np.bincount(labels, weights[labels])[present], len(labels) / len(present))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({0: 2, 2: 0.5}, [2, 1, 0.5]),
        ({"cat": 2, "cow": 0}, [2, 1, 0]),
        ({np.int64(1): np.float32(3)}, [1, 3, 1]),
        ({"1": 3, "0": 2}, [2, 3, 1]),  # as keys are in TOML
        ({}, [1, 1, 1]),
        (MappingProxyType({"dog": 4}), [1, 4, 1]),
    ],
)
def test_classes_that_are_not_named_weigh_1(given: Any, expected: list[float]) -> None:
    assert class_weights(given, Y, 3, ("cat", "dog", "cow")).tolist() == expected


def test_a_name_that_is_a_number_is_the_name() -> None:
    assert class_weights({"1": 5}, Y, 3, ("1", "2", "3")).tolist() == [5, 1, 1]
    assert class_weights({1: 5}, Y, 3, ("1", "2", "3")).tolist() == [1, 5, 1]


def test_weights_of_classes_are_the_training_parts_and_multiply_those_of_both_parts() -> None:
    class Own(pw.Examples):
        pass

    mine = np.arange(1.0, 13)
    training, validation = Own(X[:8], Y[:8], mine[:8]), Own(X[8:], Y[8:])
    parts = pw.Split.of(training, validation, class_weight="balanced")
    assert type(parts.training) is type(parts.validation) is Own
    balanced = np.array([8 / (2 * 6), 8 / (2 * 2), 1])  # no example of class 2 is trained on
    np.testing.assert_array_equal(parts.training.weights, mine[:8] * balanced[Y[:8]])
    np.testing.assert_array_equal(parts.validation.weights, balanced[Y[8:]])
    assert validation.weights is None  # what was given is left alone
    again = pw.Split.of(training, validation, class_weight={"b": 3}, class_names=("a", "b", "c"))
    np.testing.assert_array_equal(again.validation.weights, [3, 3, 1, 1])  # type: ignore[union-attr]


def test_a_data_set_knows_its_classes_by_name_and_its_test_examples_have_no_class_weights() -> None:
    examples = pw.Examples(X, Y)
    dataset = pw.Dataset("d", examples, examples, ("a", "b", "c", "d"))
    parts = dataset.split(seed=1, class_weight={"b": 3, "d": 7}, stratify=True)
    for part in (parts.training, parts.validation):
        assert part is not None
        np.testing.assert_array_equal(part.weights, np.where(part.labels == 1, 3.0, 1))
    assert dataset.test.weights is None
    np.testing.assert_array_equal(
        parts.validation_rows, pw.split(dataset.train, seed=1, stratify=True).validation_rows
    )


LABELLED = pw.Examples(X, Y)
REGRESSION = pw.Examples(X, NUMBERS)
SEVERAL = pw.Examples(X, X[:, :2])
UNIQUE = "np.unique(labels, return_inverse=True)[1] numbers classes of any kind."


def weighted(given: Any, **settings: Any) -> Callable[[], object]:
    return lambda: pw.split(LABELLED, class_weight=given, **settings)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            lambda: pw.split(REGRESSION, stratify=True),
            f"stratify is True and the targets are no classes (labels: example 0 has {NUMBERS[0]}); expected "
            "labels for it. Leave stratify out where targets are numbers.",
        ),
        (
            lambda: pw.split(SEVERAL, class_weight="balanced"),
            "class_weight is 'balanced' and the targets are no classes (labels have shape (10, 2)); expected "
            "labels for it. Leave class_weight out where targets are numbers.",
        ),
        (
            lambda: pw.Dataset("d", REGRESSION, REGRESSION).split(stratify=True),
            "stratify is set and d has no classes; expected class_names for it. Leave stratify out where "
            "targets are numbers.",
        ),
        (
            lambda: pw.Dataset("d", LABELLED, LABELLED).split(class_weight={0: 1}),
            "class_weight is set and d has no classes; expected class_names for it. Leave class_weight out "
            "where targets are numbers.",
        ),
        (lambda: pw.split(LABELLED, stratify="yes"), "stratify is 'yes'; expected true or false."),  # type: ignore[arg-type]
        (
            weighted("balansed"),
            "class_weight is 'balansed'; expected 'balanced', or a weight for each class, as in "
            "{0: 1, 1: 2.5}. Did you mean 'balanced'?",
        ),
        (
            weighted([1, 2, 3]),
            "class_weight is [1, 2, 3]; expected 'balanced', or a weight for each class, as in "
            "{0: 1, 1: 2.5}.",
        ),
        (weighted({3: 1}), "class_weight has 3; expected 0 to 2."),
        (weighted({-1: 1}), "class_weight has -1; expected 0 to 2."),
        (weighted({True: 1}), "class_weight has True; expected 0 to 2."),
        (weighted({1.5: 1}), "class_weight has 1.5; expected 0 to 2."),
        (weighted({"cat": 1}), "class_weight has 'cat'; expected 0 to 2."),
        (weighted({"9" * 40: 1}), f"class_weight has '{'9' * 40}'; expected 0 to 2."),
        (
            weighted({"dgo": 1}, class_names=("cat", "dog", "cow")),
            "class_weight has 'dgo'; expected 0 to 2 or the name of a class. Did you mean 'dog'?",
        ),
        (
            weighted({"dog": 1, 1: 2}, class_names=("cat", "dog", "cow")),
            "class_weight has class 1 twice, as 'dog' and 1; expected it once.",
        ),
        (
            weighted({0: -1}),
            "class_weight of 0 is -1; expected a number of at least 0 and at most 1e+15.",
        ),
        (
            weighted({"1": np.nan}),
            "class_weight of '1' is nan; expected a number of at least 0 and at most 1e+15.",
        ),
        (
            weighted({0: 0, 1: 0, 2: 0}),
            "class_weight, in the training part: weights: the largest is 0; expected 1e-15 to 1e+15.",
        ),
        (
            lambda: pw.Split.of(LABELLED[:10], LABELLED[10:], class_weight={2: 0}),
            "class_weight, in the validation part: weights: the largest is 0; expected 1e-15 to 1e+15.",
        ),
        (
            lambda: pw.Split.of(LABELLED, pw.Examples(X, Y, Y == 2)[:10]),
            "the weights of the validation part are all below 1e-15; expected one above.",
        ),
        (
            lambda: pw.Split.of(LABELLED, pw.Examples(X, Y, np.where(Y == 2, 1, 1e-50))[:10]),
            "the weights of the validation part are all below 1e-15; expected one above.",
        ),
        (
            lambda: pw.Split.of(REGRESSION, SEVERAL),
            "the validation part has 2 targets; expected 1, as the training part has.",
        ),
        (
            lambda: pw.Split.of(LABELLED, (X, Y)),  # type: ignore[arg-type]
            "validation is a tuple; expected Examples, as in pw.Examples(inputs, targets).",
        ),
        (
            lambda: pw.Split.of(LABELLED, standardize="robust"),
            "standardize is 'robust', for tables, and the inputs are an array; expected one of all-pixels, "
            "per-pixel, per-image, none. Give pw.Examples a data frame for the others.",
        ),
        (
            lambda: pw.Split(LABELLED, None, pw.Standardizer.fit("per-pixel", X), np.arange(3)),
            "validation_rows have shape (3,); expected (0,), a row for each example of the validation part, "
            "or none.",
        ),
        (
            lambda: pw.Split.of(pw.Examples(X, NUMBERS * 1e-20)),
            f"the largest training target is {abs(NUMBERS).max() * 1e-20:g} in size; expected 0, or 1e-15 to "
            "1e+15. Multiply all targets by a constant.",
        ),
    ],
)
def test_parts_and_weights_that_can_not_be_are_refused(made: Callable[[], object], message: str) -> None:
    assert refused(made) == message
