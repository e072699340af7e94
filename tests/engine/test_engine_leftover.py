"""Units of the first layer that are few and fill no vector: of 50 two, beside three vectors of 16."""

from dataclasses import replace

import numpy as np
import pytest

import plainweave as pw
from plainweave.engine import Work, kernels
from plainweave.engine.compiled import CompiledProgram
from plainweave.engine.reference import NumPyProgram

pytestmark = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)
UNITS = (5, 9, 17, 18, 19, 20, 50)  # of which 1 to 4 are left by vectors of 4, 8 and 16
EACH = pytest.mark.parametrize("units", UNITS)


def made(features: int = 75, standardize: str = "all-pixels", *, reals: bool = False) -> pw.Split:
    """Examples whose features are 0 at about every other place, with a validation part."""
    stream = np.random.default_rng(0)
    x = stream.integers(1, 256, (300, features), dtype=np.uint8)
    x[stream.random(x.shape) < 0.5] = 0
    inputs = x.astype(np.float64) / 7 if reals else x
    return pw.split(pw.Examples(inputs, stream.integers(0, 3, 300)), standardize=standardize)


def trained(work: Work, kernel: str, filling: int = 0) -> tuple[dict[str, np.ndarray], np.ndarray, float]:
    """Parameters after an epoch, the trace of its steps, and the validation loss."""
    network = work.network
    steps, order = work.steps, np.arange(len(work.split.training))
    table, slots = work.optimizer.steps(0, steps, np.ones(steps)), work.optimizer.slots_of(network.parameters)
    trace = np.zeros((steps, 2))
    if kernel == "numpy":
        program: NumPyProgram | CompiledProgram = NumPyProgram(work)
    else:
        program = CompiledProgram(work, kernel, filling)
    program.epoch(1, order, table, slots, trace=trace)
    score = program.validate()
    assert score is not None
    return network.parameters, trace, float(score.loss)


def work_of(units: int, parts: pw.Split, optimizer: pw.Optimizer, *, batch_size: int = 70) -> Work:
    network = pw.Network(parts.training.inputs.shape[1], [units, 6], 3, dtype="float64", seed=0)
    return Work(network, pw.SoftmaxCrossEntropy(), optimizer, parts, batch_size)


def assert_agree(work: Work, kernel: str) -> None:
    """An epoch by the kernel ends as one by NumPy, with the same losses and penalties on its way."""
    other = replace(work, network=pw.Network(*_shape(work), dtype="float64", seed=0))
    parameters, trace, loss = trained(work, kernel, filling=255)
    expected, expected_trace, expected_loss = trained(other, "numpy")
    for name, value in parameters.items():
        np.testing.assert_allclose(value, expected[name], rtol=0, atol=1e-10, err_msg=name)
    np.testing.assert_allclose(trace, expected_trace, rtol=1e-10)
    assert loss == pytest.approx(expected_loss, rel=1e-10)


def _shape(work: Work) -> tuple[int, list[int], int]:
    sizes = [value.shape for name, value in work.network.parameters.items() if name.endswith("weight")]
    return sizes[0][0], [shape[1] for shape in sizes[:-1]], sizes[-1][1]


@EACH
@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("features", [3, 75, 300])
def test_an_epoch_is_that_of_the_reference(kernel: str, units: int, features: int) -> None:
    """Also where features are parted, or fill no vector; the padding behind them counts nowhere."""
    assert_agree(work_of(units, made(features), pw.SGD(0.1, momentum=0.9, weight_decay=0.01)), kernel)


@EACH
@pytest.mark.parametrize("kernel", kernels())
def test_with_clipping_and_two_slots_and_batches_of_several_blocks(kernel: str, units: int) -> None:
    adam = pw.Adam(0.01, weight_decay=0.1, clip_norm=0.1)
    assert_agree(work_of(units, made(), adam, batch_size=200), kernel)
    assert_agree(work_of(units, made(), replace(adam, clip_norm=None), batch_size=200), kernel)


@EACH
@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("reals", [False, True])
@pytest.mark.parametrize("standardize", ["all-pixels", "per-pixel", "per-image"])
def test_every_kind_of_inputs(kernel: str, units: int, reals: bool, standardize: str) -> None:
    parts = made(standardize=standardize, reals=reals)
    assert_agree(work_of(units, parts, pw.SGD(0.1, momentum=0.9)), kernel)


@EACH
@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads_gives_the_same_bytes(units: int, threads: int) -> None:
    for features in (75, 300):
        results = []
        for count in (1, threads):
            work = work_of(units, made(features), pw.SGD(0.1, momentum=0.9), batch_size=200)
            results.append(trained(replace(work, threads=count), kernels()[0])[0])
        for name, value in results[0].items():
            assert value.tobytes() == results[1][name].tobytes(), name
