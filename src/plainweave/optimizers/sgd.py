"""Stochastic gradient descent with momentum."""

from dataclasses import KW_ONLY, dataclass

from plainweave.arrays import FloatArray
from plainweave.checks import flag, number, put
from plainweave.elsewhere import answers
from plainweave.errors import ConfigurationError
from plainweave.optimizers.optimizer import RATE, Optimizer

MOMENTUM, SHARE, NESTEROV = range(4, 7)  # SHARE: of the gradient in the velocity


@answers("pw.SGD(0.1, momentum=0.9)")
@dataclass(frozen=True, repr=False)
class SGD(Optimizer):
    """Stochastic gradient descent, by the definition of `torch.optim.SGD`.

    With momentum (Polyak 1964), or Nesterov's as Sutskever et al. (2013) have it.

    For a parameter p with gradient g, penalties included, and velocity v, one step is::

        v = momentum * v + (1 - dampening) * g        (v = g at the first step)
        p = p - learning_rate * (g + momentum * v  if nesterov else  v)

    Args:
        momentum: at least 0 and below 1; at 0 there is no velocity.
        dampening: at least 0.
        nesterov: needs a momentum, and no dampening.
        learning_rate, weight_decay, l1, decay_biases, schedule, clip_norm, rate_factors, decay_factors: as
            `Optimizer` has them.

    Raises:
        ConfigurationError: a setting is out of its range, or nesterov is asked for without momentum
            or with dampening.
    """

    columns = 7
    code = 0

    _: KW_ONLY
    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        put(
            self,
            momentum=number("momentum", self.momentum, below=1),
            dampening=number("dampening", self.dampening),
            nesterov=flag("nesterov", self.nesterov),
        )
        if self.nesterov and (self.momentum == 0 or self.dampening != 0):
            raise ConfigurationError(
                f"nesterov is true with momentum {self.momentum:g} and dampening {self.dampening:g}; "
                "expected a momentum above 0 and a dampening of 0."
            )

    @property
    def slots(self) -> tuple[str, ...]:
        """A velocity, if there is momentum."""
        return ("velocity",) if self.momentum else ()

    def table(self, first_step: int, steps: int) -> FloatArray:
        """Return the numbers of steps; the very first takes the gradient whole."""
        table = super().table(first_step, steps)
        table[..., MOMENTUM] = self.momentum
        table[..., SHARE] = 1 - self.dampening
        table[..., NESTEROV] = self.nesterov
        if first_step == 0:
            table[..., 0, SHARE] = 1
        return table

    def update(
        self, parameter: FloatArray, gradient: FloatArray, row: FloatArray, *slots: FloatArray
    ) -> None:
        """Take one step along the velocity, or along the gradient itself without momentum."""
        direction = gradient
        for velocity in slots:
            velocity *= row[MOMENTUM]
            velocity += row[SHARE] * gradient
            direction = gradient + row[MOMENTUM] * velocity if self.nesterov else velocity
        parameter -= row[RATE] * direction
