"""One list of layers: those of this library and one's own, alone and in stacks."""

import pickle
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave import tree
from plainweave.arrays import Cache, FloatArray
from plainweave.network import ACTIVATIONS
from plainweave.randomness import Draw


@dataclass(frozen=True)
class Gate(pw.Layer):
    """One of one's own with a setting and two parameters: y = x / (1 + exp(-sharpness (a x + b)))."""

    a: FloatArray = field(compare=False)
    b: FloatArray = field(compare=False)
    sharpness: float = 2.0
    name = "gate-of-tests"
    names = ("a", "b")

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        s = 1 / (1 + np.exp(-self.sharpness * (self.a * x + self.b)))
        return x * s, (x, s)

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        x, s = cache
        inner = dy * x * s * (1 - s) * self.sharpness
        gradients = {
            "a": (inner * x).sum(axis=-2, keepdims=True),
            "b": inner.sum(axis=-2, keepdims=True),
        }
        return dy * s + inner * self.a, gradients


def gate(units: int, dtype: str = "float64", seed: int = 0, sharpness: float = 2.0) -> Gate:
    stream = np.random.default_rng(seed)
    a, b = (stream.normal(size=(1, units)).astype(dtype) for _ in range(2))
    return Gate(a, b, sharpness)


def linear(inputs: int, outputs: int, dtype: str = "float64", seed: int = 0) -> pw.Linear:
    stream = np.random.default_rng(seed)
    return pw.Linear(stream.normal(size=(inputs, outputs)).astype(dtype), np.zeros((1, outputs), dtype))


def of_all_kinds(dtype: str = "float64", seed: int = 0) -> pw.Network:
    return pw.Network.of(
        [
            pw.Scale(np.ones((1, 7), dtype)),
            gate(7, dtype, seed),
            linear(7, 6, dtype, seed),
            pw.GELU(),
            gate(6, dtype, seed + 1),
            pw.Dropout(0.25),
            linear(6, 5, dtype, seed),
            linear(5, 4, dtype, seed),
        ]
    )


X: FloatArray = np.random.default_rng(0).normal(size=(9, 7))
ROWS = np.arange(9)


def test_parameters_go_by_their_layers() -> None:
    network = of_all_kinds()
    assert network.layer_names == [
        *("scale", "gate-of-tests", "hidden_1", "gelu", "gate-of-tests_2", "dropout", "hidden_2", "output"),
    ]
    assert list(network.parameters) == [
        *("scale.factor", "gate-of-tests.a", "gate-of-tests.b", "hidden_1.weight", "hidden_1.bias"),
        *("gate-of-tests_2.a", "gate-of-tests_2.b", "hidden_2.weight", "hidden_2.bias"),
        *("output.weight", "output.bias"),
    ]
    assert (network.inputs, network.hidden, network.outputs) == (7, (6, 5), 4)
    assert network.activations == (pw.GELU(), pw.Identity())
    assert [type(layer) for layer in network.linear] == [pw.Linear] * 3
    assert repr(network) == (
        "Network(7-6-5-4, scale, gate-of-tests:2.0, gelu, gate-of-tests:2.0, dropout:0.25, 140 parameters)"
    )


def test_a_layer_by_the_name_of_a_linear_one_gets_a_number() -> None:
    class Output(pw.ReLU):
        names = ("slope",)
        slope = np.ones((1, 1))

    network = pw.Network.of([linear(7, 6), Output(), linear(6, 4)])
    assert list(network.parameters)[2:] == ["output_2.slope", "output.weight", "output.bias"]


def test_gradients_of_any_layers_pass_the_check() -> None:
    assert pw.check_gradients(of_all_kinds(), X, ROWS % 4).passed


def test_wrong_gradients_of_ones_own_do_not_pass() -> None:
    class Wrong(Gate):
        def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
            dx, gradients = super().backward(dy, cache)
            return dx, {name: 1.01 * gradient for name, gradient in gradients.items()}

    right = gate(6)
    network = pw.Network.of([linear(7, 6), Wrong(right.a, right.b), linear(6, 4)])
    failed = [check.name for check in pw.check_gradients(network, X, ROWS % 4).tensors if not check.passed]
    assert failed == ["wrong.a", "wrong.b"]


