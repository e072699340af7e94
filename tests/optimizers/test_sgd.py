"""SGD: the definition, step by step, and its settings."""

from itertools import product

import numpy as np
import pytest

import plainweave as pw
from plainweave.arrays import FloatArray
from plainweave.optimizers import SGD
from walking import Arrays, arrays, table_of, walk

RULES = [
    (0.0, 0.0, False),
    (0.9, 0.0, False),
    (0.9, 0.9, False),
    (0.5, 0.3, False),
    (0.9, 0.0, True),
    (0.99, 1.0, False),
]


def step(p: Arrays, g: Arrays, v: Arrays, sgd: SGD, rate: FloatArray, decay: FloatArray) -> None:
    """A step as the definition has it, operation by operation, with Python's own numbers for one model."""
    for name, parameter in p.items():
        gradient = g[name]
        if decay.any() and (sgd.decay_biases or not name.endswith("bias")):
            gradient = gradient + decay.astype(parameter.dtype) * parameter
        if name not in v:
            v[name] = gradient
        elif sgd.momentum:
            v[name] = sgd.momentum * v[name] + (1 - sgd.dampening) * gradient
        direction = gradient + sgd.momentum * v[name] if sgd.nesterov else v[name]
        p[name] = parameter - rate.astype(parameter.dtype) * (direction if sgd.momentum else gradient)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("models", [None, 3])
def test_steps_are_bitwise_those_of_the_definition(
    rule: tuple[float, float, bool], models: int | None, dtype: str
) -> None:
    momentum, dampening, nesterov = rule
    stack, shape = ((), ()) if models is None else ((models,), (models, 1, 1))
    gradients = [arrays(seed, stack, dtype) for seed in range(10)]
    for rate, decay, decay_biases in product([0.0, 0.01, 0.5], [0.0, 1e-4, 0.3], [False, True]):
        rates = np.broadcast_to(rate, shape) * np.linspace(1, 2, models or 1).reshape(shape)
        decays = np.broadcast_to(decay, shape)
        sgd = SGD(
            rate if models is None else rates.ravel(),
            momentum=momentum,
            dampening=dampening,
            nesterov=nesterov,
            weight_decay=decay if models is None else decays.ravel(),
            decay_biases=decay_biases,
        )
        ours, theirs, velocity = arrays(99, stack, dtype), arrays(99, stack, dtype), Arrays()
        slots = walk(sgd, ours, gradients)
        for gradient in gradients:
            step(theirs, gradient, velocity, sgd, rates, decays)
        for name, parameter in ours.items():
            np.testing.assert_array_equal(parameter, theirs[name], strict=True)
            if momentum:
                np.testing.assert_array_equal(slots["velocity"][name], velocity[name], strict=True)


def test_two_steps_worked_by_hand() -> None:
    # decay: g = 1 + 0.5 * 2 = 2; v = 2; p = 2 - 0.1 * 2 = 1.8
    # then:  g = 1 + 0.5 * 1.8 = 1.9; v = 0.5 * 2 + 0.75 * 1.9 = 2.425; p = 1.8 - 0.1 * 2.425 = 1.5575
    parameters = {"output.weight": np.full((1, 1), 2.0)}
    gradients = [{"output.weight": np.ones((1, 1))}] * 2
    sgd = SGD(0.1, momentum=0.5, dampening=0.25, weight_decay=0.5)
    slots = walk(sgd, parameters, gradients, of_an_epoch=1)
    np.testing.assert_allclose(slots["velocity"]["output.weight"], 2.425, rtol=1e-15)
    np.testing.assert_allclose(parameters["output.weight"], 1.5575, rtol=1e-15)


def test_a_nesterov_step_worked_by_hand() -> None:
    # v = 1; p = 2 - 0.1 * (1 + 0.5 * 1) = 1.85; v = 0.5 + 1 = 1.5; p = 1.85 - 0.1 * (1 + 0.75) = 1.675
    parameters = {"w": np.full((1, 1), 2.0)}
    walk(SGD(0.1, momentum=0.5, nesterov=True), parameters, [{"w": np.ones((1, 1))}] * 2, of_an_epoch=1)
    np.testing.assert_allclose(parameters["w"], 1.675, rtol=1e-15)


def test_dampening_begins_with_the_second_step() -> None:
    table = table_of(SGD(1.0, momentum=0.9, dampening=0.9), 10)
    np.testing.assert_allclose(table[:, 5], [1] + [0.1] * 9, rtol=1e-15)


def test_without_momentum_nothing_is_kept() -> None:
    assert SGD(0.1).slots == ()
    assert SGD(0.1).slots_of(arrays(0)) == {}
    assert SGD(0.1, momentum=0.9).slots == ("velocity",)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": float("nan")}, "learning_rate is nan; expected a number of at least 0."),
        ({"learning_rate": float("inf")}, "learning_rate is inf; expected a number of at least 0."),
        ({"learning_rate": "fast"}, "learning_rate is 'fast'; expected a number of at least 0."),
        ({"learning_rate": -0.1}, "learning_rate is -0.1; expected a number of at least 0."),
        ({"momentum": True}, "momentum is True; expected a number of at least 0 and below 1."),
        ({"dampening": -1}, "dampening is -1; expected a number of at least 0."),
        ({"weight_decay": -1}, "weight_decay is -1; expected a number of at least 0."),
        ({"nesterov": 1}, "nesterov is 1; expected true or false."),
        (
            {"nesterov": True, "momentum": 0.9, "dampening": 0.5},
            "nesterov is true with momentum 0.9 and dampening 0.5; "
            "expected a momentum above 0 and a dampening of 0.",
        ),
    ],
)
def test_bad_settings_of_sgd_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        SGD(**{"learning_rate": 0.1, **settings})  # type: ignore[arg-type]
    assert str(error.value) == message
