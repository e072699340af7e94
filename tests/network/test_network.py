from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_array

import plainweave as pw
from plainweave.arrays import Cache, FloatArray
from plainweave.network import ACTIVATIONS, Linear
from plainweave.randomness import Draw, epoch_order


def one_hot(labels: list[int], classes: int) -> np.ndarray:
    return np.eye(classes)[labels]


def test_one_forward_and_backward_pass_by_hand() -> None:
    # One input of 2, one hidden tanh unit, two classes; the label is class 1.
    network = pw.Network(1, [1], 2, dtype="float64").with_parameters(
        {
            "hidden_1.weight": np.array([[0.5]]),
            "hidden_1.bias": np.array([[-1.0]]),
            "output.weight": np.array([[1.0, 3.0]]),
            "output.bias": np.array([[0.0, np.log(3)]]),
        }
    )
    logits, caches = network.forward(np.array([[2.0]]))
    # tanh(0.5 * 2 - 1) = 0, so the logits are the biases and the probabilities 1/4 and 3/4.
    np.testing.assert_allclose(logits, [[0, np.log(3)]])
    value, dlogits = pw.SoftmaxCrossEntropy().value_and_gradient(logits, one_hot([1], 2))
    np.testing.assert_allclose(value, np.log(4 / 3))
    np.testing.assert_allclose(dlogits, [[0.25, -0.25]])
    gradients = network.backward(dlogits, caches)
    np.testing.assert_allclose(gradients["output.weight"], [[0, 0]])
    np.testing.assert_allclose(gradients["output.bias"], [[0.25, -0.25]])
    # dhidden = 0.25 * 1 - 0.25 * 3 = -0.5, times tanh' = 1 there.
    np.testing.assert_allclose(gradients["hidden_1.weight"], [[-1.0]])
    np.testing.assert_allclose(gradients["hidden_1.bias"], [[-0.5]])


def test_initial_weights_are_a_function_of_the_seed_and_biases_are_0() -> None:
    first, again, other = (pw.Network(5, [4], 3, seed=seed).parameters for seed in (1, 1, 2))
    for name, value in first.items():
        np.testing.assert_array_equal(value, again[name])
        assert (value == 0).all() == name.endswith("bias")
    assert not np.array_equal(first["output.weight"], other["output.weight"])


def test_both_precisions_begin_with_the_same_weights() -> None:
    single, double = (pw.Network(5, [4], 3, dtype=dtype).parameters for dtype in ("float32", "float64"))
    for name, value in double.items():
        np.testing.assert_array_equal(value.astype(np.float32), single[name])


@pytest.mark.parametrize("hidden", [[], [1], [3, 4], [2, 3, 4, 5]])
def test_layers_units_and_activations_are_free(hidden: list[int]) -> None:
    names = list(ACTIVATIONS)[: len(hidden)]
    network = pw.Network(7, hidden, 3, activation=names)
    sizes = [value.shape for name, value in network.parameters.items() if name.endswith("weight")]
    assert sizes == list(zip([7, *hidden], [*hidden, 3], strict=True))
    assert network(np.ones((2, 7), np.float32)).shape == (2, 3)


def test_the_default_network_has_42310_parameters() -> None:
    assert sum(value.size for value in pw.Network(784, [50, 50], 10).parameters.values()) == 42_310


@pytest.mark.parametrize("models", [1, 3])
@given(seed=st.integers(0, 1000), batch=st.integers(1, 70), width=st.integers(1, 70))
def test_a_stack_gives_bitwise_what_its_members_give(models: int, seed: int, batch: int, width: int) -> None:
    seeds = list(range(seed, seed + models))
    stack = pw.Network(9, [width, 3], 4, seed=seeds)
    x = np.random.default_rng(seed).normal(size=(models, batch, 9)).astype(np.float32)
    targets = one_hot([row % 4 for row in range(batch)], 4).astype(np.float32)
    logits, caches = stack.forward(x)
    values, dlogits = pw.SoftmaxCrossEntropy().value_and_gradient(logits, targets)
    gradients = stack.backward(dlogits, caches)
    for model, each in enumerate(seeds):
        alone = pw.Network(9, [width, 3], 4, seed=each)
        own_logits, own_caches = alone.forward(x[model])
        value, own_dlogits = pw.SoftmaxCrossEntropy().value_and_gradient(own_logits, targets)
        assert values[model] == value
        for name, gradient in alone.backward(own_dlogits, own_caches).items():
            np.testing.assert_array_equal(gradients[name][model], gradient)
            np.testing.assert_array_equal(stack.member(model).parameters[name], alone.parameters[name])