@pytest.mark.parametrize("text", [*ACTIVATIONS, "elu:0.5"])
def test_a_member_of_a_stack_is_bitwise_the_network_alone(text: str) -> None:
    seeds = [1, 2, 3]
    stack = pw.Network(7, [6, 5], 4, activation=text, dropout=0.25, scale=True, seed=seeds)
    x: FloatArray = np.random.default_rng(1).normal(size=(3, 50, 7)).astype(np.float32)
    rows = np.arange(50)
    outputs, caches = stack.forward(x, Draw.of(seeds, 1, rows))
    gradients = stack.backward(np.ones_like(outputs), caches)
    for model, seed in enumerate(seeds):
        alone = pw.Network(7, [6, 5], 4, activation=text, dropout=0.25, scale=True, seed=seed)
        own, own_caches = alone.forward(x[model], Draw.of(seed, 1, rows))
        np.testing.assert_array_equal(outputs[model], own)
        for name, gradient in alone.backward(np.ones_like(own), own_caches).items():
            np.testing.assert_array_equal(gradients[name][model], gradient)


def test_networks_of_ones_own_layers_are_stacked_copied_and_pickled() -> None:
    networks = [of_all_kinds(seed=seed) for seed in (1, 2)]
    stack = pw.Network.stacked(networks)
    assert stack.stack == (2,)
    outputs, caches = stack.forward(X, Draw.of([3, 4], 1, ROWS))
    gradients = stack.backward(outputs, caches)
    for model, network in enumerate(networks):
        own, own_caches = network.forward(X, Draw.of(3 + model, 1, ROWS))
        np.testing.assert_array_equal(outputs[model], own)
        for name, gradient in network.backward(own, own_caches).items():
            np.testing.assert_array_equal(gradients[name][model], gradient)
    for twin in (
        stack.member(1),
        tree.copied(networks[1]),
        pickle.loads(pickle.dumps(networks[1])),
        networks[1].with_parameters({}),
        networks[1].astype("float64"),
    ):
        assert list(map(str, twin.layers)) == list(map(str, networks[1].layers))
        np.testing.assert_array_equal(twin(X), networks[1](X))
    copied = tree.copied(networks[0])
    copied.parameters["scale.factor"][...] = 2
    assert (networks[0].parameters["scale.factor"] == 1).all()
    single = networks[0].astype("float32")
    assert {value.dtype for value in single.parameters.values()} == {np.dtype(np.float32)}
    sharper = pw.Network.of([*networks[0].layers[:1], gate(7, sharpness=3.0), *networks[0].layers[2:]])
    with pytest.raises(pw.ConfigurationError, match="none a stack, of one class and the same layers"):
        pw.Network.stacked([networks[0], sharper])


def test_a_scale_begins_at_1_and_learns(parts: pw.Split) -> None:
    plain, scaled = (pw.Network(64, [8], 10, scale=scale, seed=1) for scale in (False, True))
    assert scaled.parameters["scale.factor"].shape == (1, 64)
    x = parts.standardizer(parts.training.inputs[:9])
    np.testing.assert_array_equal(plain(x), scaled(x))
    stack = pw.Network(64, [8], 10, scale=True, seed=[1, 2])
    assert stack.parameters["scale.factor"].shape == (2, 1, 64)
    trained = pw.fit(scaled, parts, pw.SGD(0.1), epochs=2).network
    assert (trained.parameters["scale.factor"] != 1).any()
    assert pw.check_gradients(trained, parts.training.inputs[:5] / 16, parts.training.labels[:5]).passed


