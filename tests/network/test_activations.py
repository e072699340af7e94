"""Every activation of the registry: its function, its derivative, far out, its name."""

import pickle
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import FloatArray
from plainweave.network import ACTIVATIONS

TEXTS = [*ACTIVATIONS, "leaky-relu:0.25", "elu:0.5"]
X = np.concatenate([np.linspace(-30, 30, 601) + 0.013, np.linspace(-1, 1, 200) + 1e-3])


def exact(text: str, x: float) -> Any:
    """The function of that name, by its definition in the literature, to 40 digits."""
    m: Any = mpmath.mp.clone()
    m.dps = 40
    x = m.mpf(x)
    selu = (m.mpf("1.0507009873554804934193349852946"), m.mpf("1.6732632423543772848170429916717"))
    functions = {
        "tanh": lambda: m.tanh(x),
        "sigmoid": lambda: 1 / (1 + m.exp(-x)),
        "relu": lambda: max(x, 0),
        "leaky-relu": lambda: max(x, m.mpf(0.1) * x),
        "leaky-relu:0.25": lambda: max(x, x / 4),
        "identity": lambda: x,
        "elu": lambda: x if x > 0 else m.expm1(x),
        "elu:0.5": lambda: x if x > 0 else m.expm1(x) / 2,
        "selu": lambda: selu[0] * (x if x > 0 else selu[1] * m.expm1(x)),
        "gelu": lambda: x * m.ncdf(x),
        "gelu-tanh": lambda: x / 2 * (1 + m.tanh(m.sqrt(2 / m.pi) * (x + m.mpf("0.044715") * x**3))),
        "silu": lambda: x / (1 + m.exp(-x)),
        "mish": lambda: x * m.tanh(m.log1p(m.exp(x))),
        "softplus": lambda: m.log1p(m.exp(x)),
    }
    return functions[text]()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("text", TEXTS)