@given(x=arrays.arrays(np.float64, (6, 5), elements=st.floats(-10, 10)))
def test_a_batch_gives_what_its_examples_give_one_by_one(x: np.ndarray) -> None:
    network = pw.Network(5, [4], 3, dtype="float64")
    one_by_one = np.concatenate([network(x[row : row + 1]) for row in range(len(x))])
    np.testing.assert_allclose(network(x), one_by_one, rtol=1e-12, atol=1e-14)


def test_the_first_layer_computes_no_input_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    network = pw.Network(5, [4], 3)
    asked: list[Linear] = []
    original = Linear.backward

    def backward(self: Linear, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        asked.append(self)
        return original(self, dy, cache)

    monkeypatch.setattr(Linear, "backward", backward)
    logits, caches = network.forward(np.ones((2, 5), np.float32))
    network.backward(np.ones_like(logits), caches)
    assert asked == [network.linear[1]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden": [50, 0]}, "hidden is 0; expected a whole number of at least 1."),
        ({"hidden": [-5]}, "hidden is -5; expected a whole number of at least 1."),
        ({"hidden": [2.5]}, "hidden is 2.5; expected a whole number of at least 1."),
        (
            {"hidden": "50x50"},
            "hidden is '50x50'; expected a list of whole numbers, the units of each hidden layer.",
        ),
        ({"inputs": 0}, "inputs is 0; expected a whole number of at least 1."),
        ({"outputs": True}, "outputs is True; expected a whole number of at least 1."),
        (
            {"activation": ["tanh"]},
            "activation is ['tanh']; expected one name, or a list of 2 for hidden layers of [4, 4] units.",
        ),
        ({"seed": -1}, "seed is -1; expected a whole number of at least 0."),
        ({"dtype": "int32"}, "dtype is 'int32'; expected one of float32, float64."),
        (
            {"initializer": "he"},
            "initializer is 'he'; expected one of he-normal, he-uniform, lecun-normal, lecun-uniform, "
            "xavier-normal, xavier-uniform.",
        ),
    ],
)
def test_bad_settings_are_refused(arguments: dict[str, object], message: str) -> None:
    settings = {"inputs": 3, "hidden": [4, 4], "outputs": 2, **arguments}
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Network(**settings)  # type: ignore[arg-type]
    assert str(error.value) == message


@pytest.mark.parametrize("shape", [(32, 783), (784,), (784, 32)])
def test_inputs_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(pw.ShapeError) as error:
        pw.Network(784, [5], 10).forward(np.zeros(shape, np.float32))
    advice = " x.reshape(1, -1) makes one example a batch." if shape == (784,) else ""
    assert str(error.value) == f"Network of 784 inputs: x has shape {shape}; expected (batch, 784).{advice}"


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden": np.array([5, 6])},
        {"hidden": (np.int64(5), np.uint8(6))},
        {"hidden": range(5, 7)},
        {"inputs": np.int32(4), "outputs": np.array(3)},
        {"dtype": np.float32},
        {"activation": np.array(["tanh", "tanh"])},
        {"activation": np.str_("tanh")},
        {"activation": (pw.Tanh(), np.str_("tanh"))},
        {"seed": np.int64(7)},
        {"seed": np.array(7)},
    ],
)
def test_settings_of_numpy_are_settings(settings: dict[str, Any]) -> None:
    plain = pw.Network(4, [5, 6], 3, seed=7)
    made = pw.Network(**{"inputs": 4, "hidden": [5, 6], "outputs": 3, "seed": 7, **settings})
    assert (made.inputs, made.hidden, made.outputs) == (4, (5, 6), 3)
    assert {type(size) for size in (made.inputs, *made.hidden, made.outputs)} == {int}
    for name, value in plain.parameters.items():
        np.testing.assert_array_equal(made.parameters[name], value)


