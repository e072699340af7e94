"""The rules and schedules that optax has too, in float64, step by step. Run where optax is installed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from plainweave.optimizers import SGD, Adam, AdamW, Optimizer
from walking import arrays, copied, table_of

optax = pytest.importorskip("optax")
jax = pytest.importorskip("jax")

STEPS = 20
RATE = 0.05
# With five steps in each of four epochs.
SCHEDULES: dict[str, Callable[[], Any]] = {
    "constant": lambda: optax.constant_schedule(RATE),
    "step:every=2,factor=0.5": lambda: optax.exponential_decay(RATE, 10, 0.5, staircase=True),
    "exponential:0.7": lambda: optax.exponential_decay(RATE, 5, 0.7),
    "cosine": lambda: optax.cosine_decay_schedule(RATE, 20),
    "cosine:epochs=3,lowest=0.1": lambda: optax.cosine_decay_schedule(RATE, 15, 0.1),
    "cosine:warm_up=1,lowest=0.25": lambda: optax.warmup_cosine_decay_schedule(0, RATE, 5, 20, RATE / 4),
    "cosine:epochs=3,warm_up=0.4": lambda: optax.warmup_cosine_decay_schedule(0, RATE, 2, 15),
    "cosine-restarts:period=1,growth=2": lambda: optax.sgdr_schedule(
        [
            {"init_value": RATE, "peak_value": RATE, "warmup_steps": 0, "decay_steps": steps}
            for steps in (5, 10, 20)
        ]
    ),
}


def check_steps(ours: Optimizer, theirs: Any) -> None:
    with jax.enable_x64(True):
        parameters = arrays(0)
        expected = {name: jax.numpy.asarray(value.copy()) for name, value in parameters.items()}
        table, slots, state = table_of(ours, STEPS), ours.slots_of(parameters), theirs.init(expected)
        update = jax.jit(theirs.update)
        for at in range(STEPS):
            gradients = arrays(at + 1)
            ours.step(parameters, copied(gradients), slots, table[at])
            updates, state = update(gradients, state, expected)
            expected = optax.apply_updates(expected, updates)
            for name, value in parameters.items():
                other = np.asarray(expected[name])
                assert other.dtype == np.float64
                assert np.linalg.norm(value - other) <= 1e-10 * np.linalg.norm(other), (at, name)


def weights_only(parameters: dict[str, object]) -> dict[str, bool]:
    return {name: name.endswith("weight") for name in parameters}


@pytest.mark.parametrize(
    ("momentum", "nesterov", "decay", "biases"),
    [(0, False, 0, False), (0, False, 0.1, False), (0.9, False, 0.1, True), (0.9, True, 0.1, False)],
)
def test_sgd_takes_the_steps_of_optax(momentum: float, nesterov: bool, decay: float, biases: bool) -> None:
    ours = SGD(RATE, momentum=momentum, nesterov=nesterov, weight_decay=decay, decay_biases=biases)
    theirs = optax.chain(
        optax.add_decayed_weights(decay, None if biases else weights_only),
        optax.sgd(RATE, momentum or None, nesterov),
    )
    check_steps(ours, theirs)


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.8)])
@pytest.mark.parametrize("eps", [1e-8, 1e-2])
@pytest.mark.parametrize(("decay", "biases"), [(0, False), (0.2, False), (0.2, True)])
def test_adam_takes_the_steps_of_optax(
    decay: float, biases: bool, eps: float, betas: tuple[float, float]
) -> None:
    mask = None if biases else weights_only
    check_steps(
        Adam(RATE, betas=betas, eps=eps, weight_decay=decay, decay_biases=biases),
        optax.chain(optax.add_decayed_weights(decay, mask), optax.adam(RATE, *betas, eps)),
    )
    check_steps(
        AdamW(RATE, betas=betas, eps=eps, weight_decay=decay, decay_biases=biases),
        optax.adamw(RATE, *betas, eps, weight_decay=decay, mask=mask),
    )


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_training_by_a_schedule_is_that_of_optax(schedule: str) -> None:
    theirs = SCHEDULES[schedule]()

    def rate(step: Any) -> Any:
        return theirs(step.astype(float))  # of whole numbers it makes float32

    check_steps(
        AdamW(RATE, weight_decay=0.2, decay_biases=True, schedule=schedule),
        optax.adamw(rate, weight_decay=0.2),
    )
    check_steps(SGD(RATE, momentum=0.9, schedule=schedule), optax.sgd(rate, 0.9))
