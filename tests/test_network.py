from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import plainweave as pw
from plainweave.arrays import Cache, FloatArray
from plainweave.network import ACTIVATIONS, INITIALIZERS, Linear, activation

logits_of_any_size = arrays.arrays(
    np.float64, arrays.array_shapes(min_dims=2, max_dims=3), elements=st.floats(-1e4, 1e4)
)


def one_hot(labels: list[int], classes: int) -> np.ndarray:
    return np.eye(classes)[labels]


@given(logits=logits_of_any_size, shift=st.floats(-1e3, 1e3))
def test_softmax_gives_probabilities_and_is_shift_invariant(logits: np.ndarray, shift: float) -> None:
    probabilities = pw.softmax(logits)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1)
    np.testing.assert_allclose(pw.softmax(logits + shift), probabilities, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loss_stays_finite_for_logits_of_ten_thousand(dtype: type) -> None:
    logits: FloatArray = np.array([[1e4, -1e4, 0], [-1e4, 1e4, 1e4]]).astype(dtype)
    value, gradient = pw.SoftmaxCrossEntropy().value_and_gradient(logits, one_hot([1, 0], 3).astype(dtype))
    np.testing.assert_allclose(value, (2e4 + 2e4 + np.log(2)) / 2, rtol=1e-6)
    np.testing.assert_allclose(gradient, [[0.5, -0.5, 0], [-0.5, 0.25, 0.25]], atol=1e-7)
    assert gradient.dtype == dtype


def test_the_loss_of_equal_logits_is_the_logarithm_of_the_classes() -> None:
    value = pw.SoftmaxCrossEntropy().value(np.zeros((4, 10)), one_hot([0, 3, 3, 9], 10))
    np.testing.assert_allclose(value, np.log(10))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loss_of_a_network_that_is_sure_is_not_0(dtype: type) -> None:
    logits: FloatArray = np.array([[20, -20], [-20, 20]]).astype(dtype)
    value = pw.SoftmaxCrossEntropy().value(logits, one_hot([0, 1], 2).astype(dtype))
    np.testing.assert_allclose(value, np.exp(-40), rtol=1e-6)


def test_logits_that_are_whole_numbers_in_any_form_are_numbers() -> None:
    expected = np.exp([1.0, 2, 3]) / np.exp([1.0, 2, 3]).sum()
    given: list[Any] = [[1, 2, 3], (1, 2.0, 3), np.array([1, 2, 3]), np.array([1, 2, 3], np.uint8)]
    given += [np.array([1, 2, 3], kind) for kind in (np.int8, np.float16, np.longdouble)]
    loss = pw.SoftmaxCrossEntropy()
    for logits in given:
        np.testing.assert_allclose(pw.softmax(logits), expected, rtol=1e-14)
        value, gradient = loss.value_and_gradient([logits], [[0, 0, 1]])
        np.testing.assert_allclose(value, -np.log(expected[2]), rtol=1e-14)
        np.testing.assert_allclose(gradient[0], expected - np.array([0, 0, 1]), rtol=1e-14)
        np.testing.assert_array_equal(loss.value([logits], np.array([[0, 0, 1]], np.uint8)), value)
    np.testing.assert_array_equal(pw.softmax([[True, True]]), [[0.5, 0.5]])


def test_a_logit_of_minus_infinity_has_the_probability_0() -> None:
    logits = np.array([[0, -np.inf, 0], [-np.inf, 5, -np.inf]])
    np.testing.assert_array_equal(pw.softmax(logits), [[0.5, 0, 0.5], [0, 1, 0]])
    loss = pw.SoftmaxCrossEntropy()
    value, gradient = loss.value_and_gradient(logits, one_hot([0, 1], 3))
    np.testing.assert_allclose(value, np.log(2) / 2)
    np.testing.assert_allclose(gradient, [[-0.25, 0.0, 0.25], [0.0, 0.0, 0.0]])
    assert loss.value(logits, one_hot([1, 1], 3)) == np.inf


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_logit_that_is_no_number_or_infinite_makes_the_loss_none_too(bad: float) -> None:
    logits = np.array([[0, bad, 0], [1, 2, 3]])
    with np.errstate(invalid="ignore"):
        probabilities = pw.softmax(logits)
        value, gradient = pw.SoftmaxCrossEntropy().value_and_gradient(logits, one_hot([0, 2], 3))
    assert not np.isfinite(value)
    for rows in (probabilities, gradient):
        np.testing.assert_array_equal(np.isnan(rows), [[True] * 3, [False] * 3])


def test_logits_are_not_changed() -> None:
    logits, targets = np.array([[0.0, 1, 2]]), one_hot([2], 3)
    pw.softmax(logits)
    pw.SoftmaxCrossEntropy().value_and_gradient(logits, targets)
    pw.SoftmaxCrossEntropy().value(logits, targets)
    np.testing.assert_array_equal(logits, [[0, 1, 2]])
    np.testing.assert_array_equal(targets, [[0, 0, 1]])


ONE_HOT = "expected the same shape, with a 1 for the class of each example."


@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        (
            np.zeros((2, 3)),
            np.zeros((2, 4)),
            f"targets have shape (2, 4) and logits (2, 3); {ONE_HOT}",
        ),
        (np.zeros((2, 3)), np.zeros((1, 3)), f"targets have shape (1, 3) and logits (2, 3); {ONE_HOT}"),
        (
            np.zeros((2, 3)),
            [0, 2],
            f"targets have shape (2,) and logits (2, 3); {ONE_HOT} np.eye(classes)[labels] makes such "
            "targets of labels.",
        ),
        (np.zeros((2, 3)), np.zeros((5, 2, 3)), f"targets have shape (5, 2, 3) and logits (2, 3); {ONE_HOT}"),
        (
            np.zeros(3),
            np.zeros(3),
            "logits have shape (3,); expected (batch, classes), with at least 1 example and 1 class.",
        ),
        (
            np.zeros((0, 3)),
            np.zeros((0, 3)),
            "logits have shape (0, 3); expected (batch, classes), with at least 1 example and 1 class.",
        ),
        (np.zeros((1, 2), complex), np.zeros((1, 2)), "logits are of complex128; expected real numbers."),
        (np.zeros((1, 2)), [["a", "b"]], "targets are of <U1; expected real numbers."),
        (np.array([[None, 1]]), np.zeros((1, 2)), "logits are of object; expected real numbers."),
    ],
)
def test_logits_and_targets_that_do_not_go_together_are_refused(
    logits: Any, targets: Any, message: str
) -> None:
    for function in (pw.SoftmaxCrossEntropy().value, pw.SoftmaxCrossEntropy().value_and_gradient):
        with pytest.raises(pw.PlainweaveError) as error:
            function(logits, targets)
        assert str(error.value) == message