@pytest.mark.parametrize("seeds", [np.arange(2), list(np.arange(2)), (0, np.uint8(1)), range(2)])
def test_seeds_of_numpy_make_a_stack_and_order_its_examples(seeds: Any, parts: pw.Split) -> None:
    stack, plain = pw.Network(64, [5], 10, seed=seeds), pw.Network(64, [5], 10, seed=[0, 1])
    results = [pw.fit(each, parts, pw.SGD(0.1), epochs=1, seed=seeds) for each in (stack, plain)]
    for name, value in results[1].network.parameters.items():
        np.testing.assert_array_equal(results[0].network.parameters[name], value)
    np.testing.assert_array_equal(epoch_order(seeds, 1, 9), epoch_order([0, 1], 1, 9))
    np.testing.assert_array_equal(epoch_order(seeds[1], 1, 9), epoch_order(1, 1, 9))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": []}, "seed is []; expected a whole number, or a list of at least 1 for a stack."),
        (
            {"seed": np.zeros(0, int)},
            "seed is array([], dtype=int64); expected a whole number, or a list of at least 1 for a stack.",
        ),
        (
            {"seed": [[0, 1]]},
            "seed is [[0, 1]]; expected a whole number, or a list of at least 1 for a stack.",
        ),
        ({"seed": None}, "seed is None; expected a whole number of at least 0."),
        ({"seed": [0, -1]}, "seed is -1; expected a whole number of at least 0."),
        ({"seed": np.array([[1]])}, "seed is array([[1]]); expected a whole number of at least 0."),
        ({"hidden": 50}, "hidden is 50; expected a list of whole numbers, the units of each hidden layer."),
        (
            {"hidden": {50}},
            "hidden is {50}; expected a list of whole numbers, the units of each hidden layer.",
        ),
        ({"hidden": np.array([5.0])}, "hidden is 5.0; expected a whole number of at least 1."),
        ({"hidden": [np.array([5])]}, "hidden is array([5]); expected a whole number of at least 1."),
        ({"inputs": np.True_}, "inputs is np.True_; expected a whole number of at least 1."),
        (
            {"inputs": np.timedelta64(3, "D")},
            "inputs is np.timedelta64(3,'D'); expected a whole number of at least 1.",
        ),
        ({"dtype": "floaty"}, "dtype is 'floaty'; expected one of float32, float64. Did you mean 'float64'?"),
        (
            {"dtype": np.float16},
            "dtype is 'float16'; expected one of float32, float64. Did you mean 'float64'?",
        ),
        ({"dtype": None}, "dtype is None; expected one of float32, float64."),
        ({"dtype": 32}, "dtype is 32; expected one of float32, float64."),
        (
            {"activation": pw.ReLU},
            "activation is the class ReLU; expected an activation. Did you mean ReLU()?",
        ),
        (
            {"activation": ["tanh", pw.LeakyReLU]},
            "activation is the class LeakyReLU; expected an activation. Did you mean LeakyReLU()?",
        ),
        (
            {"activation": np.tanh},
            "activation is <ufunc 'tanh'>; expected one name, or a list of 2 for hidden layers of [4, 4] "
            "units.",
        ),
    ],
)
def test_settings_that_are_nearly_right_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Network(**{"inputs": 3, "hidden": [4, 4], "outputs": 2, **arguments})
    assert str(error.value) == message


def test_a_network_says_what_it_is() -> None:
    assert repr(pw.Network(784, [50, 50], 10)) == "Network(784-50-50-10, tanh, 42,310 parameters)"
    stack = pw.Network(4, [5, 6], 3, activation=["relu", Nameless()], seed=[1, 2])
    assert repr(stack) == "Network(4-5-6-3, relu, Nameless, 82 parameters, 2 models)"
    assert repr(pw.Network(4, [], 3)) == "Network(4-3, 15 parameters)"
    assert repr(stack.layers[0]) == "Linear(4, 5)"


class Nameless(pw.ReLU):
    """An activation of one's own, which does not go by its parent's name."""


