"""The gradients that the compiled engine follows, in float64, held to NumPy's differences."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

import plainweave as pw
from loss_cases import LOSSES, given_targets
from network_cases import ACTIVATIONS, EXAMPLES, INPUTS, OUTPUTS, network_of
from plainweave.engine import Work, compiled, kernels
from plainweave.engine.compiled import CompiledProgram
from plainweave.network import Linear, Scale
from plainweave.verification.analytic import followed_gradients
from plainweave.verification.numerical import gradient_and_kinks
from plainweave.verification.objective import EPOCH, Objective
from plainweave.verification.report import compared

pytestmark = pytest.mark.skipif(not kernels(), reason="the compiled engine is not built")
WEIGHTS = np.array([1, 2, 0, 0.5, 1, 3, 1, 0, 1])
STANDARDIZATIONS = ("all-pixels", "per-pixel", "per-image")


@pytest.fixture(params=kernels() or ["none"])
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The instruction set that programs are made for."""
    monkeypatch.setattr(compiled, "kernels", lambda: [request.param])
    return str(request.param)


@pytest.mark.parametrize("has_scale", [False, True])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_gradient_of_every_pair(activation: str, loss: pw.Loss, has_scale: bool) -> None:
    """Without a scale the first weights step as soon as their gradient is whole, with one they wait."""
    stream, network = np.random.default_rng(4), network_of(activation)
    if not has_scale:
        network.layers = [layer for layer in network.layers if not isinstance(layer, Scale)]
    x, targets = stream.normal(size=(EXAMPLES, INPUTS)), given_targets(loss, EXAMPLES, OUTPUTS, stream)
    report = pw.check_gradients(network, x, targets, loss=loss, weights=WEIGHTS, engine="compiled")
    assert report.passed, str(report)
    assert [tensor.name for tensor in report.tensors] == list(network.parameters)
    assert max(tensor.relative_error for tensor in report.tensors) < 1e-8


def given(kind: str, examples: int, features: int) -> Any:
    """Inputs as people have them: mostly bytes, and mostly zeros where they are sparse."""
    stream = np.random.default_rng(5)
    if kind == "bytes":
        return stream.integers(0, 256, (examples, features), dtype=np.uint8)
    x = stream.normal(2, 1, (examples, features)) * stream.integers(0, 2, (examples, features))
    return csr_array(x) if kind == "sparse" else x.astype(kind)


@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
@pytest.mark.parametrize("kind", ["bytes", "float32", "float64", "sparse"])
def test_inputs_as_they_are_standardized_in_passing(kernel: str, kind: str, standardize: str) -> None:
    """More examples than are worked on at once, and not a whole number of anything."""
    raw, loss = given(kind, 150, 13), pw.SoftmaxCrossEntropy()
    labels = np.arange(150) % 4
    network = pw.Network(13, [5], 4, dropout=0.2, dtype="float64", seed=1)
    split = pw.Split.of(pw.Examples(raw, labels), standardize=standardize)
    value, analytic = followed_gradients("compiled", network, loss, split, seed=3)
    x = split.standardizer(split.training.inputs, np.float64)
    objective = Objective.of(network, loss, pw.Examples(x, labels), seed=3)
    np.testing.assert_allclose(value, objective(network)[0], rtol=1e-12)
    for name, gradient in analytic.items():
        numeric, kinks = gradient_and_kinks(objective, network, name, 1e-5)
        check = compared(name, gradient, numeric, kinks, 1e-7, 1e-10)
        assert check.passed, (kernel, check)


def test_layers_so_large_that_blas_multiplies_them(kernel: str) -> None:
    network = pw.Network(3, [130, 130], 2, activation="gelu", seed=1)
    x, labels = np.random.default_rng(1).normal(size=(4, 3)), np.array([0, 1, 1, 0])
    report = pw.check_gradients(network, x, labels, engine="compiled")
    assert report.passed, (kernel, str(report))


@pytest.mark.parametrize("has_scale", [False, True])
def test_a_step_follows_what_the_program_gives_as_gradients(kernel: str, has_scale: bool) -> None:
    stream = np.random.default_rng(6)
    split = pw.Split.of(pw.Examples(stream.normal(size=(70, 9)), np.arange(70) % 3))
    network = pw.Network(9, [7, 5], 3, dropout=0.3, scale=has_scale, dtype="float64")
    work = Work(network, pw.SoftmaxCrossEntropy(), pw.SGD(0.1), split, batch_size=70, seed=2)
    value, followed = followed_gradients("compiled", network, work.loss, split, seed=2)
    loss, gradients = CompiledProgram(work, kernel).gradients(np.arange(70), EPOCH)
    np.testing.assert_allclose(loss, value, rtol=1e-14)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, followed[name], rtol=1e-12, atol=1e-15)


def test_a_part_of_ones_own_is_named() -> None:
    class Own(Linear):
        pass

    network = pw.Network(INPUTS, [5], 4)
    network.layers[0] = Own(network.linear[0].weight, network.linear[0].bias)
    x = np.random.default_rng(1).normal(size=(9, INPUTS))
    with pytest.raises(pw.ConfigurationError) as error:
        pw.check_gradients(network, x, np.arange(9) % 4, engine="compiled")
    assert str(error.value) == "engine is 'compiled', but it does not know Own. Give 'auto' or 'numpy'."
