"""What every loss keeps: its gradient is its own, weights count examples, a stack equals its members."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plainweave as pw
from loss_cases import LOSSES, Numbers, case

BATCH, OUTPUTS = 5, 6
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
WEIGHTS: dict[str, Any] = {
    "none": None,
    "weights": np.array([0.5, 2, 0, 1, 3]),
    "equal": np.full(BATCH, 0.25),
    "of each model": np.array([[0.5, 2, 0, 1, 3], [1, 0, 0, 0, 0]]),
}


def test_every_loss_is_among_them() -> None:
    known = {kind for kind in pw.Loss.registry.values() if kind.__module__.startswith("plainweave.")}
    assert {type(loss) for loss in LOSSES.values()} == known


def central_differences(loss: pw.Loss, z: Numbers, t: Numbers, weights: Any, step: float = 1e-5) -> Numbers:
    """dL/dz of every output, where L is the sum of the losses of all models."""
    numeric = np.empty(z.size)
    for element in range(z.size):
        values = []
        for sign in (1, -1):
            moved = z.copy()
            moved.flat[element] += sign * step
            values.append(loss.value(moved, t, weights).sum())
        numeric[element] = (values[0] - values[1]) / (2 * step)
    return numeric.reshape(z.shape)


@every_loss
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("stack", [(), (2,)])
def test_the_gradient_is_that_of_the_value(loss: pw.Loss, weights: str, stack: tuple[int, ...]) -> None:
    given_weights = WEIGHTS[weights]
    if np.ndim(given_weights) == 2 and not stack:
        given_weights = given_weights[0]
    z, t = case(loss, (*stack, BATCH, OUTPUTS), seed=1)
    value, gradient = loss.value_and_gradient(z, t, given_weights)
    assert value.shape == stack
    assert gradient.shape == z.shape
    np.testing.assert_array_equal(value, loss.value(z, t, given_weights))
    numeric = central_differences(loss, z, t, given_weights)
    error = np.linalg.norm(gradient - numeric) / (np.linalg.norm(gradient) + np.linalg.norm(numeric))
    assert error <= 1e-7


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_loss
def test_loss_and_gradient_are_of_the_outputs_precision(loss: pw.Loss, dtype: str) -> None:
    z, t = case(loss, (BATCH, OUTPUTS), seed=2, dtype=dtype)
    for weights in (None, [1, 2, 3, 4, 5], np.ones(BATCH)):
        value, gradient = loss.value_and_gradient(z, t, weights)
        assert value.dtype == gradient.dtype == loss.value(z, t, weights).dtype == dtype


@every_loss
def test_a_weight_of_2_equals_the_example_twice(loss: pw.Loss) -> None:
    z, t = case(loss, (2, BATCH, OUTPUTS), seed=3)
    counts = np.array([2, 1, 0, 3, 1])
    rows = np.repeat(np.arange(BATCH), counts)
    value, gradient = loss.value_and_gradient(z, t, counts)
    again, repeated = loss.value_and_gradient(z[:, rows], t[rows])
    np.testing.assert_allclose(value, again, rtol=1e-13)
    summed = np.stack([repeated[:, rows == row].sum(axis=1) for row in range(BATCH)], axis=1)
    np.testing.assert_allclose(gradient, summed, rtol=1e-13, atol=1e-16)
    weighted = {**loss.tally(z, t, counts * 1.0), **loss.totals(t, counts * 1.0), "weight": np.array(8.0)}
    copied = {**loss.tally(z[:, rows], t[rows]), **loss.totals(t[rows]), "weight": np.array(8.0)}
    assert weighted.keys() == copied.keys()
    for name, sums in weighted.items():
        assert sums.dtype == np.float64
        np.testing.assert_allclose(sums, copied[name], rtol=1e-13)
    for name, scores in loss.scores(weighted).items():
        np.testing.assert_allclose(scores, loss.scores(copied)[name], rtol=1e-13)


@every_loss
def test_weights_of_1_change_nothing_but_rounding(loss: pw.Loss) -> None:
    z, t = case(loss, (BATCH, OUTPUTS), seed=4)
    for found, expected in zip(
        loss.value_and_gradient(z, t, np.ones(BATCH)), loss.value_and_gradient(z, t), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-14)


@every_loss
def test_a_batch_without_weight_has_no_loss_and_no_gradient(loss: pw.Loss) -> None:
    z, t = case(loss, (2, BATCH, OUTPUTS), seed=5)
    weights = np.array([[0, 0, 0, 0, 0], [1, 2, 3, 4, 5]])
    value, gradient = loss.value_and_gradient(z, t, weights)
    assert value[0] == 0 < value[1]
    assert not gradient[0].any()
    np.testing.assert_array_equal(gradient[1], loss.value_and_gradient(z[1], t, weights[1])[1])


@every_loss
def test_an_example_without_weight_counts_nothing_whatever_it_costs(loss: pw.Loss) -> None:
    z, t = case(loss, (BATCH, OUTPUTS), seed=6)
    z[1] = np.nan
    weights = np.array([1, 0, 1, 1, 1.0])
    kept = [0, 2, 3, 4]
    with np.errstate(invalid="ignore"):
        value, gradient = loss.value_and_gradient(z, t, weights)
        sums = loss.tally(z, t, weights)
    np.testing.assert_allclose(value, loss.value(z[kept], t[kept]), rtol=1e-14)
    np.testing.assert_array_equal(gradient[1], np.zeros(OUTPUTS))
    np.testing.assert_allclose(gradient[kept], loss.value_and_gradient(z[kept], t[kept])[1], rtol=1e-14)
    for name, expected in loss.tally(z[kept], t[kept]).items():
        np.testing.assert_allclose(sums[name], expected, rtol=1e-14)


@every_loss
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weighted", [False, True])
@given(batch=st.integers(1, 70), outputs=st.integers(1, 9), seed=st.integers(0, 99))
def test_a_stack_gives_bitwise_what_its_members_give(
    loss: pw.Loss, dtype: str, weighted: bool, batch: int, outputs: int, seed: int
) -> None:
    width = outputs * (len(loss.levels) if isinstance(loss, pw.Quantile) else 1)
    z, t = case(loss, (3, batch, width), seed, dtype)
    weights = np.random.default_rng(seed).integers(0, 3, batch) / 3 if weighted else None
    values, gradients = loss.value_and_gradient(z, t, weights)
    own = None if weights is None else np.broadcast_to(weights, (3, batch))
    again, own_gradients = loss.value_and_gradient(z, np.broadcast_to(t, (3, *t.shape)), own)
    np.testing.assert_array_equal(values, again)
    np.testing.assert_array_equal(gradients, own_gradients)
    sums = loss.tally(z, t, weights)
    for model in range(3):
        value, gradient = loss.value_and_gradient(z[model], t, weights)
        assert values[model] == value
        np.testing.assert_array_equal(gradients[model], gradient)
        for name, alone in loss.tally(z[model], t, weights).items():
            np.testing.assert_array_equal(sums[name][model], alone)


@every_loss
def test_what_is_given_is_not_changed(loss: pw.Loss) -> None:
    z, t = case(loss, (BATCH, OUTPUTS), seed=7)
    weights = np.array([1, 2, 0, 1, 1.0])
    before = [array.copy() for array in (z, t, weights)]
    loss.value_and_gradient(z, t, weights)
    loss.value(z, t, weights)
    loss.tally(z, t, weights)
    loss.totals(t, weights)
    loss.predict(z)
    for array, copy in zip((z, t, weights), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@every_loss
def test_lists_and_whole_numbers_are_numbers(loss: pw.Loss) -> None:
    z, t = [[1, -2, 3, 0, 2, -1]] * 2, case(loss, (2, OUTPUTS), seed=8)[1]
    expected = loss.value_and_gradient(np.asarray(z, np.float64), t, np.array([1.0, 2.0]))
    for outputs in (z, np.array(z, np.int8), np.array(z, np.float16)):
        value, gradient = loss.value_and_gradient(outputs, t.tolist(), (1, 2))
        np.testing.assert_array_equal(value, expected[0])
        np.testing.assert_array_equal(gradient, expected[1])


@every_loss
def test_a_planted_wrong_gradient_is_caught(loss: pw.Loss) -> None:
    z, t = case(loss, (BATCH, OUTPUTS), seed=9)
    gradient = loss.value_and_gradient(z, t)[1] * 1.01
    numeric = central_differences(loss, z, t, None)
    error = np.linalg.norm(gradient - numeric) / (np.linalg.norm(gradient) + np.linalg.norm(numeric))
    assert error > 1e-3


@every_loss
def test_between_kinks_the_gradient_has_none(loss: pw.Loss) -> None:
    z, t = case(loss, (BATCH, OUTPUTS), seed=10)
    above, moved = loss.above_kink(z, t), loss.above_kink(z + 2, t)
    assert (above is not None) == isinstance(loss, pw.AbsoluteError | pw.Huber | pw.Quantile)
    if above is None or moved is None:
        return
    crossed = (above != moved).reshape(BATCH, -1, OUTPUTS).any(axis=1)
    assert 0 < crossed.sum() < crossed.size
    first, middle, last = (loss.value_and_gradient(z + step, t)[1] for step in (0, 1, 2))
    straight = np.isclose(first + last, 2 * middle)
    assert straight[~crossed].all()
    assert not straight[crossed].all()


@every_loss
def test_sums_are_of_float64_even_with_weights_in_float32(loss: pw.Loss) -> None:
    z, t = case(loss, (BATCH, OUTPUTS), seed=11, dtype="float32")
    for weights in (None, np.ones(BATCH, np.float32)):
        for sums in (loss.tally(z, t, weights), loss.totals(t, weights)):
            assert {value.dtype for value in sums.values()} <= {np.dtype(np.float64)}