@pytest.mark.parametrize(
    "given",
    [
        lambda value: value.astype(np.float64),
        lambda value: value.tolist(),
        lambda value: np.asfortranarray(value),
        lambda value: np.repeat(value, 2, axis=-1)[..., ::2],
        lambda value: value[::-1, ::-1].copy()[::-1, ::-1],
        lambda value: value.astype(">f4"),
        lambda value: value.astype(np.longdouble),
        lambda value: value.view(np.matrix),
        lambda value: np.broadcast_to(value, value.shape),
    ],
)
def test_weights_from_elsewhere_are_the_same_weights(
    given: Callable[[FloatArray], Any], parts: pw.Split
) -> None:
    plain = pw.Network(64, [5], 10, seed=3)
    taken = plain.with_parameters({name: given(value.copy()) for name, value in plain.parameters.items()})
    assigned = pw.Network(64, [5], 10)
    for number, layer in enumerate(assigned.linear):
        layer.weight = given(plain.linear[number].weight.copy())
        layer.bias = given(plain.linear[number].bias.copy())
    for network in (taken, assigned):
        for name, value in plain.parameters.items():
            found = network.parameters[name]
            assert type(found) is np.ndarray
            assert (str(found.dtype), found.flags.c_contiguous) == ("float32", True)
            np.testing.assert_array_equal(found, value)
    results = [pw.fit(each, parts, pw.SGD(0.1), epochs=1) for each in (plain, taken, assigned)]
    losses = {float(result.history.validation_loss[0]) for result in results}
    assert len(losses) == 1


def test_weights_that_need_no_change_are_not_copied() -> None:
    network = pw.Network(4, [5], 3)
    weight, bias = np.ones((2, 4, 5), np.float32), np.ones((1, 3), np.float32)
    taken = network.with_parameters({"hidden_1.weight": weight, "output.bias": bias})
    assert taken.linear[0].weight is weight
    network.linear[1].bias = bias
    assert network.linear[1].bias is bias


NETWORK = pw.Network(4, [5], 3)
STACK = pw.Network(4, [5], 3, seed=[0, 1])


def replaced(**arrays: Any) -> Callable[[], object]:
    return lambda: NETWORK.with_parameters({name.replace("__", "."): value for name, value in arrays.items()})