def test_ones_own_layers_are_trained_on_numpy(parts: pw.Split) -> None:
    network = pw.Network(64, [8], 10, seed=1)
    network.layers.insert(1, gate(8, "float32"))
    result = pw.fit(network, parts, pw.SGD(0.1), epochs=3)
    assert result.history.validation_loss[-1] < result.history.validation_loss[0]
    assert not np.array_equal(result.network.parameters["gate-of-tests.a"], gate(8, "float32").a)
    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(network, parts, pw.SGD(0.1), epochs=1, engine="compiled")
    assert str(error.value) == "engine is 'compiled', but it does not know Gate. Give 'auto' or 'numpy'."


def test_a_parameter_is_replaced_by_one_of_its_shape_and_takes_on_its_precision() -> None:
    scale = pw.Scale(np.ones((1, 3), np.float32))
    scale.factor = [[1, 2, 3]]  # type: ignore[assignment]
    assert scale.factor.dtype == np.float32
    np.testing.assert_array_equal(scale.forward(np.ones((2, 3), np.float32))[0], [[1, 2, 3]] * 2)
    with pytest.raises(pw.ShapeError) as error:
        scale.factor = np.ones((1, 4))
    assert str(error.value) == "factor has shape (1, 4); expected (1, 3), or (models, 1, 3) of a stack."
    with pytest.raises(pw.ShapeError) as error:
        scale.factor = np.ones((2, 1, 3))
    assert str(error.value) == "factor has shape (2, 1, 3); expected (1, 3), as before."
    assert repr(scale) == "Scale(3)"


NONE_LINEAR = "and none is linear; expected at least 1, which says how many inputs and outputs there are."
NO_ARRAY = "expected an array of 2 axes, or of 3 in a stack, as the class Gate names it as a parameter."


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], f"the network has 0 layers {NONE_LINEAR}"),
        ([pw.Tanh()], f"the network has 1 layers {NONE_LINEAR}"),
        (pw.Tanh(), "layers is Tanh(); expected a list of layers."),
        (["tanh"], "layers[0] is 'tanh'; expected a Layer, as in pw.Tanh()."),
        ([linear(3, 4), pw.Tanh], "layers[1] is the class Tanh; expected a layer. Did you mean Tanh()?"),
        (
            [linear(3, 4), linear(5, 2)],
            "output takes 5 features; expected 4, what the layers before it give.",
        ),
        (
            [pw.Scale(np.ones((1, 2))), linear(3, 4)],
            "output takes 3 features; expected 2, what the layers before it give.",
        ),
        (
            [linear(3, 4), pw.Scale(np.ones((1, 2)))],
            "scale takes 2 features; expected 4, what the layers before it give.",
        ),
        (
            [linear(3, 4), gate(4, "float32")],
            "gate-of-tests.a is of float32; expected float64, as all parameters. "
            "network.with_parameters makes it so.",
        ),
        (
            [linear(3, 4), Gate(np.ones(4), np.ones(4))],
            f"gate-of-tests.a has shape (4,); {NO_ARRAY}",
        ),
        (
            [linear(3, 4), Gate(None, None)],  # type: ignore[arg-type]
            f"gate-of-tests.a is a NoneType; {NO_ARRAY}",
        ),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers: Any, message: str) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        pw.Network.of(layers)
    assert str(error.value) == message


def test_a_layer_twice_is_refused() -> None:
    square = linear(4, 4)
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Network.of([square, square])
    assert str(error.value) == (
        "output.weight is the same array as hidden_1.weight; expected one of its own to train. Copy it."
    )


@pytest.mark.parametrize(
    ("factor", "message"),
    [
        (np.ones(3), "factor has shape (3,); expected (1, features)."),
        (np.ones((2, 3)), "factor has shape (2, 3); expected (1, 3), or (models, 1, 3) of a stack."),
    ],
)
def test_a_factor_of_another_shape_is_refused(factor: FloatArray, message: str) -> None:
    with pytest.raises(pw.ShapeError) as error:
        pw.Scale(factor)
    assert str(error.value) == message


def test_whether_there_is_a_scale_is_yes_or_no() -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Network(3, [4], 2, scale=1)  # type: ignore[arg-type]
    assert str(error.value) == "scale is 1; expected true or false."
