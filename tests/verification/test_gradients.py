from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from network_cases import ACTIVATIONS
from plainweave.network import Linear, Scale
from plainweave.randomness import Draw
from plainweave.verification import numerical_gradient

HIDDEN = [[], [6], [6, 5], [4, 5, 6]]


def examples(features: int = 7, classes: int = 4, count: int = 9) -> tuple[np.ndarray, np.ndarray]:
    stream = np.random.default_rng(1)
    return stream.normal(size=(count, features)), np.arange(count) % classes


def with_random_biases(network: pw.Network) -> pw.Network:
    """Without biases, a layer whose units are all dead leaves the next exactly at its kinks."""
    stream = np.random.default_rng(3)
    return network.with_parameters(
        {
            name: stream.normal(size=value.shape)
            for name, value in network.parameters.items()
            if name.endswith("bias")
        }
    )


@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
@pytest.mark.parametrize("activation", [*ACTIVATIONS, "leaky-relu:0.3"])
def test_every_gradient_of_every_activation_and_depth(activation: str, hidden: list[int]) -> None:
    network = with_random_biases(pw.Network(7, hidden, 4, activation=activation, seed=2))
    report = pw.check_gradients(network, *examples())
    assert report.passed, str(report)
    checked = sum(tensor.checked + tensor.kinks for tensor in report.tensors)
    assert checked == sum(value.size for value in network.parameters.values())
    assert max(tensor.relative_error for tensor in report.tensors) < 1e-8


def test_activations_of_each_layer_may_differ() -> None:
    network = pw.Network(7, [4, 5, 6], 4, activation=["relu", "tanh", "leaky-relu:0.2"])
    assert pw.check_gradients(network, *examples()).passed


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_whole_step_with_l2(activation: str) -> None:
    """A plain step of length 1 moves by the gradient of loss + lambda / 2 * sum of squared weights."""
    x, labels = examples()
    loss, targets, decay = pw.SoftmaxCrossEntropy(), np.eye(4)[labels], 0.3
    network = pw.Network(7, [6, 5], 4, activation=activation, dtype="float64", seed=2)

    def objective(perturbed: pw.Network) -> np.ndarray:
        squares = [
            np.square(value).sum(axis=(-2, -1))
            for name, value in perturbed.parameters.items()
            if name.endswith("weight")
        ]
        penalty = decay / 2 * sum(squares, start=np.zeros(()))
        return np.asarray(loss.value(perturbed.forward(x)[0], targets) + penalty)

    outputs, caches = network.forward(x)
    gradients = network.backward(loss.value_and_gradient(outputs, targets)[1], caches)
    moved, optimizer = network.astype(np.float64), pw.SGD(1.0, weight_decay=decay)
    optimizer.step(moved.parameters, gradients, {}, optimizer.table(0, 1)[0])
    for name, before in network.parameters.items():
        analytic = before - moved.parameters[name]
        numeric = numerical_gradient(objective, network, name, 1e-5)
        error = np.linalg.norm(analytic - numeric) / (np.linalg.norm(analytic) + np.linalg.norm(numeric))
        assert error < 1e-7, name


