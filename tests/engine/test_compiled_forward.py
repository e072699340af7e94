"""Prediction by the compiled code: the network's outputs, the same bytes whatever goes with a row."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plainweave.arrays import FloatArray
from plainweave.engine import kernels
from plainweave.extension import extension
from plainweave.losses import softmax
from plainweave.network import ELU, Activation, LeakyReLU
from plainweave.network.prediction import COMPILED, LINEAR, PROBABILITIES, SCALING, Step, activation_step

pytestmark = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)

_SIZES = ([1, 1], [3, 17, 1], [5, 16, 130, 2], [784, 50, 50, 10], [40, 256, 300, 33])
_ROUNDING = {"float32": 3e-5, "float64": 1e-13}


def _steps(sizes: list[int], dtype: str, activation: Activation | None = None) -> tuple[Step, ...]:
    stream, steps = np.random.default_rng(len(sizes)), list[Step]()
    for inputs, units in pairwise(sizes):
        weight = (stream.normal(size=(inputs, units)) / np.sqrt(inputs)).astype(dtype)
        steps.append((LINEAR, weight, stream.normal(size=units).astype(dtype)))
        steps.append(activation_step(activation or COMPILED[1]()))
    return tuple(steps)


def _inputs(rows: int, features: int, dtype: str) -> FloatArray:
    return np.random.default_rng(rows).normal(size=(rows, features)).astype(dtype)


def _outputs(
    steps: tuple[Step, ...], x: FloatArray, threads: int = 1, kernel: str | None = None
) -> FloatArray:
    width = next((step[1].shape[-1] for step in reversed(steps) if step[0] == LINEAR), x.shape[1])
    out = np.full((len(x), width), np.nan, x.dtype)
    assert extension().forward(steps, x, out, threads, kernel) is True  # type: ignore[union-attr]
    return out


def _by_numpy(steps: tuple[Step, ...], x: FloatArray) -> FloatArray:
    x = x.astype(np.float64)
    for code, *rest in steps:
        if code == LINEAR:
            x = x @ rest[0] + rest[1]
        elif code == SCALING:
            x = x * rest[0]
        elif code == PROBABILITIES:
            x = softmax(x)
        else:
            kind = COMPILED[code]
            x = (kind(rest[0]) if kind in (LeakyReLU, ELU) else kind()).value(x)
    return x


def test_the_numbers_of_steps_are_those_of_the_compiled_code() -> None:
    module: Any = extension()
    assert (LINEAR, SCALING, PROBABILITIES) == (module.LINEAR, module.SCALING, module.PROBABILITIES)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("dtype", _ROUNDING)
@pytest.mark.parametrize("sizes", _SIZES, ids=str)
def test_rows_are_the_same_bytes_whatever_is_with_them(sizes: list[int], dtype: str, kernel: str) -> None:
    steps, x = _steps(sizes, dtype), _inputs(600, sizes[0], dtype)
    whole = _outputs(steps, x, kernel=kernel)
    np.testing.assert_allclose(whole, _by_numpy(steps, x), rtol=0, atol=_ROUNDING[dtype])
    for start, stop in ((0, 1), (1, 2), (2, 5), (7, 22), (30, 299), (599, 600), (5, 5)):
        np.testing.assert_array_equal(_outputs(steps, x[start:stop], kernel=kernel), whole[start:stop])
    for threads in (2, 3, 7, 10**6):
        np.testing.assert_array_equal(_outputs(steps, x, threads, kernel), whole)
    for same in (np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2], x[::-1].copy()[::-1]):
        np.testing.assert_array_equal(_outputs(steps, same, kernel=kernel), whole)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("dtype", _ROUNDING)
@pytest.mark.parametrize("activation", [*(kind() for kind in COMPILED), LeakyReLU(0.3), ELU(0.5)], ids=str)
def test_every_activation_is_known_wherever_it_stands(
    activation: Activation, dtype: str, kernel: str
) -> None:
    x = _inputs(70, 9, dtype)
    (linear, step), factor = _steps([9, 21], dtype, activation), np.linspace(0.5, 2, 9).astype(dtype)
    for steps in (
        (linear, step),
        (step, linear),
        (step, step),
        ((SCALING, factor), linear, step, (SCALING, linear[2])),
        (linear, step, (PROBABILITIES,)),
        (linear, (PROBABILITIES,), (SCALING, linear[2])),
    ):
        expected = _by_numpy(steps, x)
        np.testing.assert_allclose(
            _outputs(steps, x, kernel=kernel), expected, rtol=_ROUNDING[dtype], atol=_ROUNDING[dtype]
        )


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("begins", ["linear", "tanh", "softmax"])
@pytest.mark.parametrize("rows", [1, 300])
def test_inputs_that_are_not_finite_are_told_of(rows: int, begins: str, wrong: float) -> None:
    steps = {"linear": (), "tanh": (activation_step(COMPILED[1]()),), "softmax": ((PROBABILITIES,),)}[begins]
    steps += _steps([20, 5, 2], "float32")
    steps[-4][1][3] = 0  # a weight that takes no part
    for at in ((0, 0), (rows - 1, 19), (rows // 2, 3)):
        x, out = _inputs(rows, 20, "float32"), np.zeros((rows, 2), np.float32)
        forward = extension().forward  # type: ignore[union-attr]
        assert forward(steps, x, out) is True
        x[at] = wrong
        assert forward(steps, x, out) is False
        assert forward(steps, np.asfortranarray(x), out, 3) is False


def test_finite_inputs_are_finite_whatever_becomes_of_them() -> None:
    steps, x = _steps([20, 5], "float32"), np.full((300, 20), 3e38, np.float32)
    assert not np.isfinite(_outputs(steps[:1], np.abs(x))).all()
    steps[0][1][:] = np.nan
    assert np.isnan(_outputs(steps, _inputs(300, 20, "float32"))).all()


@pytest.mark.parametrize("logit", [np.nan, np.inf])
def test_probabilities_of_what_is_not_finite_are_not_numbers(logit: float) -> None:
    bias = np.array([0, logit, 1], np.float32)
    steps = ((LINEAR, np.zeros((1, 3), np.float32), bias), (PROBABILITIES,))
    assert np.isnan(_outputs(steps, np.ones((2, 1), np.float32))).all()
    bias[1] = -np.inf
    assert _outputs(steps, np.ones((2, 1), np.float32))[0, 1] == 0


_X, _OUT = np.ones((2, 4), np.float32), np.ones((2, 3), np.float32)
_WEIGHT, _BIAS = np.ones((4, 3), np.float32), np.ones(3, np.float32)
_RIGHT = ((LINEAR, _WEIGHT, _BIAS),)
_REFUSED: list[tuple[tuple[Any, ...], type[Exception], str]] = [
    ((), TypeError, "forward takes a tuple of steps, x, out, threads and a kernel."),
    (([*_RIGHT], _X, _OUT), TypeError, "forward takes a tuple of steps, x, out, threads and a kernel."),
    (((), _X, _OUT), ValueError, "the number of steps is 0; expected 1 to 1048576."),
    ((_RIGHT, _X, _OUT, 0), ValueError, f"threads is 0; expected 1 to {2**63 - 1}."),
    ((_RIGHT, _X, _OUT, 2**63), ValueError, "a number is too large; expected one that fits in 64 bits."),
    ((_RIGHT, _X, _OUT, 1, "mmx"), ValueError, "kernel is mmx; expected one of kernels()."),
    ((_RIGHT, None, _OUT), TypeError, "x is <class 'NoneType'>; expected an array."),
    ((_RIGHT, _X[0], _OUT), ValueError, "x has 1 axes; expected 2."),
    (
        (_RIGHT, _X.astype(">f4"), _OUT),
        TypeError,
        "x has the format >f of 4 bytes; expected float32 in this machine's byte order.",
    ),
    (
        (_RIGHT, np.ones((2, 0), np.float32), _OUT),
        ValueError,
        f"the features of x is 0; expected 1 to {2**30}.",
    ),
    (
        (_RIGHT, _X, _OUT.astype(np.float64)),
        TypeError,
        "out has the format d of 8 bytes; expected float32 in this machine's byte order.",
    ),
    ((_RIGHT, _X, _OUT[:1]), ValueError, "out holds 3 numbers; expected 6: the outputs of x."),
    ((_RIGHT, _X, _OUT[:, ::-1]), ValueError, "out is not contiguous; expected an array in C order."),
    (
        (_RIGHT, _X, _OUT.tobytes()),
        TypeError,
        "out has the format B of 1 bytes; expected float32 in this machine's byte order.",
    ),
    ((((-1, 0.0),), _X, _OUT), ValueError, "the code of a step is -1; expected 0 to 14."),
    ((((15, 0.0),), _X, _OUT), ValueError, "the code of a step is 15; expected 0 to 14."),
    (((None,), _X, _OUT), ValueError, "the code of a step is -1; expected 0 to 14."),
    (((("a", 0.0),), _X, _OUT), TypeError, "'str' object cannot be interpreted as an integer"),
    ((((1,),), _X, _OUT), ValueError, "a step of code 1 has 1 parts; expected 2."),
    ((((1, None),), _X, _OUT), TypeError, "must be real number, not NoneType"),
    ((((LINEAR, _WEIGHT),), _X, _OUT), ValueError, "a step of code 12 has 2 parts; expected 3."),
    ((((LINEAR, _WEIGHT[0], _BIAS),), _X, _OUT), ValueError, "weight has 1 axes; expected 2."),
    (
        (((LINEAR, _WEIGHT.T, _BIAS),), _X, _OUT),
        ValueError,
        "weight is not contiguous; expected an array in C order.",
    ),
    (
        (((LINEAR, _WEIGHT[:3], _BIAS),), _X, _OUT),
        ValueError,
        "a weight has 3 inputs; expected 4, what the step before gives.",
    ),
    (
        (((LINEAR, np.ones((4, 0), np.float32), _BIAS),), _X, _OUT),
        ValueError,
        f"the units of a weight is 0; expected 1 to {2**30}.",
    ),
    (
        (((LINEAR, _WEIGHT, _BIAS[:2]),), _X, _OUT),
        ValueError,
        "bias holds 2 numbers; expected 3: one for each unit.",
    ),
    ((((SCALING, _BIAS),), _X, _X), ValueError, "factor holds 3 numbers; expected 4: one for each feature."),
]


@pytest.mark.parametrize(("call", "kind", "message"), _REFUSED, ids=[row[2] for row in _REFUSED])
def test_what_does_not_fit_is_refused(call: tuple[Any, ...], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as error:
        extension().forward(*call)  # type: ignore[union-attr]
    assert str(error.value) == message
    np.testing.assert_array_equal(_OUT, 1)


def test_what_is_read_only_is_read_alone() -> None:
    arrays = [_X.copy(), _WEIGHT.copy(), _BIAS.copy(), _OUT.copy()]
    for array in arrays:
        array.flags.writeable = False
    x, weight, bias, out = arrays
    np.testing.assert_array_equal(_outputs(((LINEAR, weight, bias),), x), 5)
    with pytest.raises(ValueError, match=r"^out is read-only; expected an array that can be written to\.$"):
        extension().forward(((LINEAR, weight, bias),), x, out)  # type: ignore[union-attr]


@pytest.mark.parametrize("rows", [1, 500])
def test_many_threads_predict_at_once(rows: int) -> None:
    steps, x = _steps([784, 50, 50, 10], "float32"), _inputs(rows, 784, "float32")
    expected = _outputs(steps, x)
    with ThreadPoolExecutor(8) as pool:
        for outputs in pool.map(lambda number: _outputs(steps, x, number % 3 + 1), range(80)):
            np.testing.assert_array_equal(outputs, expected)


def test_memory_does_not_grow_with_the_rows() -> None:
    code = (
        "import resource, numpy as np; from plainweave.extension import extension\n"
        "x = np.broadcast_to(np.ones(784, 'f4'), (10**6, 784)); out = np.empty((10**6, 10), 'f4')\n"
        "steps = ((12, np.ones((784, 10), 'f4'), np.ones(10, 'f4')),)\n"
        "pages = int(open('/proc/self/statm').read().split()[0])\n"
        "resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**26,) * 2)\n"
        "print(extension().forward(steps, x, out), (out == 785).all(axis=1).sum())"
    )
    if not Path("/proc/self/statm").exists():
        pytest.skip("the system does not say how much memory a process has")
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True 1000000\n", "")