@pytest.mark.parametrize("logits", [3.0, np.zeros((2, 0))])
def test_the_softmax_of_no_classes_is_refused(logits: Any) -> None:
    with pytest.raises(pw.ShapeError) as error:
        pw.softmax(logits)
    assert str(error.value) == (
        f"logits have shape {np.shape(logits)}; expected (..., classes), with at least 1 class."
    )


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


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tanh", np.tanh([-2.0, 0.0, 3.0])),
        ("sigmoid", [1 / (1 + np.exp(2)), 0.5, 1 / (1 + np.exp(-3))]),
        ("relu", [0, 0, 3]),
        ("leaky-relu", [-0.2, 0, 3]),
        ("leaky-relu:0.25", [-0.5, 0, 3]),
        ("identity", [-2, 0, 3]),
    ],
)
def test_activations_are_the_functions_of_their_names(name: str, expected: list[float]) -> None:
    y, _ = activation(name).forward(np.array([[-2.0, 0.0, 3.0]]))
    np.testing.assert_allclose(y, [expected])


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_stay_finite_and_keep_their_precision(name: str, dtype: type) -> None:
    x: FloatArray = np.array([[-1e4, -1, 0, 1, 1e4]]).astype(dtype)
    function = activation(name)
    y, cache = function.forward(x)
    dx = function.backward(np.ones_like(x), cache)
    assert y.dtype == dx.dtype == dtype
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_take_whole_numbers_as_numbers(name: str) -> None:
    function = activation(name)
    y, cache = function.forward(np.array([[0.0, 1, 200]]))
    dx = function.backward(np.array([[1.0, 2, 3]]), cache)
    given: list[Any] = [np.array([[0, 1, 200]], kind) for kind in (np.uint8, np.int16, np.int64, np.float16)]
    for x in [*given, [[0, 1, 200]]]:
        np.testing.assert_array_equal(function.forward(x)[0], y)
        np.testing.assert_array_equal(function.backward(np.array([[1, 2, 3]]), function.forward(x)[1]), dx)
    with pytest.raises(pw.DataError) as error:
        function.forward(np.zeros((1, 1), complex))
    assert str(error.value) == "the inputs of an activation are of complex128; expected real numbers."


