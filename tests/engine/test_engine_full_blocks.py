"""Blocks of examples with hardly a zero take another way through the first layer, to the same bytes."""

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import Standardizer
from plainweave.engine import Work, kernels
from plainweave.engine.compiled import CompiledProgram
from plainweave.engine.reference import NumPyProgram

pytestmark = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("units", [1, 2, 5, 16, 40, 100, 130])
def test_examples_without_a_zero_are_added_up_as_others_are(kernel: str, dtype: str, units: int) -> None:
    """Features that are always 0, if they are many, keep the engine from taking all of an example at once."""
    as_they_are = Standardizer.identity()
    for features in (1, 2, 63, 64, 65, 131, 200):
        stream = np.random.default_rng(features)
        x, y = stream.normal(size=(75, features)).astype(dtype), stream.integers(0, 2, 75)
        found = []
        for inputs in (x, np.pad(x, ((0, 0), (0, features // 6 + 1)))):
            network = pw.Network(inputs.shape[1], [units], 1, activation="relu", dtype=dtype)
            first, *_, last, _ = network.parameters.values()
            for weight in (first[:features], last):
                weight[...] = np.random.default_rng(0).normal(size=weight.shape) / 4
            split = pw.Split(pw.Examples(inputs, y), None, as_they_are)
            optimizer = pw.Adam(0.01)
            program = CompiledProgram(Work(network, pw.SigmoidCrossEntropy(), optimizer, split, 70), kernel)
            table, slots = optimizer.steps(0, 2, np.ones(2)), optimizer.slots_of(network.parameters)
            program.epoch(1, np.arange(75), table, slots)
            found.append([first[:features], *list(network.parameters.values())[1:]])
        for one, other in zip(*found, strict=True):
            assert one.tobytes() == other.tobytes(), features


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("zeros", [0.01, 0.1, 0.15, 0.5])
def test_a_few_zeros_among_the_inputs_count_as_zeros(kernel: str, zeros: float) -> None:
    stream = np.random.default_rng(0)
    x, y = stream.normal(size=(150, 70)), stream.integers(0, 3, 150)
    x[stream.random(x.shape) < zeros] = 0
    split = pw.Split(pw.Examples(x, y), None, Standardizer.identity())
    network = pw.Network(70, [20], 3, activation="relu", dtype="float64", seed=0)
    work = Work(network, pw.SoftmaxCrossEntropy(), pw.Adam(0.01), split, 150)
    loss, gradients = CompiledProgram(work, kernel).gradients(np.arange(150))
    expected_loss, expected = NumPyProgram(work).gradients(np.arange(150))
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=0, atol=1e-13, err_msg=name)
