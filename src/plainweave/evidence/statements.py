"""Statements about networks, and what runs say about them.

A statement is a list of comparisons, all of which must come out as it says. Each comparison is a measure of
one network, or the difference of a measure between two. Its mean over seeds has Student's t interval, and
the statement says in which region the true mean lies. Then the statement is

- supported: every interval lies within its region;
- contradicted: some interval lies outside its region;
- undecided: neither, with this many seeds;
- not tested: runs are missing.

Several statements judged together are a family, and the chance that any of their verdicts is wrong is 5 % at
most, if the values of seeds are nearly normal. For that, each statement may be wrong in 5 % / family of all
reproductions. It is wrongly supported only if the one comparison that does not hold seems to hold, too, so
the intervals that support miss in 5 % / family (an intersection-union test). It is wrongly contradicted if
any of its intervals misses, so those that contradict miss in 5 % / (family * comparisons) (Bonferroni).
Values are not normal where some seeds diverge: then look at how many did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from plainweave.errors import ConfigurationError
from plainweave.evidence.measures import Measure
from plainweave.evidence.power import seeds_needed
from plainweave.evidence.statistics import (
    CONFIDENCE,
    Estimate,
    Region,
    Verdict,
    agreeing_seeds,
    all_of,
    estimate,
    in_words,
)
from plainweave.experiments import RunRecord

Runs = Mapping[str, Mapping[int, RunRecord]]  # by experiment and seed


def runs_by_id(records: Sequence[RunRecord]) -> Runs:
    """Sort records by the ids of their experiments and their seeds."""
    runs: dict[str, dict[int, RunRecord]] = {}
    for record in records:
        runs.setdefault(record.experiment.id, {})[record.seed] = record
    return runs


@dataclass(frozen=True, repr=False)
class Comparison:
    """A measure of one network, or its difference between two, and where a statement says it lies.

    Attributes:
        measure: of a run.
        region: where the statement says that the mean lies.
        first: id of the network.
        second: id of the network whose measure is taken off; None for none.
    """

    measure: Measure
    region: Region
    first: str
    second: str | None = None

    def __repr__(self) -> str:
        return f"Comparison({self.label}, from {self.region.low:g} to {self.region.high:g})"

    @property
    def label(self) -> str:
        """What is compared, in words."""
        names = self.first if self.second is None else f"{self.first} − {self.second}"
        return f"{names}: {self.measure.name}"

    @property
    def unit(self) -> str:
        """Of the effect."""
        return self.measure.unit if self.second is None else self.measure.unit_of_difference

    @property
    def ids(self) -> list[str]:
        """The networks it needs."""
        return [self.first] if self.second is None else [self.first, self.second]

    def among(self, runs: Runs) -> "Comparison":
        """Return the comparison in the unit of what the runs have: a loss is in its own."""
        experiments = [record.experiment for id_ in self.ids for record in runs.get(id_, {}).values()]
        return replace(self, measure=self.measure.among(experiments))

    def obstacle(self, runs: Runs) -> str:
        """Say why runs that are there can't be compared; the empty text if they can."""
        for id_ in self.ids:
            records = runs.get(id_, {})
            if records and not self.measure.values(records):
                return f"{id_} has no {self.measure.name}."
        losses = dict.fromkeys(
            record.experiment.loss for id_ in self.ids for record in runs.get(id_, {}).values()
        )
        if self.measure.is_of_one_loss and len(losses) > 1:
            return f"{self.label}: the losses are {' and '.join(losses)}, numbers of several kinds."
        return ""

    def effect(self, runs: Runs, confidence: float = CONFIDENCE) -> Estimate | None:
        """Estimate the effect from runs; None if they are missing, or can't be compared."""
        measure = self.measure
        if self.obstacle(runs):
            return None
        first = measure.values(runs.get(self.first, {}))
        if self.second is None:
            values = list(first.values())
            return estimate(values, confidence, may_agree=measure.counts) if values else None
        second = measure.values(runs.get(self.second, {}))
        return measure.difference(first, second, confidence)


@dataclass(frozen=True)
class Statement:
    """A statement, and the comparisons that must all come out for it.

    Attributes:
        number: by which people call it.
        text: what it says.
        comparisons: what that means.
    """

    number: int
    text: str
    comparisons: tuple[Comparison, ...]

    @property
    def ids(self) -> list[str]:
        """The networks it needs."""
        return list(dict.fromkeys(id_ for comparison in self.comparisons for id_ in comparison.ids))