def planted(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[..., dict[str, np.ndarray]]:
    original = pw.Network.backward

    def backward(self: pw.Network, dlogits: np.ndarray, caches: list[object]) -> dict[str, np.ndarray]:
        gradients = original(self, dlogits, caches)
        return {**gradients, name: change(gradients[name])}

    return backward


def first_element_off(gradient: np.ndarray) -> np.ndarray:
    wrong = gradient.copy()
    wrong[0, 0] *= 1.01
    return wrong


@pytest.mark.parametrize("name", ["hidden_1.weight", "hidden_1.bias", "hidden_2.weight", "output.bias"])
@pytest.mark.parametrize(
    "change",
    [lambda g: g * 1.01, lambda g: -g, np.zeros_like, first_element_off, lambda g: g * len(g)],
    ids=["one percent", "sign", "zero", "one element by one percent", "scale"],
)
def test_planted_wrong_gradients_are_caught(
    monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    if name.endswith("bias") and change(np.full((1, 2), 2.0)).tolist() == [[2.0, 2.0]]:
        return  # a bias has one row: scaling by it changes nothing
    monkeypatch.setattr(pw.Network, "backward", planted(name, change))
    report = pw.check_gradients(pw.Network(7, [6, 5], 4), *examples())
    assert [tensor.name for tensor in report.tensors if not tensor.passed] == [name]


def test_a_planted_wrong_linear_layer_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Linear.gradients

    def mean_instead_of_sum(self: Linear, dy: np.ndarray, cache: np.ndarray) -> dict[str, np.ndarray]:
        return {**original(self, dy, cache), "bias": dy.mean(axis=-2, keepdims=True)}

    monkeypatch.setattr(Linear, "gradients", mean_instead_of_sum)
    report = pw.check_gradients(pw.Network(7, [6, 5], 4), *examples())
    assert [t.name for t in report.tensors if not t.passed] == [
        "hidden_1.bias",
        "hidden_2.bias",
        "output.bias",
    ]


def test_kinks_inside_the_step_are_left_out_and_counted() -> None:
    # The single hidden unit stands exactly at its kink, and every step of its parameters crosses it.
    network = pw.Network(1, [1], 2, activation="relu", dtype="float64").with_parameters(
        {"hidden_1.weight": np.array([[1.0]]), "hidden_1.bias": np.array([[-2.0]])}
    )
    report = pw.check_gradients(network, np.array([[2.0]]), np.array([0]))
    kinks = {tensor.name: (tensor.checked, tensor.kinks) for tensor in report.tensors}
    assert kinks["hidden_1.weight"] == kinks["hidden_1.bias"] == (0, 1)
    assert kinks["output.weight"] == (2, 0)
    assert not report.passed, "what could not be checked is not proven"
    lines = str(report).splitlines()
    assert lines[1].split()[-2:] == ["nothing", "compared"]
    assert lines[3].endswith("passed")
    assert lines[-1] == (
        "Where nothing is compared, every step crosses a kink: units lie exactly on it, as with biases of 0 "
        "and an example of zeros. Give other biases or examples."
    )


def test_a_kink_beside_sound_elements_does_not_fail_the_check() -> None:
    network = pw.Network(7, [6], 4, activation="relu", dtype="float64")
    x, labels = examples()
    # Move the bias of one unit so that one example lies within the step of its kink.
    lies = x[0] @ network.parameters["hidden_1.weight"]
    bias = np.zeros((1, 6))
    bias[0, 2] = -lies[2] + 1e-7
    report = pw.check_gradients(network.with_parameters({"hidden_1.bias": bias}), x, labels)
    assert report.passed
    assert {tensor.name: tensor.kinks for tensor in report.tensors}["hidden_1.bias"] == 1


def test_the_report_says_where_the_largest_error_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(gradient: np.ndarray) -> np.ndarray:
        wrong = gradient.copy()
        wrong[3, 2] += 0.5
        return wrong

    monkeypatch.setattr(pw.Network, "backward", planted("hidden_2.weight", change))
    report = pw.check_gradients(pw.Network(7, [6, 5], 4), *examples())
    tensor = next(each for each in report.tensors if each.name == "hidden_2.weight")
    assert tensor.index == (3, 2)
    np.testing.assert_allclose(tensor.largest_absolute_error, 0.5, rtol=1e-6)
    np.testing.assert_allclose(tensor.analytic - tensor.numeric, 0.5, rtol=1e-6)


def test_the_network_is_left_as_it_is() -> None:
    network = pw.Network(7, [6], 4)
    before = {name: value.copy() for name, value in network.parameters.items()}
    pw.check_gradients(network, *examples())
    for name, value in network.parameters.items():
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, before[name])


def test_a_stack_and_bad_steps_are_refused() -> None:
    with pytest.raises(pw.ConfigurationError, match=r"network is a stack of 2; expected one network"):
        pw.check_gradients(pw.Network(7, [6], 4, seed=[0, 1]), *examples())
    with pytest.raises(pw.ConfigurationError, match=r"epsilon is 0; expected a number above 0"):
        pw.check_gradients(pw.Network(7, [6], 4), *examples(), epsilon=0)


def test_examples_that_do_not_fit_are_refused() -> None:
    network, (x, labels) = pw.Network(7, [6], 4), examples()
    labels = labels.tolist()
    for given, kind, message in (
        ((x[:, :6], labels), pw.ShapeError, "Network of 7 inputs: x has shape (9, 6); expected (batch, 7)."),
        ((x, labels[:-1]), pw.ShapeError,
         "there are 9 inputs, of shape (9, 7), and targets of shape (8,); expected a target for each."),
        ((x[:2], [0, 4]), pw.DataError,
         "example 1 has the label 4; expected 0 to 3, for 4 outputs. Network(..., outputs=5) has enough."),
        ((x[:0], []), pw.ConfigurationError, "there are no examples; expected at least 1."),
    ):  # fmt: skip
        with pytest.raises(kind) as error:
            pw.check_gradients(network, *given)
        assert str(error.value) == message
    assert pw.check_gradients(network, x.tolist(), labels).passed


def test_other_bad_settings_are_refused() -> None:
    network, (x, labels) = pw.Network(7, [6], 4), examples()
    settings: dict[str, tuple[Any, str]] = {
        "loss": (pw.Huber, "loss is the class Huber; expected a loss. Did you mean Huber()?"),
        "engine": ("fast", "engine is 'fast'; expected one of auto, compiled, numpy."),
        "seed": (-1, "seed is -1; expected a whole number of at least 0."),
        "tolerance": (0, "tolerance is 0; expected a number above 0."),
    }
    for name, (value, message) in settings.items():
        with pytest.raises(pw.ConfigurationError) as error:
            pw.check_gradients(network, x, labels, **{name: value})
        assert str(error.value) == message
    with pytest.raises(pw.ShapeError) as misfit:
        pw.check_gradients(network, x, labels, loss="squared-error")
    assert str(misfit.value) == (
        "the network has 4 outputs; expected 1, for SquaredError and targets of 1 number. "
        "Network(..., outputs=1) has as many."
    )
    with pytest.raises(pw.DataError) as wrong:
        pw.check_gradients(network, x, labels, weights=-np.ones(9))
    assert str(wrong.value) == (
        "weights: example 0 has -1; expected 0 to 1e+15. A weight of 0 leaves an example out."
    )


def test_a_forward_of_ones_own_must_keep_what_each_layer_keeps() -> None:
    class Shortened(pw.Network):
        def forward(self, x: Any, draw: Draw | None = None) -> tuple[Any, list[Any]]:
            outputs, caches = super().forward(x, draw)
            return outputs, caches[1:]

    with pytest.raises(pw.ConfigurationError) as error:
        pw.check_gradients(Shortened(7, [6], 4), *examples())
    assert str(error.value) == (
        "Shortened.forward returns 2 caches; expected 3, one of each layer, for they tell where kinks are."
    )


def test_kinks_of_the_loss_are_left_out_and_counted() -> None:
    network = pw.Network(2, [], 1, dtype="float64", seed=1)
    x = np.array([[1.0, 2.0], [3.0, -1.0]])
    targets = network(x)[:, 0] + [1e-7, 1]
    report = pw.check_gradients(network, x, targets, loss=pw.AbsoluteError())
    assert [(tensor.checked, tensor.kinks) for tensor in report.tensors] == [(0, 2), (0, 1)]


def test_the_gradients_that_training_follows_are_those_of_numpy() -> None:
    """What is asked of an engine by a step of length 0 is what backward gives."""
    network, (x, labels) = pw.Network(7, [6, 5], 4, dropout=0.2, scale=True), examples()
    direct, followed = (
        pw.check_gradients(network, x, labels, engine=engine, weights=np.arange(9.0), seed=3)
        for engine in ("numpy", "auto")
    )
    for one, other in zip(direct.tensors, followed.tensors, strict=True):
        assert other.passed
        np.testing.assert_allclose([one.analytic, one.numeric], [other.analytic, other.numeric], rtol=1e-6)


@pytest.mark.parametrize(("given", "what"), [({}, "missing"), ({"factor": np.ones(7)}, "of shape (7,)")])
def test_a_layer_without_its_gradient_is_named(given: dict[str, np.ndarray], what: str) -> None:
    class Forgetful(Scale):
        def gradients(self, dy: np.ndarray, cache: Any) -> dict[str, np.ndarray]:
            return given

    network = pw.Network.of([Forgetful(np.ones((1, 7), np.float32)), *pw.Network(7, [6], 4).layers])
    with pytest.raises(pw.ConfigurationError) as error:
        pw.check_gradients(network, *examples())
    assert str(error.value) == (
        f"the gradient of forgetful.factor is {what}; expected (1, 7), as the parameter. A layer's backward "
        "returns a gradient for each of its names."
    )


@pytest.mark.parametrize("engine", ["numpy", "auto"])
def test_a_loss_that_is_not_finite_has_no_differences(engine: str) -> None:
    network = pw.Network(2, [], 1).with_parameters({"output.weight": np.ones((2, 1))})
    with pytest.raises(pw.DataError) as error:
        pw.check_gradients(network, np.full((1, 2), 1e4), np.array([1]), loss=pw.Poisson(), engine=engine)
    assert str(error.value) == (
        "the loss of these examples is inf; expected a finite one, to take differences of. Give smaller "
        "inputs or weights."
    )
