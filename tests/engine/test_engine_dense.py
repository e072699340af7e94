"""Inputs with hardly a zero go through the first layer as through others; steps at the end of a gradient."""

from dataclasses import replace

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
AS_THEY_ARE = Standardizer.identity()


def work_on(features: int, hidden: list[int], outputs: int, examples: int, zeros: float = 0.0) -> Work:
    """A float64 network, all of whose examples are one batch."""
    stream = np.random.default_rng(0)
    x, y = stream.normal(size=(examples, features)), stream.integers(0, max(outputs, 2), examples)
    x[stream.random(x.shape) < zeros] = 0
    loss = pw.SigmoidCrossEntropy() if outputs == 1 else pw.SoftmaxCrossEntropy()
    network = pw.Network(features, hidden, outputs, activation="relu", dtype="float64", seed=0)
    return Work(network, loss, pw.Adam(0.01), pw.Split(pw.Examples(x, y), None, AS_THEY_ARE), examples)


def assert_gradients_agree(work: Work, kernel: str) -> None:
    rows = np.arange(len(work.split.training))
    loss, gradients = CompiledProgram(work, kernel).gradients(rows)
    expected_loss, expected = NumPyProgram(work).gradients(rows)
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=0, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("zeros", [0.01, 0.1, 0.15, 0.5])
def test_a_few_zeros_among_the_inputs_count_as_zeros(kernel: str, zeros: float) -> None:
    assert_gradients_agree(work_on(70, [20], 3, 150, zeros), kernel)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("features", [1, 2, 63, 130, 300])
@pytest.mark.parametrize(
    ("hidden", "outputs", "examples"), [([1], 1, 3), ([5, 40], 2, 75), ([130, 3, 70], 1, 300)]
)
def test_products_of_any_size_are_whole(
    kernel: str, features: int, hidden: list[int], outputs: int, examples: int
) -> None:
    """With rows, depths and columns that are no multiple of a tile or longer than a panel."""
    assert_gradients_agree(work_on(features, hidden, outputs, examples), kernel)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", [pw.SGD(0.1, momentum=0.9), pw.Adam(0.01, weight_decay=0.1)])
@pytest.mark.parametrize("zeros", [0.0, 0.5])
def test_a_step_with_the_gradient_is_a_step_after_it(
    kernel: str, dtype: str, optimizer: pw.Optimizer, zeros: float
) -> None:
    """A norm that no gradient has makes the engine wait for all of it."""
    stream = np.random.default_rng(0)
    x, y = stream.normal(size=(700, 300)).astype(dtype), stream.integers(0, 3, 700)
    x[stream.random(x.shape) < zeros] = 0
    split = pw.Split(pw.Examples(x, y), None, AS_THEY_ARE)
    found = []
    for rule in (optimizer, replace(optimizer, clip_norm=1e30)):
        network = pw.Network(300, [150, 40, 130], 3, activation="relu", dtype=dtype, seed=0)
        program = CompiledProgram(Work(network, pw.SoftmaxCrossEntropy(), rule, split, 330), kernel)
        slots = rule.slots_of(network.parameters)
        program.epoch(1, np.arange(700), rule.steps(0, 3, np.ones(3)), slots)
        found.append(
            [*network.parameters.values(), *(array for slot in slots.values() for array in slot.values())]
        )
    for one, other in zip(*found, strict=True):
        assert one.tobytes() == other.tobytes()