@dataclass(frozen=True, repr=False)
class Finding:
    """What the runs say about one comparison.

    Attributes:
        comparison: the comparison.
        supporting: its effect with the interval that supports it within its region; None without runs.
        contradicting: the same with the wider interval that contradicts it outside; None without runs.
    """

    comparison: Comparison
    supporting: Estimate | None
    contradicting: Estimate | None

    def __repr__(self) -> str:
        effect = in_words(self.effect, self.comparison.unit) if self.effect else "no runs"
        return f"Finding({self.verdict}, {self.comparison.label} {effect})"

    @property
    def verdict(self) -> Verdict:
        """Of each interval what it is for."""
        if self.supporting is None or self.contradicting is None:
            return Verdict.UNTESTED
        region = self.comparison.region
        if region.verdict(self.supporting) is Verdict.SUPPORTED:
            return Verdict.SUPPORTED
        if region.verdict(self.contradicting) is Verdict.CONTRADICTED:
            return Verdict.CONTRADICTED
        return Verdict.UNDECIDED

    @property
    def effect(self) -> Estimate | None:
        """The effect with the interval that decided, or that would decide first; None without runs."""
        if self.supporting is None or self.comparison.region.holds(self.supporting.mean):
            return self.supporting
        return self.contradicting

    @property
    def as_stated(self) -> bool | None:
        """Whether the mean alone lies where the statement says; None without runs."""
        return None if self.effect is None else self.comparison.region.holds(self.effect.mean)

    @property
    def seeds_needed(self) -> int | None:
        """About how many seeds would decide what is undecided, see `power.seeds_needed`; None if unknown."""
        if self.effect is None or self.verdict is not Verdict.UNDECIDED:
            return None
        if self.effect.low is None:  # one seed, a value that is not finite, or seeds that all agree
            agree = self.effect.variances and not self.comparison.measure.counts
            return agreeing_seeds(self.effect.confidence) if agree else None
        return seeds_needed(self.effect, self.comparison.region, self.effect.confidence)


@dataclass(frozen=True, repr=False)
class Judgement:
    """What the runs say about a statement.

    Attributes:
        statement: the statement.
        verdict: on all its comparisons together.
        findings: one for each comparison.
        missing: ids of networks that have no runs.
        note: where there is something else to say, as why runs can't be compared.
    """

    statement: Statement
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    note: str = ""

    def __repr__(self) -> str:
        return f"Judgement({self.verdict}, {self.statement.text!r}, n = {self.seeds})"

    @property
    def seeds(self) -> int:
        """The fewest seeds of a comparison."""
        return min((finding.effect.n if finding.effect else 0 for finding in self.findings), default=0)

    @property
    def as_stated(self) -> bool | None:
        """Whether all means lie where the statement says, whatever their intervals; None without runs."""
        parts = [finding.as_stated for finding in self.findings]
        return None if None in parts else all(parts)

    @property
    def seeds_needed(self) -> int | None:
        """About how many seeds would decide what is undecided; None if unknown.

        If all means lie where the statement says, all comparisons must be shown to; else it is enough to
        show one that does not.
        """
        if self.verdict is not Verdict.UNDECIDED:
            return None
        wanted = [
            finding.seeds_needed
            for finding in self.findings
            if finding.verdict is Verdict.UNDECIDED and finding.as_stated is self.as_stated
        ]
        known = [seeds for seeds in wanted if seeds is not None]
        if self.as_stated:
            return max(known) if len(known) == len(wanted) else None
        return min(known, default=None)


def judge(statement: Statement, runs: Runs, family: int = 1) -> Judgement:
    """Judge a statement by runs of its networks.

    Args:
        statement: with one comparison at least.
        runs: by experiment and seed, see `runs_by_id`; all of one data set.
        family: how many statements are judged together.

    Raises:
        ConfigurationError: the statement compares nothing.
    """
    if not statement.comparisons:
        raise ConfigurationError(
            f"the statement {statement.text!r} compares nothing; expected a Comparison at least."
        )
    wrong = (1 - CONFIDENCE) / family
    comparisons = [comparison.among(runs) for comparison in statement.comparisons]
    findings = tuple(
        Finding(
            comparison,
            comparison.effect(runs, 1 - wrong),
            comparison.effect(runs, 1 - wrong / len(comparisons)),
        )
        for comparison in comparisons
    )
    missing = tuple(id_ for id_ in statement.ids if not runs.get(id_))
    obstacles = dict.fromkeys(filter(None, (comparison.obstacle(runs) for comparison in comparisons)))
    verdict = all_of([finding.verdict for finding in findings])
    return Judgement(statement, verdict, findings, missing, " ".join(obstacles))


def judge_all(statements: Sequence[Statement], records: Sequence[RunRecord]) -> list[Judgement]:
    """Judge the statements of a family by records, by the ids of their experiments."""
    runs = runs_by_id(records)
    return [judge(statement, runs, len(statements)) for statement in statements]