def test_sigmoid_is_right_far_out_and_silent() -> None:
    for dtype, tolerance in ((np.float32, 1e-6), (np.float64, 1e-15)):
        y, cache = pw.Sigmoid().forward(np.array([[-20, -80, -1e4, 1e4, np.nan]], dtype))
        np.testing.assert_allclose(y, [[np.exp(-20), np.exp(-80), 0, 1, np.nan]], rtol=1e-8 + tolerance)
        dx = pw.Sigmoid().backward(np.ones_like(y), cache)
        np.testing.assert_allclose(dx, [[np.exp(-20), np.exp(-80), 0, 0, np.nan]], rtol=1e-8 + tolerance)


@pytest.mark.parametrize(("name", "slope"), [("relu", 0), ("leaky-relu:0.3", 0.3)])
def test_the_derivative_at_the_kink_is_that_of_the_left(name: str, slope: float) -> None:
    function = activation(name)
    _, cache = function.forward(np.zeros((1, 1)))
    np.testing.assert_allclose(function.backward(np.ones((1, 1)), cache), [[slope]])


@pytest.mark.parametrize("text", [*ACTIVATIONS, "leaky-relu:0.25"])
def test_an_activation_is_read_back_from_its_text(text: str) -> None:
    again = activation(str(activation(text)))
    assert (type(again), vars(again)) == (type(activation(text)), vars(activation(text)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "tahn",
            "activation is 'tahn'; expected one of tanh, sigmoid, relu, leaky-relu, identity. "
            "Did you mean 'tanh'?",
        ),
        (
            "leaky-relu:x",
            "activation is 'leaky-relu:x'; expected a number after the colon, as in 'leaky-relu:0.1'.",
        ),
        ("leaky-relu:1", "the slope of leaky-relu is 1.0; expected a number of at least 0 and below 1."),
    ],
)
def test_a_bad_activation_is_refused(text: str, message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        activation(text)
    assert str(error.value) == message


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initial_weights_have_the_stated_variance(name: str) -> None:
    weight = pw.Network(400, [600], 10, initializer=name, seed=3).parameters["hidden_1.weight"]
    expected = {"he-normal": 2 / 400}.get(name, 2 / 1000)
    np.testing.assert_allclose(weight.var(), expected, rtol=0.02)
    np.testing.assert_allclose(weight.mean(), 0, atol=0.001)
    if name == "xavier-uniform":
        assert abs(weight).max() <= np.sqrt(6 / 1000)


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
    assert network.probabilities(np.ones((2, 7), np.float32)).shape == (2, 3)


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
    one_by_one = np.concatenate([network.probabilities(x[row : row + 1]) for row in range(len(x))])
    np.testing.assert_allclose(network.probabilities(x), one_by_one, rtol=1e-12)


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
    assert asked == [network.layers[1]]


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
        ({"classes": True}, "classes is True; expected a whole number of at least 1."),
        (
            {"activation": ["tanh"]},
            "activation is ['tanh']; expected one name, or a list of 2 for hidden layers of [4, 4] units.",
        ),
        ({"seed": -1}, "seed is -1; expected a whole number of at least 0."),
        ({"dtype": "int32"}, "dtype is 'int32'; expected one of float32, float64."),
        (
            {"initializer": "he"},
            "initializer is 'he'; expected one of he-normal, xavier-normal, xavier-uniform.",
        ),
    ],
)
def test_bad_settings_are_refused(arguments: dict[str, object], message: str) -> None:
    settings = {"inputs": 3, "hidden": [4, 4], "classes": 2, **arguments}
    with pytest.raises(pw.ConfigurationError) as error:
        pw.Network(**settings)  # type: ignore[arg-type]
    assert str(error.value) == message


@pytest.mark.parametrize("shape", [(32, 783), (784,), (784, 32)])
def test_inputs_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(pw.ShapeError) as error:
        pw.Network(784, [5], 10).forward(np.zeros(shape, np.float32))
    assert str(error.value) == f"Network of 784 inputs: x has shape {shape}; expected (batch, 784)."
