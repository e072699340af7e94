"""The conventions that the report leaves unsaid: which of them give its numbers?"""

from dataclasses import dataclass, replace
from itertools import product

from plainweave.data import STANDARDIZATIONS
from plainweave.experiments import Experiment, high_rate_experiments, paper_experiments
from plainweave.experiments.spec import LOSS_MEANS

MOMENTUM = 0.9
DAMPENINGS = {"classic": 0.0, "dampened": MOMENTUM}


@dataclass(frozen=True)
class Conventions:
    """One reading of what the report does not say.

    Attributes:
        momentum: "classic", v = 0.9 v + g, or "dampened", v = 0.9 v + 0.1 g.
        standardize: "all-pixels", "per-pixel" or "per-image".
        loss_mean: "batch" or "batch-and-classes".
    """

    momentum: str
    standardize: str
    loss_mean: str

    @property
    def prefix(self) -> str:
        """What the ids of its experiments begin with."""
        return f"{self.momentum}.{self.standardize}.{self.loss_mean}."

    def applied_to(self, experiment: Experiment) -> Experiment:
        """Return an experiment under these conventions."""
        return replace(
            experiment,
            id=self.prefix + experiment.id,
            momentum=MOMENTUM,
            dampening=DAMPENINGS[self.momentum],
            standardize=self.standardize,
            loss_mean=self.loss_mean,
        )


ALL_CONVENTIONS = tuple(
    Conventions(*each) for each in product(DAMPENINGS, STANDARDIZATIONS, LOSS_MEANS)
)


def audit_experiments() -> tuple[Experiment, ...]:
    """Return the thirteen, and the two of claim 5, under every combination of conventions."""
    experiments = paper_experiments() + high_rate_experiments()
    return tuple(each.applied_to(experiment) for each in ALL_CONVENTIONS for experiment in experiments)
