"""Stochastic gradient descent with momentum."""

from collections.abc import Mapping

from plainweave.arrays import FloatArray
from plainweave.checks import flag, number
from plainweave.errors import ConfigurationError


class SGD:
    """Stochastic gradient descent, by the definition of `torch.optim.SGD`.

    For a parameter p with gradient g and velocity v, one step is::

        g = g + weight_decay * p                      (weights only, unless decay_biases)
        v = momentum * v + (1 - dampening) * g        (v = g at the first step)
        p = p - learning_rate * (g + momentum * v  if nesterov else  v)

    `weight_decay` is the lambda of an L2 penalty of lambda / 2 times the sum of the squared weights.

    Raises:
        ConfigurationError: a setting is out of its range, or nesterov is asked for without momentum
            or with dampening.
    """

    def __init__(
        self,
        learning_rate: float,
        *,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        decay_biases: bool = False,
    ) -> None:
        self.learning_rate = number("learning_rate", learning_rate)
        self.momentum = number("momentum", momentum)
        self.dampening = number("dampening", dampening)
        self.nesterov = flag("nesterov", nesterov)
        self.weight_decay = number("weight_decay", weight_decay)
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
            if self.weight_decay and (self.decay_biases or not name.endswith("bias")):
                gradient += self.weight_decay * parameter
            parameter -= self.learning_rate * self._direction(name, gradient)

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