def assigned(name: str, value: Any, network: pw.Network = NETWORK) -> Callable[[], object]:
    return lambda: setattr(network.linear[0], name, value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            replaced(hiden_1__weight=np.zeros((4, 5))),
            "a parameter is called 'hiden_1.weight'; expected one of hidden_1.weight, hidden_1.bias, "
            "output.weight, output.bias. Did you mean 'hidden_1.weight'?",
        ),
        (
            lambda: NETWORK.with_parameters([np.zeros((4, 5))]),  # type: ignore[arg-type]
            "parameters is a list; expected arrays by name, as in {'output.bias': bias}.",
        ),
        (
            replaced(hidden_1__weight=np.zeros((5, 4))),
            "hidden_1.weight has shape (5, 4); expected (4, 5), or (models, 4, 5) of a stack.",
        ),
        (
            replaced(hidden_1__bias=np.zeros(5)),
            "hidden_1.bias has shape (5,); expected (1, 5), or (models, 1, 5) of a stack.",
        ),
        (
            replaced(hidden_1__weight=np.zeros((2, 2, 4, 5))),
            "hidden_1.weight has shape (2, 2, 4, 5); expected (4, 5), or (models, 4, 5) of a stack.",
        ),
        (
            replaced(hidden_1__weight=np.zeros((2, 4, 5)), output__bias=np.zeros((3, 1, 3))),
            "output.bias has shape (3, 1, 3), of 3 models; expected 2, as hidden_1.weight has.",
        ),
        (
            lambda: STACK.with_parameters({"output.bias": np.zeros((3, 1, 3))}),
            "output.bias has shape (3, 1, 3), of 3 models; expected 2, as hidden_1.weight has.",
        ),
        (
            replaced(output__bias=[["a", "b", "c"]]),
            "output.bias: text (<U1); expected real numbers. Text that holds numbers becomes numbers by "
            ".astype(float).",
        ),
        (
            replaced(output__bias=np.zeros((1, 3), complex)),
            "output.bias: complex numbers (complex128); expected real numbers. Give the real and the "
            "imaginary "
            "part as features of their own.",
        ),
        (
            assigned("weight", np.zeros((4, 500))),
            "weight has shape (4, 500); expected (4, 5), or (models, 4, 5) of a stack.",
        ),
        (assigned("weight", np.zeros((2, 4, 5))), "weight has shape (2, 4, 5); expected (4, 5), as before."),
        (assigned("bias", np.zeros((1, 5)), STACK), "bias has shape (1, 5); expected (2, 1, 5), as before."),
        (
            lambda: Linear(np.ones((4, 5)), np.ones((1, 4))),
            "bias has shape (1, 4); expected (1, 5), or (models, 1, 5) of a stack.",
        ),
        (lambda: Linear(np.ones(4), np.ones((1, 4))), "weight has shape (4,); expected (inputs, outputs)."),
        (
            lambda: Linear(np.ones((2, 4, 5)), np.ones((3, 1, 5))),
            "bias has shape (3, 1, 5), of 3 models; expected 2, as weight has.",
        ),
        (lambda: NETWORK.member(0), "the network is no stack; expected one to take a member of."),
        (lambda: STACK.member(2), "model is 2; expected 0 to 1."),
        (lambda: STACK.member(-1), "model is -1; expected a whole number of at least 0."),
        (lambda: NETWORK.astype("int8"), "dtype is 'int8'; expected one of float32, float64."),
        (
            lambda: pw.Network.stacked([NETWORK, pw.Network(4, [5], 3, activation="relu")]),
            "networks are [Network(4-5-3, tanh, 43 parameters), Network(4-5-3, relu, 43 parameters)]; "
            "expected at "
            "least 1, none a stack, of one class and the same layers and precision.",
        ),
        (
            lambda: pw.Network.stacked([]),
            "networks are []; expected at least 1, none a stack, of one class and the same layers "
            "and precision.",
        ),
        (
            lambda: pw.Network.stacked([NETWORK, "another"]),  # type: ignore[list-item]
            "one of the networks is 'another'; expected a Network, as in "
            "pw.Network(features, [50], classes).",
        ),
        (
            lambda: NETWORK(np.array([[1, 2, 3, 4], [1, 2, np.nan, 4]])),
            "x[1, 2] is nan; expected finite numbers. Leave that example out, or fill in a number.",
        ),
        (
            lambda: STACK(np.full((2, 1, 4), -np.inf)),
            "x[0, 0, 0] is -inf; expected finite numbers. Leave that example out, or fill in a number.",
        ),
        (
            lambda: STACK.forward(np.ones((3, 7, 4))),
            "Network of 2 models: x has shape (3, 7, 4); expected (batch, 4), or (2, batch, 4) with a "
            "batch for "
            "each.",
        ),
        (
            lambda: NETWORK([["a"] * 4]),  # type: ignore[arg-type]
            "x: text (<U1); expected real numbers. Text that holds numbers becomes numbers by "
            ".astype(float).",
        ),
    ],
)
def test_arrays_that_do_not_fit_a_network_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        call()
    assert str(error.value) == message


def test_x_may_be_lists_whole_numbers_or_sparse() -> None:
    x = np.arange(8).reshape(2, 4)
    logits = NETWORK.forward(x.astype(np.float32))[0]
    for given_x in (x, x.tolist(), x.astype(np.uint8), x.astype(np.float16), csr_array(x), x > 100):
        found = NETWORK.forward(given_x)[0]  # type: ignore[arg-type]
        assert found.dtype == np.float32
        if np.ndim(given_x) == 0 or np.asarray(given_x).dtype != bool:
            np.testing.assert_array_equal(found, logits)


class Scaled(Linear):
    """A layer of one's own, with a setting of its own."""

    factor = 2.0

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        y, cache = super().forward(x)
        return self.factor * y, cache


def test_a_layer_of_ones_own_stays_one(parts: pw.Split) -> None:
    network = pw.Network(64, [5], 10)
    network.layers[0] = scaled = Scaled(network.linear[0].weight, network.linear[0].bias)
    scaled.factor = 3.0
    stack = pw.Network.stacked([network, network])
    for twin in (
        network.with_parameters({"output.bias": np.ones((1, 10))}),
        network.astype("float64"),
        stack,
        stack.member(1),
        pw.fit(network, parts, pw.SGD(0.1), epochs=1).network,
    ):
        first, _, last = twin.layers
        assert isinstance(first, Scaled)
        assert first.factor == 3.0
        assert type(last) is Linear


