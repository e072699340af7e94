"""Activations held to PyTorch's, values and gradients, in float64."""

from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.network import ACTIVATIONS

torch: Any = pytest.importorskip("torch")

TORCH: dict[str, Any] = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "leaky-relu": lambda x: torch.nn.functional.leaky_relu(x, 0.1),
    "leaky-relu:0.3": lambda x: torch.nn.functional.leaky_relu(x, 0.3),
    "identity": lambda x: x.clone(),
    "elu": torch.nn.functional.elu,
    "elu:0.5": lambda x: torch.nn.functional.elu(x, 0.5),
    "selu": torch.nn.functional.selu,
    "gelu": torch.nn.functional.gelu,
    "gelu-tanh": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    "silu": torch.nn.functional.silu,
    "mish": torch.nn.functional.mish,
    "softplus": lambda x: torch.nn.functional.softplus(x, threshold=800),  # by default it is x from 20 on
}


def test_all_are_held_to_it() -> None:
    assert {text.partition(":")[0] for text in TORCH} == set(ACTIVATIONS)


@pytest.mark.parametrize("text", TORCH)
def test_values_and_gradients_are_those_of_torch(text: str) -> None:
    x = np.concatenate([np.linspace(-40, 40, 2001), [0.0, -700, 700, 1e-8, -1e-8]]).reshape(1, -1)
    dy = np.random.default_rng(0).normal(size=x.shape)
    given = torch.tensor(x, requires_grad=True)
    TORCH[text](given).backward(torch.tensor(dy))
    activation = pw.Activation.named(text)
    y, cache = activation.forward(x)
    dx, _ = activation.backward(dy, cache)
    np.testing.assert_allclose(y, TORCH[text](given).detach().numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dx, given.grad.numpy(), rtol=1e-12, atol=1e-12)
