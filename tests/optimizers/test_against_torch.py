"""Every setting of every rule, and every schedule, against PyTorch in float64, step by step.

Run where PyTorch is installed. Each parameter is a group of PyTorch's, with a rate and a decay of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest

from plainweave.arrays import FloatArray
from plainweave.optimizers import RATE, SGD, Adam, AdamW, Optimizer
from walking import NONE, Arrays, arrays, table_of

torch = pytest.importorskip("torch")
schedulers = torch.optim.lr_scheduler

STEPS = 20
LEARNING_RATE = 0.05
FACTORS: dict[str, Any] = {
    "rate_factors": {"bias": 2, "output": 0.5},
    "decay_factors": {"hidden_1.weight": 3, "bias": 0.25},
}
FACTORS_OF_WEIGHTS = {**FACTORS, "decay_factors": {"hidden_1.weight": 3}}
RATE_OF = {"hidden_1.weight": 1, "hidden_1.bias": 2, "output.weight": 0.5, "output.bias": 1}
DECAY_OF = {"hidden_1.weight": 3, "hidden_1.bias": 0.25, "output.weight": 1, "output.bias": 0.25}
CASES: list[tuple[bool, dict[str, Any]]] = [
    (False, {}),
    (False, FACTORS_OF_WEIGHTS),
    (True, {}),
    (True, FACTORS),
]
SHARED = [
    {"weight_decay": decay, "decay_biases": biases, "l1": l1, "clip_norm": norm, **factors}
    for decay, l1, norm, (biases, factors) in product([0, 0.1], [0, 0.02], [None, 2.0], CASES)
]


class Theirs:
    """PyTorch's optimizer on the same parameters, with the penalties of ours."""

    def __init__(self, kind: Callable[..., Any], ours: Optimizer, **settings: object) -> None:
        self.parameters = {name: torch.tensor(value, requires_grad=True) for name, value in arrays(0).items()}
        self.norm, self.l1 = ours.clip_norm, {}
        groups = []
        for name, tensor in self.parameters.items():
            has_penalties = ours.decay_biases or not name.endswith("bias")
            decay = has_penalties * (DECAY_OF[name] if ours.decay_factors else 1)
            rate = LEARNING_RATE * (RATE_OF[name] if ours.rate_factors else 1)
            self.l1[name] = ours.l1 * decay  # type: ignore[operator]
            groups.append({"params": [tensor], "lr": rate, "weight_decay": ours.weight_decay * decay})  # type: ignore[operator]
        self.optimizer = kind(groups, **settings)

    def step(self, gradients: Arrays) -> None:
        for name, tensor in self.parameters.items():
            tensor.grad = torch.tensor(gradients[name])
        if self.norm is not None:
            torch.nn.utils.clip_grad_norm_(self.parameters.values(), self.norm)
        for name, tensor in self.parameters.items():
            tensor.grad += self.l1[name] * tensor.detach().sign()
        self.optimizer.step()


def check_steps(
    ours: Optimizer,
    theirs: Theirs,
    schedule: Callable[[float], object] = lambda loss: None,
    losses: FloatArray = NONE,
    *,
    of_an_epoch: int = 5,
) -> None:
    """Take steps side by side; after each of theirs its schedule is told the loss."""
    parameters = arrays(0)
    table, slots = table_of(ours, STEPS, losses, of_an_epoch=of_an_epoch), ours.slots_of(parameters)
    for at in range(STEPS):
        gradients = arrays(at + 1)
        theirs.step(gradients)
        schedule(losses[at] if losses.size else 0.0)
        ours.step(parameters, gradients, slots, table[at])
        for name, value in parameters.items():
            expected = theirs.parameters[name].detach().numpy()
            assert np.linalg.norm(value - expected) <= 1e-10 * np.linalg.norm(expected), (at, name)


