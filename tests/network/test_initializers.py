"""Initial weights have the variance that their name stands for."""

import numpy as np
import pytest

import plainweave as pw
from plainweave.network import INITIALIZERS

VARIANCE = {
    "he-normal": 2 / 400,
    "he-uniform": 2 / 400,
    "lecun-normal": 1 / 400,
    "lecun-uniform": 1 / 400,
    "xavier-normal": 2 / 1000,
    "xavier-uniform": 2 / 1000,
}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initial_weights_have_the_stated_variance(name: str) -> None:
    weight = pw.Network(400, [600], 10, initializer=name, seed=3).parameters["hidden_1.weight"]
    np.testing.assert_allclose(weight.var(), VARIANCE[name], rtol=0.02)
    np.testing.assert_allclose(weight.mean(), 0, atol=0.001)
    limit = np.sqrt(3 * VARIANCE[name])  # of a uniform distribution
    if name.endswith("uniform"):
        assert 0.999 * limit < abs(weight).max() <= limit * (1 + 1e-6)
    else:
        assert abs(weight).max() > 2 * limit


def test_selu_keeps_mean_and_variance_through_many_layers() -> None:
    network = pw.Network(300, [300] * 20, 1, activation="selu", initializer="lecun-normal", seed=1)
    x = np.random.default_rng(0).normal(size=(500, 300)).astype(np.float32)
    for layer in network.layers[:-1]:
        x, _ = layer.forward(x)
    assert abs(x.mean()) < 0.1
    assert abs(x.var() - 1) < 0.2
