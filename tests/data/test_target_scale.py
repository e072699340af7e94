"""Targets that are numbers: standardized for training, and given back in their units."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plainweave as pw
from plainweave.data import TargetScale
from refusals import refused


def test_targets_have_mean_0_and_variance_1() -> None:
    targets = np.random.default_rng(0).normal([2000, -3], [5, 1e-6], (500, 2))
    scale = TargetScale.fit(targets)
    np.testing.assert_allclose(scale(targets).mean(axis=0), 0, atol=1e-8)
    np.testing.assert_allclose(scale(targets).std(axis=0), 1)
    np.testing.assert_allclose(scale.to_units(scale(targets)), targets, rtol=1e-15)


def test_an_example_of_weight_2_counts_as_two() -> None:
    targets, weights = np.array([1.0, 4.0, 8.0]), np.array([2.0, 1.0, 0.0])
    weighted = TargetScale.fit(targets, weights)
    twice = TargetScale.fit(np.array([1.0, 1.0, 4.0]))
    np.testing.assert_allclose((weighted.center, weighted.spread), (twice.center, twice.spread))


def test_examples_of_no_weight_or_none_at_all_are_refused_in_words() -> None:
    table = pw.Table.of({"a": [1.0, 2.0, 3.0]})
    weighted = pw.Examples(table, [1.0, 2.0, 3.0], [0, 0, 1])
    assert refused(lambda: pw.Split.of(weighted[:2])) == (
        "the weights of the training part are all below 1e-15; expected one above."
    )
    assert refused(lambda: pw.Split.of(weighted[:0])) == (
        "the table has 0 rows; expected at least 1 to fit a preparation to."
    )
    array = pw.Examples(np.eye(3), [1.0, 2.0, 3.0])
    assert refused(lambda: pw.Split.of(array[:0], scale_targets=True)) == (
        "inputs have shape (0, 3); expected at least 1 example of 1 feature."
    )


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 / 3, -1e15])
def test_targets_that_never_vary_are_only_centred(value: float) -> None:
    targets = np.full(10_000, value)
    scale = TargetScale.fit(targets)
    assert scale.spread == (1.0,)
    np.testing.assert_allclose(scale.to_units(scale(targets)), targets)


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=30))
def test_any_whole_numbers_come_back(numbers: list[int]) -> None:
    targets = np.array(numbers)
    scale = TargetScale.fit(targets)
    assert np.isfinite(scale(targets)).all()
    np.testing.assert_allclose(scale.to_units(scale(targets)), targets, rtol=1e-12, atol=1e-12 * 1e15)


def test_predictions_of_quantiles_are_of_their_targets() -> None:
    scale = TargetScale((10.0, 20.0), (2.0, 3.0))
    quantiles = np.ones((5, 2, 3))
    np.testing.assert_array_equal(scale.to_units(quantiles)[0], [[12, 12, 12], [23, 23, 23]])
    np.testing.assert_array_equal(scale.to_units(np.ones((5, 2)))[0], [12, 23])
    single = TargetScale((10.0,), (2.0,))
    np.testing.assert_array_equal(single.to_units(np.ones((5, 3)))[0], [12, 12, 12])
    np.testing.assert_array_equal(single.to_units(np.ones(5)), [12] * 5)


@pytest.mark.parametrize(
    ("center", "spread", "message"),
    [
        ((), (), "center is (); expected a number from -1e+15 to 1e+15 for each target."),
        ("a", (1.0,), "center is 'a'; expected a number from -1e+15 to 1e+15 for each target."),
        ((np.nan,), (1.0,), "center is (nan,); expected a number from -1e+15 to 1e+15 for each target."),
        ((0.0,), (0.0,), "spread is (0.0,); expected a number from 1e-15 to 1e+15 for each target."),
        ((0.0,), (-1.0,), "spread is (-1.0,); expected a number from 1e-15 to 1e+15 for each target."),
        (
            (0.0,),
            (1.0, 2.0),
            "center has 1 numbers and spread 2; expected one of both for each target.",
        ),
    ],
)
def test_scales_that_can_not_be_are_refused(center: object, spread: object, message: str) -> None:
    assert refused(lambda: TargetScale(center, spread)) == message  # type: ignore[arg-type]


def test_splits_of_arrays_scale_targets_where_it_is_asked_for() -> None:
    examples = pw.Examples(np.eye(4), np.arange(4) * 10.0)
    assert pw.split(examples).target_scale is None
    parts = pw.split(examples, scale_targets=True, validation_fraction=0)
    assert parts.target_scale == TargetScale.fit(np.arange(4) * 10.0)
    np.testing.assert_array_equal(parts.training.targets, examples.targets)
    assert refused(lambda: pw.split(examples, scale_targets=1)) == (  # type: ignore[arg-type]
        "scale_targets is 1; expected true or false."
    )