@pytest.mark.parametrize(
    ("momentum", "dampening", "nesterov"),
    [(0, 0, False), (0.9, 0, False), (0.9, 0.9, False), (0.5, 0.3, False), (0.9, 0, True), (0.99, 1, False)],
)
def test_sgd_takes_the_steps_of_torch(momentum: float, dampening: float, nesterov: bool) -> None:
    own = {"momentum": momentum, "dampening": dampening, "nesterov": nesterov}
    for shared in SHARED:
        ours = SGD(LEARNING_RATE, **own, **shared)  # type: ignore[arg-type]
        check_steps(ours, Theirs(torch.optim.SGD, ours, **own))


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.0, 0.5), (0.99, 0.9), (0.5, 0.0)])
@pytest.mark.parametrize("eps", [1e-8, 1e-2])
@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_adam_takes_the_steps_of_torch(kind: type[Adam], betas: tuple[float, float], eps: float) -> None:
    theirs = {Adam: torch.optim.Adam, AdamW: torch.optim.AdamW}[kind]
    for shared in SHARED:
        ours = kind(LEARNING_RATE, betas=betas, eps=eps, **shared)
        check_steps(ours, Theirs(theirs, ours, betas=betas, eps=eps))


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """A rule of one's own: all that it costs, for one network and stacks, in both precisions."""

    slots = ("square",)
    smoothing: float = 0.99

    def update(
        self, parameter: FloatArray, gradient: FloatArray, row: FloatArray, *slots: FloatArray
    ) -> None:
        (square,) = slots
        square[...] = self.smoothing * square + (1 - self.smoothing) * gradient**2
        parameter -= row[RATE] * gradient / (np.sqrt(square) + 1e-8)


def test_a_rule_of_ones_own_takes_the_steps_of_torch() -> None:
    for shared in SHARED:
        ours = RMSprop(LEARNING_RATE, smoothing=0.9, **shared)
        check_steps(ours, Theirs(torch.optim.RMSprop, ours, alpha=0.9))


def test_the_defaults_are_those_of_torch() -> None:
    for kind, theirs in ((Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW), (SGD, torch.optim.SGD)):
        ours = kind(0.001)
        defaults = theirs([torch.zeros(1)]).defaults
        assert ours.learning_rate == defaults["lr"]
        for name in {"betas", "eps", "weight_decay", "momentum", "dampening", "nesterov"} & set(defaults):
            assert getattr(ours, name) == defaults[name], name


LOSSES = np.array(
    [3.0, 2.9, 2.0, 1.99, 1.98, 1.97, 1.5, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6, 1.0, 2, 2, 2, 2, 2]
)
SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "constant": lambda optimizer: schedulers.ConstantLR(optimizer, factor=1.0),
    "step:every=7,factor=0.5": lambda optimizer: schedulers.StepLR(optimizer, 7, 0.5),
    "exponential:0.9": lambda optimizer: schedulers.ExponentialLR(optimizer, 0.9),
    "inverse-scaling:0.5": lambda optimizer: schedulers.LambdaLR(optimizer, lambda e: (1 + e) ** -0.5),
    "cosine": lambda optimizer: schedulers.CosineAnnealingLR(optimizer, STEPS),
    "cosine-restarts:period=4,growth=2": lambda optimizer: schedulers.CosineAnnealingWarmRestarts(
        optimizer, 4, 2
    ),
    "cosine-restarts:6": lambda optimizer: schedulers.CosineAnnealingWarmRestarts(optimizer, 6),
    "on-plateau:factor=0.5,patience=3,min_delta=0.05": lambda optimizer: schedulers.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=2, threshold=0.05, threshold_mode="abs"
    ),
}


@pytest.mark.parametrize("kind", [SGD, Adam, AdamW])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_training_by_a_schedule_is_that_of_torch(schedule: str, kind: type[Optimizer]) -> None:
    ours = kind(LEARNING_RATE, schedule=schedule, weight_decay=0.1, **FACTORS_OF_WEIGHTS)
    theirs = Theirs(getattr(torch.optim, kind.__name__), ours)
    scheduler = SCHEDULES[schedule](theirs.optimizer)
    follows_losses = schedule.startswith("on-plateau")
    check_steps(
        ours,
        theirs,
        scheduler.step if follows_losses else lambda loss: scheduler.step(),
        LOSSES,
        of_an_epoch=1,
    )


def test_restarts_within_epochs_are_those_of_torch() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = schedulers.CosineAnnealingWarmRestarts(optimizer, 2, 3, eta_min=0.1)
    ours = table_of(SGD(1.0, schedule="cosine-restarts:period=2,growth=3,lowest=0.1"), 120, of_an_epoch=4)
    for step, row in enumerate(ours):
        scheduler.step(step / 4)
        assert row[0] == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-10)
