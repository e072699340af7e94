"""JAX at its best known ways of the same training: a whole turn as one jitted scan."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
from given import arrays_of, network_of, orders_of
from jax import numpy as jnp
from work import Outcome, Work

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "relu": jax.nn.relu,
    "leaky-relu:0.1": partial(jax.nn.leaky_relu, negative_slope=0.1),
}
_BETA_1, _BETA_2, _EPS = 0.9, 0.999, 1e-8


def outputs_of(work: Work, parameters: Any, y: Any) -> Any:
    """Return the outputs of a network for examples y."""
    layers = [name.removesuffix(".weight") for name in parameters if name.endswith("weight")]
    for name in layers:
        y = y @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"]
        y = y if name == "output" else ACTIVATIONS[work.activation](y)
    return y


def train(work: Work, *, stacked: bool) -> Callable[[int], Outcome]:
    """One network, or stacked, of one or more networks, by vmap."""
    x, targets, x_validation, targets_validation = map(jnp.asarray, arrays_of(work))
    examples = len(x)
    whole = examples // work.batch_size * work.batch_size
    initial = network_of(work).parameters
    if stacked and work.models == 1:
        initial = {name: value[None] for name, value in initial.items()}
    parameters: Any = {name: jnp.asarray(value) for name, value in initial.items()}
    slots: Any = tuple({name: jnp.zeros_like(value) for name, value in parameters.items()} for _ in range(2))
    gradients_of = jax.grad(partial(_loss, work))
    step_of = partial(_adam if work.optimizer == "adam" else _sgd, work)

    def advance(carry: Any, batch: Any, of_batch: Any) -> Any:
        parameters, slots, number = carry

        def one(parameters: Any, slots: Any) -> Any:
            return step_of(parameters, gradients_of(parameters, batch, of_batch), slots, number)

        return *(jax.vmap(one) if stacked else one)(parameters, slots), number + 1

    # The arrays are arguments, not constants that the compiler would fold.
    @partial(jax.jit, donate_argnums=0)
    def train_turn(carry: Any, orders: Any, x: Any, targets: Any) -> Any:
        def step(carry: Any, rows: Any) -> Any:
            return advance(carry, x[rows], targets[rows]), None

        def epoch(carry: Any, order: Any) -> Any:
            if work.batch_size >= examples:
                return advance(carry, x, targets), None
            carry, _ = jax.lax.scan(step, carry, order[:whole].reshape(-1, work.batch_size))
            return (step(carry, order[whole:])[0] if whole < examples else carry), None

        if work.epochs == 1:
            return epoch(carry, orders[0])[0]
        return jax.lax.scan(epoch, carry, orders)[0]

    score = partial(_score, work)
    validate = jax.jit(jax.vmap(score, in_axes=(0, None, None)) if stacked else score)
    carry = parameters, slots, jnp.ones((), np.float32)

    def turn(number: int) -> Outcome:
        nonlocal carry
        carry = train_turn(carry, jnp.asarray(orders_of(work, number, examples)), x, targets)
        loss, accuracy = validate(carry[0], x_validation, targets_validation)
        return Outcome(float(loss.mean()), float(accuracy.mean()))

    return turn


def _loss(work: Work, parameters: Any, batch: Any, targets: Any) -> Any:
    outputs = outputs_of(work, parameters, batch)
    if work.loss == "softmax":
        return -jnp.take_along_axis(jax.nn.log_softmax(outputs), targets[:, None], axis=1).mean()
    if work.loss == "sigmoid":
        return (jax.nn.softplus(outputs) - targets * outputs).mean()
    return jnp.square(outputs - targets).mean()


def _score(work: Work, parameters: Any, x: Any, targets: Any) -> Any:
    outputs = outputs_of(work, parameters, x)
    if work.loss == "squared-error":
        accuracy = jnp.full((), jnp.nan)
    elif work.loss == "softmax":
        accuracy = 100 * (outputs.argmax(-1) == targets).mean()
    else:
        accuracy = 100 * ((outputs > 0) == (targets > 0.5)).mean()
    return _loss(work, parameters, x, targets), accuracy


def _sgd(work: Work, parameters: Any, gradients: Any, slots: Any, number: Any) -> Any:
    velocity, unused = slots
    for name, gradient in _with_decay(work, parameters, gradients).items():
        velocity[name] = work.momentum * velocity[name] + gradient
        parameters[name] = parameters[name] - work.learning_rate * velocity[name]
    return parameters, (velocity, unused)


def _adam(work: Work, parameters: Any, gradients: Any, slots: Any, number: Any) -> Any:
    mean, square = slots
    correction = jnp.sqrt(1 - _BETA_2**number)
    rate = work.learning_rate * correction / (1 - _BETA_1**number)
    for name, gradient in _with_decay(work, parameters, gradients).items():
        mean[name] = _BETA_1 * mean[name] + (1 - _BETA_1) * gradient
        square[name] = _BETA_2 * square[name] + (1 - _BETA_2) * jnp.square(gradient)
        divisor = jnp.sqrt(square[name]) + _EPS * correction
        parameters[name] = parameters[name] - rate * mean[name] / divisor
    return parameters, (mean, square)


def _with_decay(work: Work, parameters: Any, gradients: Any) -> Any:
    """Return the gradients with that of the penalty, which biases don't have."""
    return {
        name: gradient + work.weight_decay * parameters[name] if name.endswith("weight") else gradient
        for name, gradient in gradients.items()
    }
