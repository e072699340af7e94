"""Examples worked by hand, far outputs, kinks and predictions of every loss."""

import math
from typing import Any

import numpy as np
import pytest

import plainweave as pw

LN2, LN3 = math.log(2), math.log(3)

BY_HAND: dict[str, tuple[pw.Loss, Any, Any, float, Any]] = {
    # p = 1/4, 3/4 and 1/2, 1/2
    "softmax": (
        pw.SoftmaxCrossEntropy(),
        [[0, LN3], [1, 1]],
        [[0, 1], [1, 0]],
        (math.log(4 / 3) + LN2) / 2,
        [[0.125, -0.125], [-0.25, 0.25]],
    ),
    "softmax of probabilities": (
        pw.SoftmaxCrossEntropy(),
        [[0, LN3]],
        [[0.5, 0.5]],
        (math.log(4) + math.log(4 / 3)) / 2,
        [[-0.25, 0.25]],
    ),
    # targets 0.1 and 0.9
    "softmax, smoothed": (
        pw.SoftmaxCrossEntropy(label_smoothing=0.2),
        [[0, LN3]],
        [[0, 1]],
        0.1 * math.log(4) + 0.9 * math.log(4 / 3),
        [[0.15, -0.15]],
    ),
    # p = 3/4, 1/2
    "sigmoid": (
        pw.SigmoidCrossEntropy(),
        [[LN3, 0]],
        [[1, 0]],
        (math.log(4 / 3) + LN2) / 2,
        [[-0.125, 0.25]],
    ),
    "sigmoid of a probability": (
        pw.SigmoidCrossEntropy(),
        [[-LN3]],
        [[0.5]],
        (math.log(4) + math.log(4 / 3)) / 2,
        [[-0.25]],
    ),
    "squared error": (pw.SquaredError(), [[1, 2], [0, 0]], [[3, 1], [0, 1]], 6 / 4, [[-1, 0.5], [0, -0.5]]),
    "absolute error": (
        pw.AbsoluteError(),
        [[1, 2], [0, 0]],
        [[3, 1], [0, 1]],
        4 / 4,
        [[-0.25, 0.25], [0, -0.25]],
    ),
    # residuals -0.5, -2 and 1.5, 1
    "huber": (
        pw.Huber(1.5),
        [[0, 0], [1.5, 1]],
        [[0.5, 2], [0, 0]],
        (0.125 + 1.5 * 1.25 + 1.125 + 0.5) / 4,
        [[-0.125, -0.375], [0.375, 0.25]],
    ),
    # target 1, levels 0.1 and 0.5; residuals t - z: 1, -2; then target 0: 0, 1
    "quantile": (
        pw.Quantile((0.1, 0.5)),
        [[0, 3], [0, -1]],
        [[1], [0]],
        (0.1 + 1 + 0 + 0.5) / 4,
        [[-0.025, 0.125], [0, -0.125]],
    ),
    # outputs 0, 1 of target 0 and 2, 3 of target 1
    "quantiles of two targets": (
        pw.Quantile((0.25, 0.75)),
        [[0, 0, 0, 0]],
        [[4, -8]],
        (1 + 3 + 6 + 2) / 4,
        [[-0.0625, -0.1875, 0.1875, 0.0625]],
    ),
    "poisson": (pw.Poisson(), [[LN2, 0]], [[3, 0]], (2 - 3 * LN2 + 1) / 2, [[-0.5, 0.5]]),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_by_hand(name: str) -> None:
    loss, outputs, targets, value, gradient = BY_HAND[name]
    found, by_outputs = loss.value_and_gradient(outputs, targets)
    np.testing.assert_allclose(found, value, rtol=1e-14)
    np.testing.assert_allclose(by_outputs, gradient, rtol=1e-14, atol=1e-16)
    np.testing.assert_array_equal(loss.value(outputs, targets), found)


def test_weights_by_hand() -> None:
    # losses 4 and 1, weights 3 and 1: (3 * 4 + 1 * 1) / 4; gradients 3/4 * 2 * 2 and 1/4 * 2 * 1
    value, gradient = pw.SquaredError().value_and_gradient([[2], [1]], [[0], [0]], [3, 1])
    np.testing.assert_array_equal(value, 13 / 4)
    np.testing.assert_array_equal(gradient, [[3], [0.5]])


@pytest.mark.parametrize(
    ("loss", "outputs", "derivatives"),
    [
        (pw.AbsoluteError(), [-1, 0, 1], [-1, 0, 1]),
        (pw.Quantile((0.25,)), [-1, 0, 1], [-0.25, 0, 0.75]),
        (pw.Huber(2.0), [-3, -2, 0, 2, 3], [-2, -2, 0, 2, 2]),
    ],
    ids=str,
)
def test_derivatives_at_kinks(loss: pw.Loss, outputs: list[int], derivatives: list[float]) -> None:
    for output, derivative in zip(outputs, derivatives, strict=True):
        value, gradient = loss.value_and_gradient([[output]], [[0]])
        assert gradient == derivative
        assert not np.signbit(value)


@pytest.mark.parametrize(
    ("loss", "outputs", "targets", "value", "gradient"),
    [
        (pw.SigmoidCrossEntropy(), 20, 1, math.exp(-20), 0),
        (pw.SigmoidCrossEntropy(), -80, 0, math.exp(-80), math.exp(-80)),
        (pw.SigmoidCrossEntropy(), 1e4, 0, 1e4, 1),
        (pw.SigmoidCrossEntropy(), -1e4, 1, 1e4, -1),
        (pw.SigmoidCrossEntropy(), np.inf, 1, 0, 0),
        (pw.SigmoidCrossEntropy(), -np.inf, 0, 0, 0),
        (pw.SigmoidCrossEntropy(), np.inf, 0, np.inf, 1),
        (pw.Huber(), 1e30, 0, 1e30, 1),
        (pw.AbsoluteError(), -1e38, 0, 1e38, -1),
        (pw.Quantile(), 1e38, 0, 5e37, 0.5),
        (pw.Poisson(), -1000, 3, 3000, -3),
    ],
    ids=str,
)
def test_far_outputs_in_float32(
    loss: pw.Loss, outputs: float, targets: float, value: float, gradient: float
) -> None:
    found, by_output = loss.value_and_gradient(
        np.array([[outputs]], np.float32), np.array([[targets]], np.float32)
    )
    np.testing.assert_allclose(found, value, rtol=1e-6)
    np.testing.assert_allclose(by_output, [[gradient]], rtol=1e-6, atol=3e-9)


def test_small_losses_of_a_large_batch_are_summed() -> None:
    loss = pw.SigmoidCrossEntropy()
    outputs, targets = np.full((1000, 1), 20, np.float32), np.ones((1000, 1), np.float32)
    np.testing.assert_allclose(loss.value(outputs, targets), math.exp(-20), rtol=1e-6)


Z = [[[0.5, -2.0, 3.0]], [[0.0, 0.0, -1.0]]]


@pytest.mark.parametrize(
    ("loss", "outputs", "predicted"),
    [
        (pw.SoftmaxCrossEntropy(), Z, [[2], [0]]),
        (pw.SigmoidCrossEntropy(), Z, [[[1, 0, 1]], [[0, 0, 0]]]),
        (pw.SigmoidCrossEntropy(), [[0.1], [0.0]], [1, 0]),
        (pw.SquaredError(), Z, Z),
        (pw.SquaredError(), [[3], [4]], [3, 4]),
        (pw.AbsoluteError(), [[3, 1], [4, 2]], [[3, 1], [4, 2]]),
        (pw.Huber(), [[3]], [3]),
        (pw.Poisson(), [[0.0], [LN2]], [1, 2]),
        (pw.Poisson(), [[0.0, LN2]], [[1, 2]]),
        (pw.Quantile(), [[3], [4]], [3, 4]),
        (pw.Quantile((0.1, 0.9)), [[3, 4], [5, 6]], [[3, 4], [5, 6]]),
        (pw.Quantile(), [[3, 4], [5, 6]], [[3, 4], [5, 6]]),
        (pw.Quantile((0.1, 0.9)), [[3, 4, 5, 6]], [[[3, 4], [5, 6]]]),
    ],
    ids=str,
)
def test_predictions(loss: pw.Loss, outputs: Any, predicted: Any) -> None:
    found = loss.predict(outputs)
    np.testing.assert_allclose(found, predicted)
    assert found.shape == np.shape(predicted)
    classes = isinstance(loss, pw.SoftmaxCrossEntropy | pw.SigmoidCrossEntropy)
    assert found.dtype.kind == ("i" if classes else "f")


def test_probabilities() -> None:
    np.testing.assert_allclose(pw.SoftmaxCrossEntropy().probabilities([[0, LN3]]), [[0.25, 0.75]])
    sigmoid, outputs = pw.SigmoidCrossEntropy(), np.array([[LN3], [0]])
    np.testing.assert_allclose(sigmoid.probabilities(outputs), [[0.25, 0.75], [0.5, 0.5]])
    np.testing.assert_allclose(sigmoid.probabilities([[LN3, 0]]), [[0.75, 0.5]])
    far = sigmoid.probabilities(np.array([[-80]], np.float32))
    np.testing.assert_allclose(far, [[1, math.exp(-80)]], rtol=1e-6)
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Huber(2).probabilities([[1]])
    assert str(error.value) == (
        "the loss is huber:2.0, which has no probabilities; expected a loss of classes, as "
        "pw.SoftmaxCrossEntropy(). Take what predict gives."
    )


def test_the_loss_of_who_knows_nothing() -> None:
    for loss in (pw.SoftmaxCrossEntropy(), pw.SoftmaxCrossEntropy(0.3)):
        assert loss.blind_loss(10) == math.log(10)
        np.testing.assert_allclose(loss.value(np.zeros((1, 10)), np.eye(10)[:1]), math.log(10))
    assert pw.SigmoidCrossEntropy().blind_loss(1) == pw.SigmoidCrossEntropy().blind_loss(3) == LN2
    assert (
        pw.SquaredError().blind_loss(1) is pw.Quantile().blind_loss(1) is pw.Poisson().blind_loss(2) is None
    )


def test_quantiles_that_cross_are_sorted_by_their_levels() -> None:
    outputs = np.array([[3.0, 1, 2, 10, 30, 20]])
    of_two = pw.Quantile((0.9, 0.1, 0.5)).predict(outputs)
    np.testing.assert_array_equal(of_two, [[[3, 1, 2], [30, 10, 20]]])
    np.testing.assert_array_equal(pw.Quantile((0.1, 0.5, 0.9)).predict(outputs[:, :3]), [[1, 2, 3]])
    np.testing.assert_array_equal(pw.Quantile((0.5,)).predict(outputs[:, :1]), [3])
    stack = np.stack([outputs, outputs + 1])
    np.testing.assert_array_equal(pw.Quantile((0.1, 0.5, 0.9)).predict(stack)[1], [[[2, 3, 4], [11, 21, 31]]])
