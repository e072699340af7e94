"""Stochastic gradient descent with momentum."""

from collections.abc import Mapping, Sequence

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.checks import flag, number
from plainweave.errors import ConfigurationError


class SGD:
    """Stochastic gradient descent, by the definition of `torch.optim.SGD`.

    For a parameter p with gradient g and velocity v, one step is::

        g = g + weight_decay * p                      (weights only, unless decay_biases)
        v = momentum * v + (1 - dampening) * g        (v = g at the first step)
        p = p - learning_rate * (g + momentum * v  if nesterov else  v)

    `weight_decay` is the lambda of an L2 penalty of lambda / 2 times the sum of the squared weights. It and
    the learning rate are numbers, or lists with one for each model of a stack.

    Raises:
        ConfigurationError: a setting is out of its range, or nesterov is asked for without momentum
            or with dampening.
    """

    def __init__(
        self,
        learning_rate: float | Sequence[float],
        *,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | Sequence[float] = 0.0,
        decay_biases: bool = False,
    ) -> None:
        self.learning_rate = _rates("learning_rate", learning_rate)
        self.momentum = number("momentum", momentum)
        self.dampening = number("dampening", dampening)
        self.nesterov = flag("nesterov", nesterov)
        self.weight_decay = _rates("weight_decay", weight_decay)
        self.decay_biases = flag("decay_biases", decay_biases)
        if nesterov and (momentum == 0 or dampening != 0):
            raise ConfigurationError(
                f"nesterov is true with momentum {momentum:g} and dampening {dampening:g}; "
                "expected a momentum above 0 and a dampening of 0."
            )
        self.velocity: dict[str, FloatArray] = {}

    def step(self, parameters: Mapping[str, FloatArray], gradients: Mapping[str, FloatArray]) -> None:
        """Update the parameters in place. The gradients are spent: they serve as scratch space.

        Args:
            parameters: by name, of any shape.
            gradients: by the same names, of the same shapes.
        """
        for name, parameter in parameters.items():
            gradient = gradients[name]
            if np.any(self.weight_decay) and (self.decay_biases or not name.endswith("bias")):
                gradient += _in_precision(self.weight_decay, parameter) * parameter
            parameter -= _in_precision(self.learning_rate, parameter) * self._direction(name, gradient)

    def _direction(self, name: str, gradient: FloatArray) -> FloatArray:
        """Return what a step follows: the gradient itself, or its velocity."""
        if self.momentum == 0:
            return gradient
        if name not in self.velocity:
            self.velocity[name] = gradient.copy()
        else:
            velocity = self.velocity[name]
            velocity *= self.momentum
            velocity += (1 - self.dampening) * gradient
        if self.nesterov:
            return gradient + self.momentum * self.velocity[name]
        return self.velocity[name]


def _rates(name: str, value: float | Sequence[float]) -> float | FloatArray:
    """Check a setting: one number for all models, or a list that becomes an array (models, 1, 1)."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return np.array([number(name, each) for each in value]).reshape(-1, 1, 1)
    return number(name, value)


def _in_precision(rate: float | FloatArray, parameter: FloatArray) -> float | FloatArray:
    """Return rates in the parameter's precision, which a plain number takes by itself."""
    return rate.astype(parameter.dtype) if isinstance(rate, np.ndarray) else rate
