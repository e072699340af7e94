"""What the runs say about the claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plainweave.evidence.claims import CLAIMS, GRADIENTS, Claim, Comparison, Runs
from plainweave.evidence.statistics import CONFIDENCE, Estimate, Verdict, all_of, estimate
from plainweave.experiments import (
    RunRecord,
    high_rate_experiments,
    paper_experiments,
    selection_experiments,
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
    its claims. Without any there is nothing to judge, and the list is empty.
    """
    known = set(paper_experiments() + high_rate_experiments() + selection_experiments())
    counting = [record for record in records if record.experiment in known]
    return [judge_gradients(gradients), *judge_runs(counting)] if counting else []


def judge_runs(records: Sequence[RunRecord]) -> list[Judgement]:
    """Judge claims 2 to 10 by records under one set of conventions, by the ids of their experiments."""
    runs: dict[str, dict[int, RunRecord]] = {}
    for record in records:
        runs.setdefault(record.experiment.id, {})[record.seed] = record
    return [judge(claim, runs) for claim in CLAIMS]
