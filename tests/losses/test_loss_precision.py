"""Losses are as exact as docs/conventions.md says, in both engines, against 50 digits."""

from functools import cache
from typing import Any

import numpy as np
import pytest

import measured
import plainweave as pw
from exact import LOSSES, ExactSoftmax, Terms
from precision import DIGITS, DTYPES, ENGINES, NUMPY, Exact, Numbers, largest, normal, ours, points, units

TARGETS: dict[str, tuple[pw.Loss, list[float]]] = {
    "sigmoid": (pw.SigmoidCrossEntropy(), [0, 1, 0.25]),
    "squared-error": (pw.SquaredError(), [0, 1.5, -7]),
    "absolute-error": (pw.AbsoluteError(), [0, 1.5, -7]),
    "huber": (pw.Huber(), [0, 1.5, -7]),
    "quantile": (pw.Quantile((0.9,)), [0, 1.5, -7]),
    "poisson": (pw.Poisson(), [0, 1, 7]),
}


@cache
def right(name: str, dtype: Any) -> tuple[Numbers, Numbers, Terms]:
    """Outputs (examples, 1), their targets (examples,), and columns of what is right there."""
    z, large = points(dtype, 50), float(np.finfo(dtype).max)
    z = z[normal(z) & (np.abs(z) < (np.sqrt(large) if name == "squared-error" else large) / 1e4)]
    z = z[z < np.log(large) - 5] if name == "poisson" else z
    targets = np.repeat(np.array(TARGETS[name][1], dtype), len(z))
    z = np.tile(z, len(TARGETS[name][1]))
    found = [
        LOSSES[name](DIGITS.mpf(float(output)), DIGITS.mpf(float(target)))
        for output, target in zip(z, targets, strict=True)
    ]
    return z[:, np.newaxis], targets, Terms(*(list(column) for column in zip(*found, strict=True)))


@pytest.mark.parametrize(("engine", "dtype"), ENGINES)
@pytest.mark.parametrize("name", LOSSES)
def test_losses(name: str, engine: str, dtype: Any) -> None:
    outputs, targets, exact = right(name, dtype)
    values, derivatives = measured.loss(engine, TARGETS[name][0], outputs, targets)
    assert values.dtype == derivatives.dtype == dtype
    error = units(values, exact.value, exact.size, small_terms=2)
    assert error.max() <= largest(f"{name} loss, value", engine, dtype)
    error = units(derivatives[:, 0], exact.derivative, exact.derivative_size, small_terms=1)
    assert error.max() <= largest(f"{name} loss, derivative", engine, dtype)


def test_every_loss_is_measured() -> None:
    assert ours(pw.Loss.registry) == {*LOSSES, "softmax"}


@cache
def examples(dtype: Any, smoothing: float) -> tuple[Numbers, Numbers, list[ExactSoftmax]]:
    """Logits (examples, 5) of all sizes, near and far from 0, with ties; labels, and what is right."""
    stream = np.random.default_rng(0)
    logits = stream.normal(size=(210, 5)) * 10.0 ** stream.uniform(-4, 2, (210, 1))
    logits[::3] += 10.0 ** stream.uniform(-3, 6, (70, 1)) * stream.choice([-1, 1], (70, 1))
    logits[::5, 1] = logits[::5, 3]
    logits[:7] = np.array([1, 5, 10, 20, 40, 80, 500])[:, np.newaxis] * [-1, 1, -1, -1, -1]
    logits, labels = logits.astype(dtype), stream.integers(0, 5, 210)
    labels[:7] = 1
    found = [ExactSoftmax.of(row, label, smoothing) for row, label in zip(logits, labels, strict=True)]
    return logits, labels, found


@pytest.mark.parametrize(("engine", "dtype"), ENGINES)
@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_softmax_loss(smoothing: float, engine: str, dtype: Any) -> None:
    logits, labels, exact = examples(dtype, smoothing)
    values, gradients = measured.loss(engine, pw.SoftmaxCrossEntropy(smoothing), logits, labels)
    assert values.dtype == gradients.dtype == dtype
    error = units(values, [each.loss for each in exact], [each.loss_size for each in exact], small_terms=4)
    assert error.max() <= largest("softmax loss, value", engine, dtype)
    error = units(
        gradients.ravel(),
        [p - t for each in exact for p, t in zip(each.probabilities, each.targets, strict=True)],
        [size + t for each in exact for size, t in zip(each.sizes, each.targets, strict=True)],
    )
    assert error.max() <= largest("softmax loss, derivative", engine, dtype)
    if not smoothing:  # where the target is 0, the derivative is p
        others = np.arange(5) != labels[:, np.newaxis]
        probabilities, sizes = (
            np.array(column, object)[others.ravel()].tolist() for column in _softmax(exact)
        )
        assert units(gradients[others], probabilities, sizes).max() <= largest("softmax, p", engine, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax(dtype: Any) -> None:
    logits, labels, exact = examples(dtype, 0)
    error = units(pw.softmax(logits).ravel(), *_softmax(exact))
    assert error.max() <= largest("softmax, p", NUMPY, dtype)
    loss = pw.SoftmaxCrossEntropy()
    targets = loss.encode(labels, 5, dtype)
    alone, beside_gradients = loss.losses(logits, targets), loss.losses_and_gradients(logits, targets)[0]
    np.testing.assert_array_equal(alone, beside_gradients)


def _softmax(exact: list[ExactSoftmax]) -> tuple[Exact, Exact]:
    """All probabilities, and their sizes."""
    return [p for each in exact for p in each.probabilities], [size for each in exact for size in each.sizes]