def test_it_is_the_function_of_its_name(text: str) -> None:
    y, _ = pw.Activation.named(text).forward(X[::9])
    expected = np.array([float(exact(text, x)) for x in X[::9]])
    np.testing.assert_allclose(y, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("text", TEXTS)
def test_its_derivative_is_that_of_its_values(text: str) -> None:
    activation, step = pw.Activation.named(text), 1e-5
    far = X[np.abs(X) > 2 * step]
    numeric = (activation.value(far + step) - activation.value(far - step)) / (2 * step)
    np.testing.assert_allclose(activation.derivative(far, activation.value(far)), numeric, atol=1e-8)


@pytest.mark.parametrize("text", TEXTS)
def test_what_bends_at_once_is_a_kink(text: str) -> None:
    activation, near = pw.Activation.named(text), np.array([-1e-6, 1e-6])
    first = activation.derivative(near, activation.value(near))
    beside = np.array([-1e-6 - 1e-4, 1e-6 + 1e-4])
    second = (first - activation.derivative(beside, activation.value(beside))) * [1e4, -1e4]
    jumps = abs(np.diff(first)) > 1e-3 or abs(np.diff(second)) > 1e-2
    assert activation.kinks == ((0.0,) if jumps else ())


@pytest.mark.parametrize(
    ("text", "left"), [("relu", 0), ("leaky-relu:0.3", 0.3), ("elu:0.5", 0.5), ("selu", 1.7580993408473766)]
)
def test_the_derivative_at_a_kink_is_that_of_the_left(text: str, left: float) -> None:
    activation = pw.Activation.named(text)
    _, cache = activation.forward(np.zeros((1, 1)))
    np.testing.assert_allclose(activation.backward(np.ones((1, 1)), cache)[0], [[left]], rtol=1e-15)


def test_units_above_a_kink_are_told() -> None:
    class Hat(pw.Activation):
        kinks = (-1.0, 1.0)

        def value(self, x: FloatArray) -> FloatArray:
            return np.clip(x, -1, 1)

        def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
            return (np.abs(x) < 1).astype(x.dtype)

    x = np.array([[-2.0, 0, 2]])
    np.testing.assert_array_equal(
        Hat().above_kink(Hat().forward(x)[1]), [[False, True, True, False, False, True]]
    )
    np.testing.assert_array_equal(pw.ReLU().above_kink(pw.ReLU().forward(x)[1]), [[False, False, True]])
    assert pw.Tanh().above_kink(pw.Tanh().forward(x)[1]) is None


# What y and dy/dx become at -infinity and infinity.
LIMITS = {
    "tanh": (-1, 1, 0, 0),
    "sigmoid": (0, 1, 0, 0),
    "relu": (0, np.inf, 0, 1),
    "leaky-relu": (-np.inf, np.inf, 0.1, 1),
    "leaky-relu:0.25": (-np.inf, np.inf, 0.25, 1),
    "identity": (-np.inf, np.inf, 1, 1),
    "elu": (-1, np.inf, 0, 1),
    "elu:0.5": (-0.5, np.inf, 0, 1),
    "selu": (-1.7580993408473766, np.inf, 0, 1.0507009873554805),
    "gelu": (0, np.inf, 0, 1),
    "gelu-tanh": (0, np.inf, 0, 1),
    "silu": (0, np.inf, 0, 1),
    "mish": (0, np.inf, 0, 1),
    "softplus": (0, np.inf, 0, 1),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("text", TEXTS)
def test_far_out_it_comes_to_its_limits_without_a_warning(text: str, dtype: type) -> None:
    activation = pw.Activation.named(text)
    low, high, left, right = LIMITS[text]
    largest = np.finfo(dtype).max / 2
    x: FloatArray = np.array([-np.inf, -largest, -1e30, 1e30, largest, np.inf, np.nan], dtype)
    y, cache = activation.forward(x)
    dx, _ = activation.backward(np.ones_like(x), cache)
    assert y.dtype == dx.dtype == dtype
    limits: FloatArray = np.array([low, low, low, high, high, high, np.nan], dtype)
    finite = np.isfinite(limits)
    np.testing.assert_allclose(y[finite], limits[finite], rtol=1e-6, atol=0)
    np.testing.assert_array_equal(
        y[[0, -2, -1]][~finite[[0, -2, -1]]], limits[[0, -2, -1]][~finite[[0, -2, -1]]]
    )
    np.testing.assert_array_equal(np.isfinite(y[1:-2]), True)
    np.testing.assert_allclose(dx[:-1], np.repeat([left, right], 3), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_keeps_the_precision_and_agrees_in_both(text: str, dtype: type) -> None:
    activation = pw.Activation.named(text)
    y, cache = activation.forward(X.astype(dtype))
    dx, gradients = activation.backward(np.ones_like(y), cache)
    assert y.dtype == dx.dtype == dtype
    assert gradients == {}
    double = X.astype(dtype).astype(np.float64)
    np.testing.assert_allclose(y, activation.value(double), rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(
        dx, activation.derivative(double, activation.value(double)), rtol=2e-6, atol=2e-6
    )


@pytest.mark.parametrize("text", TEXTS)
def test_it_takes_whole_numbers_as_numbers(text: str) -> None:
    function = pw.Activation.named(text)
    y, cache = function.forward(np.array([[0.0, 1, 200]]))
    dx, _ = function.backward(np.array([[1.0, 2, 3]]), cache)
    given: list[Any] = [np.array([[0, 1, 200]], kind) for kind in (np.uint8, np.int16, np.int64, np.float16)]
    for x in [*given, [[0, 1, 200]]]:
        again, cache = function.forward(x)
        np.testing.assert_array_equal(again, y)
        np.testing.assert_array_equal(function.backward(np.array([[1, 2, 3]]), cache)[0], dx)
    with pytest.raises(pw.DataError) as error:
        function.forward(np.zeros((1, 1), complex))
    assert str(error.value) == "the inputs of an activation are of complex128; expected real numbers."


def test_sigmoid_is_right_far_out_and_silent() -> None:
    for dtype, tolerance in ((np.float32, 1e-6), (np.float64, 1e-15)):
        y, cache = pw.Sigmoid().forward(np.array([[-20, -80, -1e4, 1e4, np.nan]], dtype))
        np.testing.assert_allclose(y, [[np.exp(-20), np.exp(-80), 0, 1, np.nan]], rtol=1e-8 + tolerance)
        dx, _ = pw.Sigmoid().backward(np.ones_like(y), cache)
        np.testing.assert_allclose(dx, [[np.exp(-20), np.exp(-80), 0, 0, np.nan]], rtol=1e-8 + tolerance)


@pytest.mark.parametrize("text", TEXTS)
def test_it_is_read_back_from_its_text_and_pickled(text: str) -> None:
    activation = pw.Activation.named(text)
    assert pw.Activation.named(str(activation)) == activation
    assert pickle.loads(pickle.dumps(activation)) == activation


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "tahn",
            f"activation is 'tahn'; expected one of {', '.join(ACTIVATIONS)}. Did you mean 'tanh'?",
        ),
        (
            "leaky-relu:x",
            "activation is 'leaky-relu:x'; expected slope after the colon, as in 'leaky-relu:0.1'.",
        ),
        ("leaky-relu:1", "the slope of leaky-relu is 1.0; expected a number of at least 0 and below 1."),
        ("elu:-1", "the alpha of elu is -1.0; expected a number of at least 0."),
        ("gelu:2", "activation is 'gelu:2'; expected 'gelu', which has no settings."),
    ],
)
def test_a_bad_text_is_refused(monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    own = {name: kind for name, kind in pw.Activation.registry.items() if name in ACTIVATIONS}
    monkeypatch.setattr(pw.Activation, "registry", own)  # without what other tests define
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Activation.named(text)
    assert str(error.value) == message


@dataclass(frozen=True)
class Bent(pw.Activation):
    """One of one's own, y = x + size * sin(x)."""

    size: float = 0.5
    name = "bent"

    def value(self, x: FloatArray) -> FloatArray:
        return x + self.size * np.sin(x)

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        return 1 + self.size * np.cos(x)


def test_one_of_ones_own_is_used_like_all_others() -> None:
    network = pw.Network(7, [6, 5], 4, activation=["bent:0.25", Bent()], dtype="float64")
    assert network.activations == (Bent(0.25), Bent(0.5))
    x = np.random.default_rng(0).normal(size=(9, 7))
    assert pw.check_gradients(network, x, np.arange(9) % 4).passed
    assert str(Bent(0.25)) == "bent:0.25"


def test_values_of_another_shape_are_refused() -> None:
    class First(pw.Activation):
        def value(self, x: FloatArray) -> FloatArray:
            return x[..., :1]

        def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
            return np.ones_like(x)

    with pytest.raises(pw.ShapeError) as error:
        pw.Network(4, [5], 2, activation=First())(np.ones((3, 4)))
    assert str(error.value) == "the values of First have shape (3, 1); expected (3, 5), that of x."
