"""Adam, and Adam with decoupled weight decay."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.checks import number, put, several
from plainweave.elsewhere import answers
from plainweave.errors import ConfigurationError, shown
from plainweave.optimizers.optimizer import DECAY, RATE, SHRINK, Optimizer, Rate, by_step

BETA_1, REST_1, BETA_2, REST_2, EPS = range(4, 9)  # REST: 1 - beta


@answers("pw.Adam(0.001)")
@dataclass(frozen=True, repr=False)
class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015), by the definition of `torch.optim.Adam`.

    For a parameter p with gradient g, penalties included, mean m and square v, step t = 1, 2, ... is::

        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        p = p - learning_rate * (m / (1 - beta_1**t)) / (sqrt(v / (1 - beta_2**t)) + eps)

    It is computed as p - a * m / (sqrt(v) + b) with a = learning_rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)
    and b = eps * sqrt(1 - beta_2**t), which are numbers of the table of steps.

    Args:
        betas: beta_1 and beta_2, each at least 0 and below 1.
        eps: above 1e-30, so that it is not lost in float32.
        learning_rate, weight_decay, l1, decay_biases, schedule, clip_norm, rate_factors, decay_factors: as
            `Optimizer` has them. The decay goes through the gradient, and so through m and v.

    Raises:
        ConfigurationError: a setting is out of its range.
    """

    columns = 9
    code = 1

    learning_rate: Rate = 1e-3
    _: KW_ONLY
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        betas = several(self.betas)
        if betas is None or len(betas) != 2:
            raise ConfigurationError(
                f"betas is {shown(self.betas)}; expected two numbers, as in (0.9, 0.999)."
            )
        put(
            self,
            betas=tuple(number(f"betas[{i}]", beta, below=1) for i, beta in enumerate(betas)),
            eps=number("eps", self.eps, above=1e-30),
        )

    @property
    def slots(self) -> tuple[str, ...]:
        """The running means of the gradient and of its square."""
        return ("mean", "square")

    def table(self, first_step: int, steps: int) -> FloatArray:
        """Return the numbers of steps; the corrections of m and v are in RATE and EPS."""
        table = super().table(first_step, steps)
        beta_1, beta_2 = self.betas
        t = first_step + 1 + np.arange(steps)
        correction = np.sqrt(1 - beta_2**t)
        table[..., RATE] *= correction / (1 - beta_1**t)
        table[..., BETA_1 : REST_2 + 1] = beta_1, 1 - beta_1, beta_2, 1 - beta_2
        table[..., EPS] = self.eps * correction
        return table

    def update(
        self, parameter: FloatArray, gradient: FloatArray, row: FloatArray, *slots: FloatArray
    ) -> None:
        """Take one step along the mean, by the root of the square."""
        mean, square = slots
        mean *= row[BETA_1]
        mean += row[REST_1] * gradient
        square *= row[BETA_2]
        square += row[REST_2] * np.square(gradient, out=gradient)
        divisor = np.sqrt(square, out=gradient)
        divisor += row[EPS]
        parameter -= row[RATE] * mean / divisor


@answers("pw.AdamW(0.001, weight_decay=0.01)")
@dataclass(frozen=True, repr=False)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as `torch.optim.AdamW`.

    Before Adam's step, and apart from its gradient::

        p = p - learning_rate * weight_decay * p      (not for biases, unless decay_biases)

    with the learning rate as the schedule has it. `l1` goes through the gradient, as in Adam.

    Args:
        weight_decay: by default 0.01, as in torch.
        betas, eps: as `Adam` has them.
        learning_rate, l1, decay_biases, schedule, clip_norm, rate_factors, decay_factors: as `Optimizer` has
            them.

    Raises:
        ConfigurationError: a setting is out of its range.
    """

    code = 1

    _: KW_ONLY
    weight_decay: Rate = 0.01

    def table(self, first_step: int, steps: int) -> FloatArray:
        """Return the numbers of steps; the decay is in SHRINK instead of DECAY."""
        table = super().table(first_step, steps)
        table[..., SHRINK] = by_step(self.learning_rate) * table[..., DECAY]
        table[..., DECAY] = 0
        return table
