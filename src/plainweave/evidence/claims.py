"""The ten claims of the report, each a statement that runs can support or contradict.

A claim is a list of comparisons, all of which must come out as it says. Each comparison takes one value from
every seed: a measure of one network, or the difference of a measure between two networks of that seed. The
mean over seeds has Student's t interval, and the claim says in which region the true mean lies. Then

- supported: every interval lies within its region;
- contradicted: some interval lies outside its region;
- undecided: neither, with this many seeds;
- not tested: runs are missing.

Claim 1, on gradients, needs no statistics. An interval of the other nine misses the truth in 5 % / (9 *
comparisons of its claim) of all reproductions, if the values of seeds are nearly normal, so the chance that
any verdict is wrong is about 5 % at most (Bonferroni). They are not normal where some seeds diverge: then
look at how many did. Differences of accuracy are in percentage points, of losses in nats.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from plainweave.evidence.statistics import Region, paired_differences
from plainweave.experiments import RunRecord, selection_experiments

Runs = Mapping[str, Mapping[int, RunRecord]]  # by experiment and seed
MORE = Region(low=0)
A_LITTLE_MORE = Region(low=0, high=2)  # the report calls differences of 0.3 to 1.3 points slight
FAR_MORE = Region(low=5)
ABOVE_80 = Region(low=80)
COMPARABLE = Region(low=-0.25, high=0.25)
CLOSE = Region(low=-0.05, high=0.05)
CLIMBS = Region(low=0.01)

_LAST_EPOCHS = 10


def test_accuracy(record: RunRecord) -> float:
    """Percent of the test examples, with the kept weights."""
    assert record.test_accuracy is not None
    return record.test_accuracy


def validation_accuracy(record: RunRecord) -> float:
    """Percent of the validation examples, with the kept weights."""
    return record.validation_accuracy


def loss_gap(record: RunRecord) -> float:
    """Validation loss less training loss, in nats, mean over the last ten epochs."""
    history = record.history
    return float(
        fmean(history.validation_loss[-_LAST_EPOCHS:]) - fmean(history.training_loss[-_LAST_EPOCHS:])
    )


def loss_distance(record: RunRecord) -> float:
    """How far validation loss and training loss are apart, in nats, mean over the last ten epochs."""
    return abs(loss_gap(record))


def climb(record: RunRecord) -> float:
    """Validation loss, mean over the last ten epochs, less its lowest mean over any ten, in nats."""
    losses = np.asarray(record.history.validation_loss)
    width = min(_LAST_EPOCHS, len(losses))
    means = np.convolve(losses, np.full(width, 1 / width), mode="valid")
    return float(means[-1] - means.min())


@dataclass(frozen=True)
class Comparison:
    """A measure of one network, or its difference between two, and where a claim says it lies.

    Attributes:
        measure: of a run.
        region: where the claim says that the mean lies.
        first: id of the network.
        second: id of the network whose measure is taken off, seed by seed; None for none.
    """

    measure: Callable[[RunRecord], float]
    region: Region
    first: str
    second: str | None = None

    @property
    def label(self) -> str:
        """What is compared, in words."""
        names = self.first if self.second is None else f"{self.first} − {self.second}"
        return f"{names}: {self.measure.__name__.replace('_', ' ')}"

    @property
    def unit(self) -> str:
        """Of the effect."""
        if self.measure in (loss_gap, loss_distance, climb):
            return "nats"
        return "points" if self.second else "%"

    @property
    def ids(self) -> list[str]:
        """The networks it needs."""
        return [each for each in (self.first, self.second) if each is not None]

    def effects(self, runs: Runs) -> list[float]:
        """Return one effect for each seed that has the runs."""
        values = [
            {seed: self.measure(record) for seed, record in runs.get(each, {}).items()} for each in self.ids
        ]
        return paired_differences(*values) if len(values) == 2 else list(values[0].values())


@dataclass(frozen=True)
class Claim:
    """A statement of the report, and the comparisons that must all come out for it."""

    number: int
    statement: str
    comparisons: tuple[Comparison, ...]

    @property
    def ids(self) -> list[str]:
        """The networks it needs."""
        return list(dict.fromkeys(each for comparison in self.comparisons for each in comparison.ids))


# Judged by `judge_gradients`.
GRADIENTS = Claim(
    1, "Every gradient checked agrees with its numerical approximation within epsilon squared.", ()
)
CLAIMS = (
    Claim(
        2,
        "L2 with lambda = 1e-4 raises test accuracy slightly over none, and brings validation loss closer to "
        "training loss.",
        (
            Comparison(test_accuracy, A_LITTLE_MORE, "tanh-l2", "tanh"),
            Comparison(loss_distance, MORE, "tanh", "tanh-l2"),
        ),
    ),
    Claim(
        3,
        "Of the values tried, learning rate 0.5, batch 64 and lambda 1e-4 gave the best validation accuracy.",
        tuple(
            Comparison(
                validation_accuracy, MORE, "tanh-l2" if each.id.startswith("lambda-") else "tanh", each.id
            )
            for each in selection_experiments()
        ),
    ),
    Claim(
        4,
        "Of the four activations at 50x50, sigmoid is best.",
        tuple(
            Comparison(test_accuracy, MORE, "sigmoid", other) for other in ("tanh-l2", "relu", "leaky-relu")
        ),
    ),
    Claim(
        5,
        "Learning rate 0.5 is far too high for ReLU and leaky ReLU; 0.1 works.",
        (
            Comparison(test_accuracy, FAR_MORE, "relu", "relu-rate-0.5"),
            Comparison(test_accuracy, FAR_MORE, "leaky-relu", "leaky-relu-rate-0.5"),
            Comparison(test_accuracy, ABOVE_80, "relu"),
            Comparison(test_accuracy, ABOVE_80, "leaky-relu"),
        ),
    ),
    Claim(
        6,
        "With ReLU the validation loss stays very close to the training loss.",
        (Comparison(loss_gap, CLOSE, "relu"),),
    ),
    Claim(
        7,
        "Fewer hidden units cost a little (25x50), more gain a little (100x50).",
        (
            Comparison(test_accuracy, A_LITTLE_MORE, "sigmoid", "25x50"),
            Comparison(test_accuracy, A_LITTLE_MORE, "100x50", "sigmoid"),
        ),
    ),
    Claim(
        8,
        "More parameters make the validation loss begin to climb: a sign of over-fitting.",
        (
            Comparison(climb, CLIMBS, "50x100"),
            Comparison(climb, CLIMBS, "100x50"),
            Comparison(climb, MORE, "50x100", "sigmoid"),
            Comparison(climb, MORE, "100x50", "sigmoid"),
        ),
    ),
    Claim(
        9,
        "At equal parameter counts the larger layer first is better.",
        (
            Comparison(test_accuracy, MORE, "50x25", "25x50"),
            Comparison(test_accuracy, MORE, "100x50", "50x100"),
            Comparison(test_accuracy, MORE, "50x30x20", "33x33x33"),
            Comparison(test_accuracy, MORE, "33x33x33", "20x30x50"),
        ),
    ),
    Claim(
        10,
        "One hidden layer of 100, two of 100x50 and three of 50x30x20 perform comparably.",
        (
            Comparison(test_accuracy, COMPARABLE, "100", "100x50"),
            Comparison(test_accuracy, COMPARABLE, "100", "50x30x20"),
            Comparison(test_accuracy, COMPARABLE, "100x50", "50x30x20"),
        ),
    ),
)
