"""scikit-learn's solvers as rules of ours: the same steps, by other numbers in the table of steps.

scikit-learn's losses are sums over the outputs where ours are means, so its gradient is `slope` times ours.
Its steps follow from tables alone. Of SGD the rate is multiplied by the slope. Adam's mean and root are both
of the gradient's size, so its epsilon is divided by the slope; and so is a penalty, which is added to a
gradient of ours.
"""

from dataclasses import KW_ONLY, dataclass, field

from plainweave.arrays import FloatArray
from plainweave.network import Network
from plainweave.optimizers import SGD, Adam, Optimizer, Slots
from plainweave.optimizers.adam import EPS
from plainweave.optimizers.optimizer import RATE


@dataclass(frozen=True, repr=False)
class ScikitSGD(SGD):
    """`solver="sgd"`: momentum may be 1, and Nesterov's may go without; the rate is the state's."""

    code = SGD.code

    _: KW_ONLY
    slope: float = 1.0

    def __post_init__(self) -> None:
        Optimizer.__post_init__(self)

    def table(self, first_step: int, steps: int) -> FloatArray:
        """Return the numbers of steps."""
        table = super().table(first_step, steps)
        table[..., RATE] *= self.slope
        return table


@dataclass(frozen=True, repr=False)
class ScikitAdam(Adam):
    """`solver="adam"`: epsilon is added to the root of the square without its correction."""

    code = Adam.code

    _: KW_ONLY
    slope: float = 1.0

    def __post_init__(self) -> None:
        Optimizer.__post_init__(self)

    def table(self, first_step: int, steps: int) -> FloatArray:
        """Return the numbers of steps."""
        table = super().table(first_step, steps)
        table[..., EPS] = self.eps / self.slope
        return table


@dataclass
class SolverState:
    """Where a solver stands; scikit-learn keeps the same in its `_optimizer`.

    Attributes:
        learning_rate: of the next step, before a schedule or Adam's corrections.
        slots: what the rule keeps beside the parameters.
        steps: taken.
        epochs: ended.
    """

    learning_rate: float
    slots: Slots = field(default_factory=dict)
    steps: int = 0
    epochs: int = 0

    @classmethod
    def begin(cls, learning_rate: float, optimizer: Optimizer, network: Network) -> "SolverState":
        """Return the state before the first step."""
        return cls(learning_rate, optimizer.slots_of(network.parameters))

    def set_rate(self, learning_rate: float) -> None:
        """Go on at another rate.

        scikit-learn's velocity holds the rates of its steps, ours gradients alone: w = -rate * v.
        """
        for velocity in self.slots.get("velocity", {}).values():
            velocity *= self.learning_rate / learning_rate
        self.learning_rate = learning_rate
