"""Softmax and its cross-entropy: far and odd logits, and what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import plainweave as pw
from plainweave.arrays import FloatArray

logits_of_any_size = arrays.arrays(
    np.float64, arrays.array_shapes(min_dims=2, max_dims=3), elements=st.floats(-1e4, 1e4)
)


def one_hot(labels: list[int], classes: int) -> np.ndarray:
    return np.eye(classes)[labels]


@given(logits=logits_of_any_size, shift=st.floats(-1e3, 1e3))
def test_softmax_gives_probabilities_and_is_shift_invariant(logits: np.ndarray, shift: float) -> None:
    probabilities = pw.softmax(logits)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1)
    np.testing.assert_allclose(pw.softmax(logits + shift), probabilities, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loss_stays_finite_for_logits_of_ten_thousand(dtype: type) -> None:
    logits: FloatArray = np.array([[1e4, -1e4, 0], [-1e4, 1e4, 1e4]]).astype(dtype)
    value, gradient = pw.SoftmaxCrossEntropy().value_and_gradient(logits, one_hot([1, 0], 3).astype(dtype))
    np.testing.assert_allclose(value, (2e4 + 2e4 + np.log(2)) / 2, rtol=1e-6)
    np.testing.assert_allclose(gradient, [[0.5, -0.5, 0], [-0.5, 0.25, 0.25]], atol=1e-7)
    assert gradient.dtype == dtype


def test_the_loss_of_equal_logits_is_the_logarithm_of_the_classes() -> None:
    value = pw.SoftmaxCrossEntropy().value(np.zeros((4, 10)), one_hot([0, 3, 3, 9], 10))
    np.testing.assert_allclose(value, np.log(10))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loss_of_a_network_that_is_sure_is_not_0(dtype: type) -> None:
    logits: FloatArray = np.array([[20, -20], [-20, 20]]).astype(dtype)
    value = pw.SoftmaxCrossEntropy().value(logits, one_hot([0, 1], 2).astype(dtype))
    np.testing.assert_allclose(value, np.exp(-40), rtol=1e-6)


def test_logits_that_are_whole_numbers_in_any_form_are_numbers() -> None:
    expected = np.exp([1.0, 2, 3]) / np.exp([1.0, 2, 3]).sum()
    given: list[Any] = [[1, 2, 3], (1, 2.0, 3), np.array([1, 2, 3]), np.array([1, 2, 3], np.uint8)]
    given += [np.array([1, 2, 3], kind) for kind in (np.int8, np.float16, np.longdouble)]
    loss = pw.SoftmaxCrossEntropy()
    for logits in given:
        np.testing.assert_allclose(pw.softmax(logits), expected, rtol=1e-14)
        value, gradient = loss.value_and_gradient([logits], [[0, 0, 1]])
        np.testing.assert_allclose(value, -np.log(expected[2]), rtol=1e-14)
        np.testing.assert_allclose(gradient[0], expected - np.array([0, 0, 1]), rtol=1e-14)
        np.testing.assert_array_equal(loss.value([logits], np.array([[0, 0, 1]], np.uint8)), value)
    np.testing.assert_array_equal(pw.softmax([[True, True]]), [[0.5, 0.5]])


def test_a_logit_of_minus_infinity_has_the_probability_0() -> None:
    logits = np.array([[0, -np.inf, 0], [-np.inf, 5, -np.inf]])
    np.testing.assert_array_equal(pw.softmax(logits), [[0.5, 0, 0.5], [0, 1, 0]])
    loss = pw.SoftmaxCrossEntropy()
    value, gradient = loss.value_and_gradient(logits, one_hot([0, 1], 3))
    np.testing.assert_allclose(value, np.log(2) / 2)
    np.testing.assert_allclose(gradient, [[-0.25, 0.0, 0.25], [0.0, 0.0, 0.0]])
    assert loss.value(logits, one_hot([1, 1], 3)) == np.inf


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_logit_that_is_no_number_or_infinite_makes_the_loss_none_too(bad: float) -> None:
    logits = np.array([[0, bad, 0], [1, 2, 3]])
    with np.errstate(invalid="ignore"):
        probabilities = pw.softmax(logits)
        value, gradient = pw.SoftmaxCrossEntropy().value_and_gradient(logits, one_hot([0, 2], 3))
    assert not np.isfinite(value)
    for rows in (probabilities, gradient):
        np.testing.assert_array_equal(np.isnan(rows), [[True] * 3, [False] * 3])


def test_logits_are_not_changed() -> None:
    logits, targets = np.array([[0.0, 1, 2]]), one_hot([2], 3)
    pw.softmax(logits)
    pw.SoftmaxCrossEntropy().value_and_gradient(logits, targets)
    pw.SoftmaxCrossEntropy().value(logits, targets)
    np.testing.assert_array_equal(logits, [[0, 1, 2]])
    np.testing.assert_array_equal(targets, [[0, 0, 1]])


@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        (
            np.zeros((2, 3)),
            np.zeros((2, 4)),
            "targets have shape (2, 4); expected (2, 3), for outputs of shape (2, 3).",
        ),
        (
            np.zeros((2, 3)),
            np.zeros((1, 3)),
            "targets have shape (1, 3); expected (2, 3), for outputs of shape (2, 3).",
        ),
        (
            np.zeros((2, 3)),
            [0, 2],
            "targets have shape (2,); expected (2, 3), for outputs of shape (2, 3). encode(targets, 3, "
            "dtype) makes such targets.",
        ),
        (
            np.zeros((2, 3)),
            np.zeros((5, 2, 3)),
            "targets have shape (5, 2, 3); expected (2, 3), for outputs of shape (2, 3).",
        ),
        (
            np.zeros(3),
            np.zeros(3),
            "outputs have shape (3,); expected (batch, outputs), with at least 1 example and 1 output.",
        ),
        (
            np.zeros((0, 3)),
            np.zeros((0, 3)),
            "outputs have shape (0, 3); expected (batch, outputs), with at least 1 example and 1 output.",
        ),
        (np.zeros((1, 2), complex), np.zeros((1, 2)), "outputs are of complex128; expected real numbers."),
        (np.zeros((1, 2)), [["a", "b"]], "targets are of <U1; expected real numbers."),
        (np.array([[None, 1]]), np.zeros((1, 2)), "outputs are of object; expected real numbers."),
    ],
)
def test_logits_and_targets_that_do_not_go_together_are_refused(
    logits: Any, targets: Any, message: str
) -> None:
    for function in (pw.SoftmaxCrossEntropy().value, pw.SoftmaxCrossEntropy().value_and_gradient):
        with pytest.raises(pw.PlainweaveError) as error:
            function(logits, targets)
        assert str(error.value) == message


@pytest.mark.parametrize("logits", [3.0, np.zeros((2, 0))])
def test_the_softmax_of_no_classes_is_refused(logits: Any) -> None:
    with pytest.raises(pw.ShapeError) as error:
        pw.softmax(logits)
    assert str(error.value) == (
        f"logits have shape {np.shape(logits)}; expected (..., classes), with at least 1 class."
    )
