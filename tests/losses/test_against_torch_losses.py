"""Losses and their gradients held to PyTorch's, where it is installed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from loss_cases import Numbers, case

torch = pytest.importorskip("torch")
BATCH, OUTPUTS = 33, 5
functional = torch.nn.functional

TERMS: dict[str, Callable[..., Any]] = {
    "sigmoid": functional.binary_cross_entropy_with_logits,
    "squared-error": functional.mse_loss,
    "absolute-error": functional.l1_loss,
    "huber:1.0": functional.huber_loss,
    "huber:0.3": lambda z, t, **rest: functional.huber_loss(z, t, delta=0.3, **rest),
    "poisson": lambda z, t, **rest: functional.poisson_nll_loss(z, t, log_input=True, full=False, **rest),
}


def agree(loss: pw.Loss, z: Numbers, t: Numbers, weights: Any, theirs: Callable[[Any], Any]) -> None:
    """Compare value and gradient with those of a function of a tensor of outputs."""
    outputs = torch.tensor(z, requires_grad=True)
    expected = theirs(outputs)
    expected.backward()
    value, gradient = loss.value_and_gradient(z, t, weights)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-12)
    by_outputs = outputs.grad.numpy()
    assert np.linalg.norm(gradient - by_outputs) <= 1e-12 * np.linalg.norm(by_outputs)


@pytest.mark.parametrize("scale", [1, 30])
@pytest.mark.parametrize("text", TERMS)
def test_a_mean_over_batch_and_outputs(text: str, scale: int) -> None:
    loss = pw.Loss.named(text)
    z, t = case(loss, (BATCH, OUTPUTS), seed=0)
    z = z * scale
    agree(loss, z, t, None, lambda outputs: TERMS[text](outputs, torch.tensor(t)))


@pytest.mark.parametrize("text", TERMS)
def test_a_weighted_mean(text: str) -> None:
    loss = pw.Loss.named(text)
    z, t = case(loss, (BATCH, OUTPUTS), seed=1)
    weights = np.random.default_rng(0).integers(0, 4, BATCH) / 3

    def weighted(outputs: Any) -> Any:
        losses = TERMS[text](outputs, torch.tensor(t), reduction="none").mean(dim=1)
        return (torch.tensor(weights) * losses).sum() / weights.sum()

    agree(loss, z, t, weights, weighted)


def test_sigmoid_of_probabilities() -> None:
    z, t = case(pw.SigmoidCrossEntropy(), (BATCH, OUTPUTS), seed=2)
    t = np.random.default_rng(0).uniform(size=t.shape) * (1 - t / 2)
    agree(pw.SigmoidCrossEntropy(), z, t, None, lambda outputs: TERMS["sigmoid"](outputs, torch.tensor(t)))


@pytest.mark.parametrize("scale", [1, 30])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("smoothing", [0, 0.1, 0.5])
def test_softmax(smoothing: float, soft: bool, scale: int) -> None:
    loss = pw.SoftmaxCrossEntropy(label_smoothing=smoothing)
    z, t = case(loss, (BATCH, OUTPUTS), seed=3)
    z = z * scale
    if soft:
        t = loss.encode(np.random.default_rng(0).dirichlet(np.ones(OUTPUTS), BATCH), OUTPUTS, "float64")
    theirs = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)
    given = torch.tensor(t) if soft else torch.tensor(t.argmax(axis=1))
    agree(loss, z, t, None, lambda outputs: theirs(outputs, given))


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_softmax_with_weights(smoothing: float) -> None:
    loss = pw.SoftmaxCrossEntropy(label_smoothing=smoothing)
    z, t = case(loss, (BATCH, OUTPUTS), seed=4)
    weights = np.random.default_rng(0).integers(0, 4, BATCH) / 3

    def weighted(outputs: Any) -> Any:
        theirs = torch.nn.CrossEntropyLoss(label_smoothing=smoothing, reduction="none")
        losses = theirs(outputs, torch.tensor(t.argmax(axis=1)))
        return (torch.tensor(weights) * losses).sum() / weights.sum()

    agree(loss, z, t, weights, weighted)


@pytest.mark.parametrize("text", ["absolute-error", "huber:1.0"])
def test_derivatives_at_kinks_are_the_same(text: str) -> None:
    z = np.array([[-1.0, 0, 1]])
    agree(pw.Loss.named(text), z, z * 0, None, lambda outputs: TERMS[text](outputs, torch.tensor(z * 0)))
