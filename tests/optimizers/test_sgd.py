import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import FloatArray


def reference(
    p: FloatArray, g: FloatArray, v: FloatArray, lr: float, momentum: float, dampening: float,
    nesterov: bool, decay: float,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """The update as the documentation of torch.optim.SGD states it."""
    g = g + decay * p
    v = momentum * v + (1 - dampening) * g
    return p - lr * (g + momentum * v if nesterov else v), v


@pytest.mark.parametrize("learning_rate", [0.0, 0.01, 0.5])
@pytest.mark.parametrize("decay", [0.0, 1e-4, 0.3])
@pytest.mark.parametrize(
    ("momentum", "dampening", "nesterov"),
    [
        (0.0, 0.0, False),
        (0.9, 0.0, False),
        (0.9, 0.9, False),
        (0.5, 0.3, False),
        (0.9, 0.0, True),
        (0.99, 1.0, False),
    ],
)
def test_steps_are_those_of_the_reference(
    learning_rate: float, decay: float, momentum: float, dampening: float, nesterov: bool
) -> None:
    stream = np.random.default_rng(0)
    parameter, velocity = stream.normal(size=(2, 7, 5))
    optimizer = pw.SGD(
        learning_rate, momentum=momentum, dampening=dampening, nesterov=nesterov, weight_decay=decay
    )
    kept = {"weight": velocity.copy()}
    ours = parameter.copy()
    for _ in range(5):
        gradient = stream.normal(size=(7, 5))
        if momentum == 0:
            velocity = np.zeros_like(velocity)
        parameter, velocity = reference(
            parameter, gradient, velocity, learning_rate, momentum, dampening, nesterov, decay
        )
        optimizer.step({"weight": ours}, {"weight": gradient.copy()}, kept)
        np.testing.assert_allclose(ours, parameter, rtol=1e-12, atol=1e-12)
        if momentum:
            np.testing.assert_allclose(kept["weight"], velocity, rtol=1e-12, atol=1e-12)


def test_the_first_velocity_is_the_gradient_itself() -> None:
    # As torch.optim.SGD has it: dampening begins with the second step.
    optimizer = pw.SGD(1.0, momentum=0.9, dampening=0.9)
    parameter, velocity = np.zeros((1, 1)), dict[str, FloatArray]()
    optimizer.step({"w": parameter}, {"w": np.ones((1, 1))}, velocity)
    np.testing.assert_allclose(parameter, -1)
    optimizer.step({"w": parameter}, {"w": np.ones((1, 1))}, velocity)
    np.testing.assert_allclose(parameter, -1 - (0.9 + 0.1))


@pytest.mark.parametrize("decay_biases", [False, True])
def test_weight_decay_is_for_weights_and_for_biases_only_if_asked(decay_biases: bool) -> None:
    network = pw.Network(2, [3], 2)
    parameters = network.parameters
    for value in parameters.values():
        value[...] = 1
    zeros = {name: np.zeros_like(value) for name, value in parameters.items()}
    pw.SGD(0.5, weight_decay=0.1, decay_biases=decay_biases).step(parameters, zeros, {})
    for name, value in parameters.items():
        decayed = decay_biases or name.endswith("weight")
        np.testing.assert_allclose(value, 0.95 if decayed else 1.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": float("nan")}, "learning_rate is nan; expected a number of at least 0."),
        ({"learning_rate": float("inf")}, "learning_rate is inf; expected a number of at least 0."),
        ({"learning_rate": "fast"}, "learning_rate is 'fast'; expected a number of at least 0."),
        ({"learning_rate": -0.1}, "learning_rate is -0.1; expected a number of at least 0."),
        ({"momentum": True}, "momentum is True; expected a number of at least 0 and below 1."),
        ({"weight_decay": -1}, "weight_decay is -1; expected a number of at least 0."),
        ({"nesterov": 1}, "nesterov is 1; expected true or false."),
        (
            {"nesterov": True, "momentum": 0.9, "dampening": 0.5},
            "nesterov is true with momentum 0.9 and dampening 0.5; "
            "expected a momentum above 0 and a dampening of 0.",
        ),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.SGD(**{"learning_rate": 0.1, **settings})  # type: ignore[arg-type]
    assert str(error.value) == message
