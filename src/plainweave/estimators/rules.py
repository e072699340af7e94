"""scikit-learn's solvers as rules of ours: the same steps, by other numbers in the table of steps.

scikit-learn's losses are sums over the outputs where ours are means, so its gradient is `slope` times ours.
Its steps follow from tables alone. Of SGD the rate is multiplied by the slope. Adam's mean and root are both
of the gradient's size, so its epsilon is divided by the slope; and so is a penalty, which is added to a
gradient of ours.
"""

from dataclasses import KW_ONLY, dataclass, field

from plainweave.arrays import FloatArray
from plainweave.optimizers import SGD, Adam, Optimizer, Slots
from plainweave.optimizers.adam import EPS
from plainweave.optimizers.optimizer import RATE


@dataclass(frozen=True, repr=False)
class _OfScikitLearn(Optimizer):
    """A rule whose numbers scikit-learn has checked: it takes some that ours refuse."""

    _: KW_ONLY
    slope: float = 1.0

    def __post_init__(self) -> None:
        Optimizer.__post_init__(self)


@dataclass(frozen=True, repr=False)
class ScikitSGD(_OfScikitLearn, SGD):
    """`solver="sgd"`: momentum may be 1, and Nesterov's may go without; the rate is the state's."""

    code = SGD.code

    def table(self, first_step: int, steps: int) -> FloatArray:
        """Return the numbers of steps."""
        table = super().table(first_step, steps)
        table[..., RATE] *= self.slope
        return table


@dataclass(frozen=True, repr=False)
class ScikitAdam(_OfScikitLearn, Adam):
    """`solver="adam"`: epsilon is added to the root of the square without its correction."""

    code = Adam.code

    def table(self, first_step: int, steps: int) -> FloatArray:
        """Return the numbers of steps."""
        table = super().table(first_step, steps)
        table[..., EPS] = self.eps / self.slope
        return table


@dataclass
class SolverState:
    """A solver at work: its settings, as they were when it began, and where it stands.

    Attributes:
        rule: takes the steps.
        learning_rate: of the next step, before a schedule or Adam's corrections; of a plainweave optimizer 1,
            for it has its own.
        mode: how scikit-learn changes the rate: "constant", "invscaling" or "adaptive".
        initial_rate: the first learning rate.
        power: of "invscaling".
        slots: what the rule keeps beside the parameters.
        steps: taken.
        epochs: ended.
    """

    rule: Optimizer
    learning_rate: float = 1.0
    mode: str = "constant"
    initial_rate: float = 1.0
    power: float = 0.5
    slots: Slots = field(default_factory=dict)
    steps: int = 0
    epochs: int = 0

    @property
    def is_of_scikit_learn(self) -> bool:
        """Whether the rule is one of scikit-learn's solvers."""
        return isinstance(self.rule, _OfScikitLearn)

    def scale_by_time(self, seen: int) -> None:
        """Set the rate of "invscaling" after so many examples."""
        if self.mode == "invscaling":
            self.set_rate(self.initial_rate / (seen + 1) ** self.power)

    def set_rate(self, learning_rate: float) -> None:
        """Go on at another rate.

        scikit-learn's velocity holds the rates of its steps, ours gradients alone: w = -rate * v.
        """
        for velocity in self.slots.get("velocity", {}).values():
            velocity *= self.learning_rate / learning_rate
        self.learning_rate = learning_rate
