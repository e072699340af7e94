"""Every layer with every loss, with weights and dropout, is checked; no part can be added without."""

import numpy as np
import pytest

import plainweave as pw
from loss_cases import LOSSES, given_targets
from network_cases import ACTIVATIONS, EXAMPLES, INPUTS, OUTPUTS, network_of
from plainweave.network import Activation, Dropout, Layer, Linear, Scale


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_gradient_of_every_pair(activation: str, loss: pw.Loss) -> None:
    stream = np.random.default_rng(4)
    network = network_of(activation)
    x, targets = stream.normal(size=(EXAMPLES, INPUTS)), given_targets(loss, EXAMPLES, OUTPUTS, stream)
    weights = np.array([1, 2, 0, 0.5, 1, 3, 1, 0, 1])
    report = pw.check_gradients(network, x, targets, loss=loss, weights=weights)
    assert report.passed, str(report)
    assert [tensor.name for tensor in report.tensors] == list(network.parameters)
    assert max(tensor.relative_error for tensor in report.tensors) < 1e-8
    assert sum(tensor.kinks for tensor in report.tensors) < 5


def test_every_kind_of_layer_is_among_them() -> None:
    kinds = {type(layer) for name in ACTIVATIONS for layer in network_of(name).layers}
    known = [*Layer.registry.values(), *Activation.registry.values(), Linear, Dropout, Scale]
    assert kinds == {kind for kind in known if kind.__module__.startswith("plainweave.")}


def test_the_masks_are_those_of_the_seed() -> None:
    """At another seed other units are dropped, so other elements have no gradient."""
    network = pw.Network(INPUTS, [20], 4, dropout=0.5)
    x, labels = np.random.default_rng(1).normal(size=(1, INPUTS)), np.array([0])

    def largest(seed: int) -> dict[str, float]:
        report = pw.check_gradients(network, x, labels, seed=seed)
        assert report.passed
        return {tensor.name: tensor.largest_absolute_error for tensor in report.tensors}

    assert largest(0) == largest(0) != largest(1)


def test_a_weight_of_0_leaves_an_example_out() -> None:
    network, stream = pw.Network(INPUTS, [6], 4), np.random.default_rng(1)
    x, labels = stream.normal(size=(3, INPUTS)), np.array([0, 1, 2])
    weighted = pw.check_gradients(network, x, labels, weights=np.array([1, 1, 0.0]))
    alone = pw.check_gradients(network, x[:2], labels[:2])
    for one, other in zip(weighted.tensors, alone.tensors, strict=True):
        assert one.passed
        assert other.passed
        if one.index == other.index:
            np.testing.assert_allclose(one.analytic, other.analytic, rtol=1e-12)
