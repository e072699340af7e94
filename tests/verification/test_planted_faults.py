"""A wrong derivative in any part is caught, be it wrong by one percent in one unit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from loss_cases import LOSSES, given_targets
from network_cases import ACTIVATIONS, EXAMPLES, INPUTS, OUTPUTS
from plainweave.arrays import Cache, FloatArray
from plainweave.network import Activation, Dropout, Identity, Linear, Scale, Tanh
from plainweave.randomness import Draw

WRONG: dict[str, Callable[[FloatArray], FloatArray]] = {
    "one percent": lambda gradient: gradient * 1.01,
    "sign": lambda gradient: -gradient,
    "zero": np.zeros_like,
    "one unit": lambda gradient: gradient * np.r_[1.01, np.ones(gradient.shape[-1] - 1)],
}
every_fault = pytest.mark.parametrize("fault", WRONG.values(), ids=WRONG.keys())


def failed(layers: list[Any], loss: pw.Loss | None = None) -> list[str]:
    """The tensors that do not pass, with these layers after the first linear one."""
    plain, stream = pw.Network(INPUTS, [5], OUTPUTS, seed=2, dtype="float64").linear, np.random.default_rng(3)
    plain[0].bias = stream.normal(size=(1, 5))
    network = pw.Network.of([plain[0], *layers, plain[1]])
    loss = loss or pw.SoftmaxCrossEntropy()
    targets = given_targets(loss, EXAMPLES, OUTPUTS, stream)
    report = pw.check_gradients(network, stream.normal(size=(EXAMPLES, INPUTS)), targets, loss=loss)
    return [tensor.name for tensor in report.tensors if not tensor.passed]


@every_fault
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_of_an_activation(
    name: str, fault: Callable[[FloatArray], FloatArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    activation = Activation.named(name)
    assert failed([activation]) == []
    right = type(activation).derivative

    def wrong(self: Any, x: FloatArray, y: FloatArray) -> FloatArray:
        return fault(right(self, x, y))

    monkeypatch.setattr(type(activation), "derivative", wrong)
    assert failed([activation]) == ["hidden_1.weight", "hidden_1.bias"]


@every_fault
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_of_a_loss(
    loss: pw.Loss, fault: Callable[[FloatArray], FloatArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert failed([Tanh()], loss) == []
    right = type(loss).losses_and_gradients

    def wrong(self: Any, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        losses, gradients = right(self, outputs, targets)
        return losses, fault(gradients)

    monkeypatch.setattr(type(loss), "losses_and_gradients", wrong)
    assert failed([Tanh()], loss) == ["hidden_1.weight", "hidden_1.bias", "output.weight", "output.bias"]


class ByOutputs(Linear):
    """dx not by the transposed weights."""

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        return dy @ self.weight, self.gradients(dy, cache)


class MeanOfBatch(Linear):
    """The bias's gradient is a mean instead of a sum."""

    def gradients(self, dy: FloatArray, cache: Cache) -> dict[str, FloatArray]:
        return {**super().gradients(dy, cache), "bias": dy.mean(axis=-2, keepdims=True)}


class Unscaled(Scale):
    """dx without the factor."""

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        return dy, self.gradients(dy, cache)


class FactorOfOutputs(Scale):
    """The factor's gradient from y instead of x."""

    def gradients(self, dy: FloatArray, cache: Cache) -> dict[str, FloatArray]:
        return super().gradients(dy, cache * self.factor)


class Unmasked(Dropout):
    """Dx of units that were dropped, too."""

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        return dy / (1 - self.rate), {}


class NotInverted(Dropout):
    """Dx without the factor of those that were kept."""

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        return np.where(cache, dy, 0), {}


class Redrawn(Dropout):
    """Another mask on the way back."""

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        assert draw is not None
        y, _ = super().forward(x, draw)
        return y, super().forward(x, draw.at(99))[1]


SQUARE, FACTOR = np.random.default_rng(5).normal(size=(5, 5)), np.array([[0.5, 2, -1, 3, 0.1]])
BELOW = ["hidden_1.weight", "hidden_1.bias"]


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        (Linear(SQUARE, FACTOR), ByOutputs(SQUARE, FACTOR), BELOW),
        (Linear(SQUARE, FACTOR), MeanOfBatch(SQUARE, FACTOR), ["hidden_2.bias"]),
        (Scale(FACTOR), Unscaled(FACTOR), BELOW),
        (Scale(FACTOR), FactorOfOutputs(FACTOR), ["factorofoutputs.factor"]),
        (Dropout(0.3), Unmasked(0.3), BELOW),
        (Dropout(0.3), NotInverted(0.3), BELOW),
        (Dropout(0.3), Redrawn(0.3), BELOW),
    ],
    ids=lambda part: type(part).__name__,
)
def test_of_a_layer(right: Any, wrong: Any, expected: list[str]) -> None:
    assert failed([Tanh(), right]) == []
    assert failed([Tanh(), wrong]) == expected


def test_a_wrong_value_is_caught_as_well() -> None:
    class Wrong(Identity):
        def value(self, x: FloatArray) -> FloatArray:
            return x * 1.01

    assert failed([Wrong()]) == BELOW
