"""The ten claims of the report, each a statement that runs can support or contradict.

A claim is a list of comparisons, all of which must come out as it says. Each comparison takes one value from
every seed: a measure of one network, or the difference of a measure between two networks of that seed. The
mean over seeds has Student's t interval, and the claim says in which region the true mean lies. Then

- supported: every interval lies within its region;
- contradicted: some interval lies outside its region;
- undecided: neither, with this many seeds;
- not tested: runs are missing.

An interval misses the truth in at most 5 % / (claims * comparisons of its claim) of all reproductions, so the
chance that any verdict on the page is wrong is at most 5 % (Bonferroni). Differences of accuracy are in
percentage points, of losses in nats.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from plainweave.evidence.statistics import (
    CONFIDENCE,
    Estimate,
    Region,
    Verdict,
    all_of,
    estimate,
    paired_differences,
)
from plainweave.experiments import (
    Experiment,
    RunRecord,
    high_rate_experiments,
    paper_experiments,
    selection_experiments,
)

Runs = Mapping[str, Mapping[int, RunRecord]]  # by experiment and seed
MORE = Region(low=0)
A_LITTLE_MORE = Region(low=0, high=2)  # the report calls differences of 0.3 to 1.3 points slight
FAR_MORE = Region(low=5)
ABOVE_80 = Region(low=80)
COMPARABLE = Region(low=-0.25, high=0.25)
CLOSE = Region(low=-0.05, high=0.05)

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


def climb(record: RunRecord) -> float:
    """Validation loss over the last ten epochs less its lowest, in nats."""
    losses = record.history.validation_loss
    return float(fmean(losses[-_LAST_EPOCHS:]) - min(losses))


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
        if self.measure in (loss_gap, climb):
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


# Claim 1 is about gradients: it needs no runs and no statistics, see `judge_gradients`.
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
            Comparison(loss_gap, MORE, "tanh", "tanh-l2"),
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


@dataclass(frozen=True)
class Finding:
    """What the runs say about one comparison.

    Attributes:
        comparison: the comparison.
        effect: its mean over seeds, with its interval; None if there is no seed with all runs.
        verdict: from the interval.
        as_reported: whether the mean alone lies where the claim says; None without runs.
    """

    comparison: Comparison
    effect: Estimate | None
    verdict: Verdict

    @property
    def as_reported(self) -> bool | None:
        """Whether the mean alone lies where the claim says; None without runs."""
        return None if self.effect is None else self.comparison.region.holds(self.effect.mean)


@dataclass(frozen=True)
class Judgement:
    """What the runs say about a claim.

    Attributes:
        claim: the claim.
        verdict: on all its comparisons together.
        findings: one for each comparison.
        missing: ids of networks that have no runs.
        note: where there is something else to say.
    """

    claim: Claim
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    note: str = ""

    @property
    def seeds(self) -> int:
        """The fewest seeds of a comparison."""
        return min((each.effect.n if each.effect else 0 for each in self.findings), default=0)

    @property
    def as_reported(self) -> bool | None:
        """Whether all means lie where the claim says, whatever their intervals; None if runs are missing."""
        each = [finding.as_reported for finding in self.findings]
        return None if None in each else all(each)


def judge(claim: Claim, runs: Runs) -> Judgement:
    """Judge a claim by runs of its networks under one set of conventions."""
    confidence = 1 - (1 - CONFIDENCE) / (len(CLAIMS) * len(claim.comparisons))
    findings = []
    for comparison in claim.comparisons:
        effects = comparison.effects(runs)
        effect = estimate(effects, confidence) if effects else None
        verdict = comparison.region.verdict(effect) if effect else Verdict.UNTESTED
        findings.append(Finding(comparison, effect, verdict))
    missing = tuple(each for each in claim.ids if not runs.get(each))
    return Judgement(claim, all_of([each.verdict for each in findings]), tuple(findings), missing)


def judge_gradients(evidence: Mapping[str, Any] | None) -> Judgement:
    """Judge claim 1 by the rows of Table 1 in gradients.json."""
    if evidence is None:
        return Judgement(GRADIENTS, Verdict.UNTESTED, note="This folder holds no gradient check.")
    table = evidence["table_1"]
    agree = [row["agrees"] for row in table["rows"]]
    return Judgement(
        GRADIENTS,
        Verdict.SUPPORTED if all(agree) else Verdict.CONTRADICTED,
        note=f"{sum(agree)} of {len(agree)} gradients agree within {table['tolerance']:g}.",
    )


def judge_all(records: Sequence[RunRecord], gradients: Mapping[str, Any] | None) -> list[Judgement]:
    """Judge the ten claims by the records of a reproduction.

    Only runs with exactly the settings of the report's experiments count: shorter ones say nothing about
    its claims.
    """
    known: dict[str, Experiment] = {
        each.id: each for each in paper_experiments() + high_rate_experiments() + selection_experiments()
    }
    return [
        judge_gradients(gradients),
        *judge_runs([record for record in records if known.get(record.experiment.id) == record.experiment]),
    ]


def judge_runs(records: Sequence[RunRecord]) -> list[Judgement]:
    """Judge claims 2 to 10 by records under one set of conventions, by the ids of their experiments."""
    runs: dict[str, dict[int, RunRecord]] = {}
    for record in records:
        runs.setdefault(record.experiment.id, {})[record.seed] = record
    return [judge(claim, runs) for claim in CLAIMS]
