"""What a network gives outside of training, by compiled code or NumPy: the same to rounding and in words."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import plainweave as pw
from plainweave.arrays import FloatArray
from plainweave.engine import kernels
from plainweave.network import ELU, Activation, Identity, LeakyReLU
from plainweave.network.prediction import COMPILED, followed, steps_of

compiled = pytest.mark.skipif(
    not kernels(), reason="the compiled engine is not built here: there was no C compiler"
)
_ROUNDING = {"float32": 3e-5, "float64": 1e-12}


def _network(**settings: Any) -> pw.Network:
    given: dict[str, Any] = {"inputs": 12, "hidden": [40, 9], "outputs": 3, "seed": 1}
    network = pw.Network(**given | settings)
    for name, value in network.parameters.items():
        stream = np.random.default_rng(len(name))
        value[...] += 0.3 * stream.normal(size=value.shape)
    return network


def _inputs(*shape: int, dtype: npt.DTypeLike = np.float32) -> FloatArray:
    inputs: FloatArray = np.random.default_rng(0).normal(size=shape).astype(dtype)
    return inputs


@pytest.mark.parametrize("dtype", _ROUNDING)
@pytest.mark.parametrize("activation", [*(kind() for kind in COMPILED), LeakyReLU(0.3), ELU(0.5)], ids=str)
@pytest.mark.parametrize("settings", [{}, {"dropout": 0.5, "scale": True}, {"seed": [3, 4, 5]}], ids=str)
@pytest.mark.parametrize("of_inputs", [np.float32, np.float64, np.int8])
def test_predictions_are_those_of_the_forward_pass(
    activation: Activation, dtype: str, settings: dict[str, Any], of_inputs: npt.DTypeLike
) -> None:
    network, x = _network(activation=activation, dtype=dtype, **settings), _inputs(300, 12, dtype=of_inputs)
    outputs, expected = network(x), network.forward(x)[0]
    assert (outputs.dtype, outputs.shape) == (expected.dtype, expected.shape)
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=_ROUNDING[dtype])


@compiled
@pytest.mark.parametrize("dtype", _ROUNDING)
@pytest.mark.parametrize("of_inputs", [np.float32, np.float64, np.int64])
def test_an_examples_outputs_do_not_depend_on_what_is_with_it(dtype: str, of_inputs: npt.DTypeLike) -> None:
    network, x = _network(dtype=dtype), 5 * _inputs(3000, 12)
    x = x.astype(of_inputs)
    together = network(x)
    for threads in (2, 5):
        np.testing.assert_array_equal(network(x, threads=threads), together)
    for start, stop in ((0, 1), (17, 18), (1000, 1300), (2999, 3000), (4, 4)):
        np.testing.assert_array_equal(network(x[start:stop]), together[start:stop])
    for same in (np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2], x[::-1].copy()[::-1]):
        np.testing.assert_array_equal(network(same), together)


@compiled
def test_a_stacks_members_predict_as_they_do_alone() -> None:
    stack, x = _network(seed=[1, 2, 3], scale=True), _inputs(3, 700, 12)
    for given in (x[0], x):
        together = stack(given)
        for model in range(3):
            alone = stack.member(model)(given if given.ndim == 2 else given[model])
            np.testing.assert_array_equal(together[model], alone)


def test_examples_may_have_more_axes() -> None:
    network, x = _network(), _inputs(2, 5, 4, 12)
    outputs = network(x)
    assert outputs.shape == (2, 5, 4, 3)
    np.testing.assert_allclose(outputs, network.forward(x)[0], atol=3e-5)
    np.testing.assert_array_equal(outputs[1, 3], network(x[1, 3]))


def test_weights_that_are_changed_in_place_are_those_that_predict() -> None:
    network, x = _network(), _inputs(1, 12)
    before = network(x)
    network.linear[0].weight[2] *= -3
    after = network(x)
    assert not np.array_equal(after, before)
    np.testing.assert_allclose(after, network.forward(x)[0], atol=3e-5)
    network.linear[-1].bias = np.full((1, 3), 7.0)
    network.layers[1] = pw.ReLU()
    np.testing.assert_allclose(network(x), network.forward(x)[0], atol=3e-5)


class _Doubling(Activation):
    """One of one's own."""

    def value(self, x: FloatArray) -> FloatArray:
        """Y = 2 x."""
        return 2 * x

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = 2."""
        return np.full_like(x, 2)


class _Reversing(pw.Network):
    def forward(self, x: FloatArray, draw: Any = None) -> Any:
        outputs, caches = super().forward(x, draw)
        return outputs[..., ::-1], caches


def test_parts_of_ones_own_predict_by_their_own_methods() -> None:
    x, own = _inputs(50, 12), _network(activation=_Doubling())
    assert steps_of(own.layers) is None
    np.testing.assert_array_equal(own(x), own.forward(x)[0])
    reversing = _Reversing.of(_network().layers)
    np.testing.assert_array_equal(reversing(x), reversing.forward(x)[0])


@compiled
def test_a_list_of_layers_in_any_order_is_known() -> None:
    linear = _network().linear
    network = pw.Network.of(
        [pw.Tanh(), pw.Dropout(0.1), linear[0], Identity(), pw.ReLU(), pw.Tanh(), linear[1], pw.GELU()]
    )
    x, steps = _inputs(9, 12), steps_of(network.layers)
    assert steps is not None
    outputs = followed(steps, x)
    assert outputs is not None
    np.testing.assert_allclose(outputs, network.forward(x)[0], atol=3e-5)
    np.testing.assert_array_equal(network(x), outputs)


_WRONG: dict[str, tuple[object, type[Exception], str]] = {
    "nan": (
        np.where(np.arange(24).reshape(2, 12) == 13, np.nan, 1),
        pw.DataError,
        "x[1, 1] is nan; expected finite numbers. Leave that example out, or fill in a number.",
    ),
    "inf": (
        np.full((2000, 12), np.inf, np.float32),
        pw.DataError,
        "x[0, 0] is inf; expected finite numbers. Leave that example out, or fill in a number.",
    ),
    "width": (
        np.zeros((2, 11), np.float32),
        pw.ShapeError,
        "Network of 12 inputs: x has shape (2, 11); expected (batch, 12).",
    ),
    "one": (
        np.zeros(12, np.float32),
        pw.ShapeError,
        "Network of 12 inputs: x has shape (12,); expected (batch, 12). x.reshape(1, -1) makes one example a "
        "batch.",
    ),
    "text": (
        np.full((1, 12), "a"),
        pw.DataError,
        "x: text (<U1); expected real numbers. Text that holds numbers becomes numbers by .astype(float).",
    ),
}


@pytest.mark.parametrize("engine", [pytest.param("compiled", marks=compiled), "numpy"])
@pytest.mark.parametrize("wrong", _WRONG)
def test_wrong_examples_are_refused_in_the_same_words(
    wrong: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "numpy":
        monkeypatch.setattr("plainweave.network.prediction.extension", lambda: None)
    given, kind, message = _WRONG[wrong]
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        _network()(given)  # type: ignore[arg-type]


@pytest.mark.parametrize("threads", [0, 1.5, None, "2"])
def test_a_number_of_threads_is_one(threads: Any) -> None:
    with pytest.raises(
        pw.ConfigurationError, match=r"^threads is .*; expected a whole number of at least 1\.$"
    ):
        _network()(_inputs(2, 12), threads=threads)


def test_layers_that_do_not_fit_are_no_fault_of_compiled_code() -> None:
    network = _network()
    network.layers[0] = _network(hidden=[41]).layers[0]
    with pytest.raises(ValueError, match="matmul"):
        network(_inputs(2, 12))
