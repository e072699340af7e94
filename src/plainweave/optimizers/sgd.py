"""Stochastic gradient descent with momentum."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.checks import flag, number, several
from plainweave.errors import ConfigurationError

Rate = float | Sequence[float] | FloatArray


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent, by the definition of `torch.optim.SGD`.

    For a parameter p with gradient g and velocity v, one step is::

        g = g + weight_decay * p                      (weights only, unless decay_biases)
        v = momentum * v + (1 - dampening) * g        (v = g at the first step)
        p = p - learning_rate * (g + momentum * v  if nesterov else  v)

    `weight_decay` is the lambda of an L2 penalty of lambda / 2 times the sum of the squared weights. It and
    the learning rate are numbers, or sequences with one for each model of a stack, kept as tuples.

    These are settings alone: the velocity belongs to the training, so one SGD serves any number of them.

    Raises:
        ConfigurationError: a setting is out of its range, or nesterov is asked for without momentum
            or with dampening.
    """

    learning_rate: Rate
    _: KW_ONLY
    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    weight_decay: Rate = 0.0
    decay_biases: bool = False

    def __post_init__(self) -> None:
        checked = {
            "learning_rate": _rates("learning_rate", self.learning_rate),
            "momentum": number("momentum", self.momentum, below=1),
            "dampening": number("dampening", self.dampening),
            "nesterov": flag("nesterov", self.nesterov),
            "weight_decay": _rates("weight_decay", self.weight_decay),
            "decay_biases": flag("decay_biases", self.decay_biases),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.nesterov and (self.momentum == 0 or self.dampening != 0):
            raise ConfigurationError(
                f"nesterov is true with momentum {self.momentum:g} and dampening {self.dampening:g}; "
                "expected a momentum above 0 and a dampening of 0."
            )

    def step(
        self,
        parameters: Mapping[str, FloatArray],
        gradients: Mapping[str, FloatArray],
        velocity: MutableMapping[str, FloatArray],
    ) -> None:
        """Update the parameters and their velocities in place. The gradients are spent as scratch space.

        Args:
            parameters: by name, of any shape.
            gradients: by the same names, of the same shapes.
            velocity: what the step before left, empty at the first; it stays so without momentum.
        """
        for name, parameter in parameters.items():
            gradient = gradients[name]
            if np.any(self.weight_decay) and (self.decay_biases or not name.endswith("bias")):
                gradient += _for_models(self.weight_decay, parameter) * parameter
            direction = self._direction(name, gradient, velocity)
            parameter -= _for_models(self.learning_rate, parameter) * direction

    def _direction(
        self, name: str, gradient: FloatArray, velocity: MutableMapping[str, FloatArray]
    ) -> FloatArray:
        """Return what a step follows: the gradient itself, or its velocity."""
        if self.momentum == 0:
            return gradient
        if name not in velocity:
            velocity[name] = gradient.copy()
        else:
            velocity[name] *= self.momentum
            velocity[name] += (1 - self.dampening) * gradient
        if self.nesterov:
            return gradient + self.momentum * velocity[name]
        return velocity[name]


def _rates(name: str, value: Rate) -> float | tuple[float, ...]:
    """Check a setting: one number for all models, or one for each."""
    rates = several(value)
    return number(name, value) if rates is None else tuple(number(name, rate) for rate in rates)


def _for_models(rate: Rate, parameter: FloatArray) -> float | FloatArray:
    """Return what multiplies a parameter: a number, or one for each model (models, 1, 1)."""
    return rate if isinstance(rate, float) else np.reshape(rate, (-1, 1, 1)).astype(parameter.dtype)