def changed(change: Callable[[pw.Network], object], seed: Any = 0) -> pw.Network:
    network = pw.Network(64, [6, 6], 10, seed=seed)
    change(network)
    return network


LINEAR_6_5 = Linear(np.ones((6, 5), np.float32), np.ones((1, 5), np.float32))


class Bare:
    """A layer without weights."""


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            changed(lambda network: network.layers.clear()),
            "the network has 0 layers and none is linear; expected at least 1, which says how many inputs "
            "and outputs there are.",
        ),
        (
            changed(lambda network: network.layers.__setitem__(2, LINEAR_6_5)),
            "output takes 6 features; expected 5, what the layers before it give.",
        ),
        (
            changed(lambda network: network.layers.__setitem__(1, Bare())),  # type: ignore[call-overload]
            "layers[1] is a Bare; expected a Layer, as in pw.Tanh().",
        ),
        (
            changed(lambda network: network.layers.__setitem__(1, "tanh")),  # type: ignore[call-overload]
            "layers[1] is 'tanh'; expected a Layer, as in pw.Tanh().",
        ),
        (
            changed(lambda network: network.layers.insert(0, pw.Scale(np.ones((1, 63), np.float32)))),
            "hidden_1 takes 64 features; expected 63, what the layers before it give.",
        ),
        (
            changed(lambda network: network.layers.__setitem__(2, Linear(np.ones((6, 6)), np.ones((1, 6))))),
            "hidden_2.weight is of float64; expected float32, as all parameters. network.with_parameters "
            "makes it so.",
        ),
        (
            changed(lambda network: vars(network.layers[0]).update(bias=np.ones((1, 7), np.float32))),
            "hidden_1.bias has shape (1, 7); expected (1, 6), for its weight.",
        ),
        (
            changed(lambda network: vars(network.layers[0]).update(bias=[1.0])),
            "hidden_1.bias is a list; expected an array of 2 axes, or of 3 in a stack, as the class Linear "
            "names it as a parameter.",
        ),
        (
            changed(lambda _: None).with_parameters({"hidden_2.weight": np.ones((3, 6, 6))}),
            "hidden_2.weight has shape (3, 6, 6); expected (6, 6), of as many models as output.bias.",
        ),
        (
            changed(lambda _: None, seed=[0, 1]).with_parameters({"hidden_2.bias": np.ones((1, 6))}),
            "hidden_2.bias has shape (1, 6); expected (2, 1, 6), of as many models as output.bias.",
        ),
        (
            changed(lambda network: setattr(network.linear[1], "bias", network.linear[0].bias)),
            "hidden_2.bias is the same array as hidden_1.bias; expected one of its own to train. Copy it.",
        ),
        (
            changed(lambda network: network.linear[2].bias.setflags(write=False)),
            "output.bias is an array that can't be written to; expected one of its own to train. Copy it.",
        ),
    ],
)
@pytest.mark.parametrize("engine", ["auto", "numpy"])
def test_a_network_changed_to_what_it_cannot_be_is_not_trained(
    network: pw.Network, message: str, engine: str, parts: pw.Split
) -> None:
    with pytest.raises(pw.PlainweaveError) as error:
        pw.fit(network, parts, pw.SGD(0.1), epochs=1, engine=engine)
    assert str(error.value) == message


def test_parameters_that_nothing_would_keep_are_refused(parts: pw.Split) -> None:
    class Normed(pw.Network):
        gain = np.ones((1, 1), np.float32)

        @property
        def parameters(self) -> dict[str, FloatArray]:
            return {**super().parameters, "gain": self.gain}

    with pytest.raises(pw.ConfigurationError) as error:
        pw.fit(Normed(64, [5], 10), parts, pw.SGD(0.1), epochs=1)
    assert str(error.value) == (
        "Normed has parameters of its own; expected those of its layers. Put them into a layer."
    )
