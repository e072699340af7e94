"""Statements of anyone's, judged by runs that nobody made."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from made_up import made_up
from plainweave.errors import ConfigurationError
from plainweave.evidence import (
    Comparison,
    Finding,
    Judgement,
    Measure,
    Region,
    Statement,
    Verdict,
    estimate,
    judge,
    judge_all,
    judgement_summary,
    runs_by_id,
)
from plainweave.evidence.measures import CLIMB, LOSS_GAP, TEST_ACCURACY, VALIDATION_ACCURACY
from plainweave.experiments import Experiment, RunRecord
from plainweave.storage.forms import to_json

MORE = Region(low=0)
# A measure of one's own: what a test writes into a record's seconds.
OWN = Measure("own", "s", lambda record: record.seconds, paired=True)
OWN_UNPAIRED = replace(OWN, paired=False)
OWN_COUNT = replace(OWN, counts=True)


def with_values(values: Mapping[str, list[float]]) -> dict[str, dict[int, RunRecord]]:
    """Runs whose seconds are these, by network and seed."""
    return {
        name: {
            seed: replace(made_up(Experiment(id=name), seed, 87.0), seconds=value)
            for seed, value in enumerate(of_seeds)
        }
        for name, of_seeds in values.items()
    }


def test_a_statement_of_ones_own_is_judged() -> None:
    runs = with_values({"a": [2.0, 2.1, 2.2], "b": [1.0, 1.2, 1.1]})
    more = Statement(1, "a takes longer", (Comparison(OWN, MORE, "a", "b"),))
    judgement = judge(more, runs)
    (finding,) = judgement.findings
    theirs = stats.ttest_rel([2.0, 2.1, 2.2], [1.0, 1.2, 1.1]).confidence_interval()
    assert finding.effect is not None
    assert (finding.effect.low, finding.effect.high) == pytest.approx((theirs.low, theirs.high))
    assert (judgement.verdict, judgement.seeds, judgement.missing) == (Verdict.SUPPORTED, 3, ())
    assert finding.comparison.label == "a − b: own"
    less = Statement(2, "a takes less", (Comparison(OWN, Region(high=0), "a", "b"),))
    assert judge(less, runs).verdict is Verdict.CONTRADICTED


def test_a_statement_that_compares_nothing_is_refused() -> None:
    with pytest.raises(ConfigurationError) as error:
        judge(Statement(1, "all is well", ()), {})
    assert str(error.value) == (
        "the statement 'all is well' compares nothing; expected a Comparison at least."
    )


def test_what_supports_and_what_contradicts_have_levels_of_their_own() -> None:
    runs = with_values({name: [1.0, 2.0, 3.0] for name in "abc"})
    parts = tuple(Comparison(OWN, MORE, name) for name in "abc")
    for finding in judge(Statement(1, "all take time", parts), runs, family=9).findings:
        assert finding.supporting is not None
        assert finding.contradicting is not None
        assert finding.supporting.confidence == pytest.approx(1 - 0.05 / 9)
        assert finding.contradicting.confidence == pytest.approx(1 - 0.05 / 27)


def test_a_finding_shows_the_interval_that_decided() -> None:
    values = [1.0, 1.1, 0.9, 1.05, 0.95]
    narrow, wide = estimate(values, 0.95), estimate(values, 0.99)
    for region, verdict, effect in (
        (MORE, Verdict.SUPPORTED, narrow),
        (Region(high=0.5), Verdict.CONTRADICTED, wide),
        (Region(low=0.97), Verdict.UNDECIDED, narrow),
        (Region(low=1.07), Verdict.UNDECIDED, wide),
    ):
        finding = Finding(Comparison(OWN, region, "a"), narrow, wide)
        assert (finding.verdict, finding.effect) == (verdict, effect)


def test_the_stricter_level_keeps_an_interval_from_contradicting() -> None:
    """Its interval of 95 % lies outside the region, and the one of 97.5 % for two comparisons does not."""
    values = [-1.0, -0.1, -0.5, -0.9, -0.2]
    lone = estimate(values)
    assert lone.high is not None
    assert lone.high < 0
    runs = with_values({"a": values, "b": [1.0, 1.1, 0.9, 1.0, 1.0]})
    one = Comparison(OWN, Region(low=-0.03), "a")
    assert judge(Statement(1, "one", (one,)), runs).verdict is Verdict.CONTRADICTED
    two = (one, Comparison(OWN, MORE, "b"))
    assert judge(Statement(1, "two", two), runs).verdict is Verdict.UNDECIDED


def test_test_accuracies_are_compared_unpaired_and_validation_accuracies_by_seed() -> None:
    accuracies = {"a": {0: 87.0, 1: 87.4, 2: 87.1}, "b": {0: 86.0, 1: 86.5, 2: 86.2, 9: 86.1}}
    records = [
        made_up(Experiment(id=name), seed, value)
        for name, seeds in accuracies.items()
        for seed, value in seeds.items()
    ]
    runs = runs_by_id(records)
    tested = Comparison(TEST_ACCURACY, MORE, "a", "b").effect(runs)
    validated = Comparison(VALIDATION_ACCURACY, MORE, "a", "b").effect(runs)
    assert tested is not None
    assert validated is not None
    assert tested.mean == pytest.approx(np.mean([87.0, 87.4, 87.1]) - np.mean([86.0, 86.5, 86.2, 86.1]))
    assert (tested.n, len(tested.variances)) == (3, 2)
    assert validated.mean == pytest.approx(np.mean([1.0, 0.9, 0.9]))
    assert (validated.n, len(validated.variances)) == (3, 1)
    assert Comparison(TEST_ACCURACY, MORE, "a", "b").unit == "points"
    assert Comparison(TEST_ACCURACY, MORE, "a").unit == "%"


def test_a_diverged_run_has_no_gap() -> None:
    record = made_up(Experiment(id="a"), 0, 10.0)
    record.history.validation_loss[-1] = np.asarray(np.nan)
    statement = Statement(1, "it fits", (Comparison(LOSS_GAP, Region(high=1), "a"),))
    judgement = judge(statement, {"a": {0: record, 1: record}})
    assert judgement.verdict is Verdict.UNDECIDED
    assert judgement.as_stated is False
    assert judgement.seeds_needed is None


def test_runs_that_are_missing_or_not_tested_leave_a_statement_untested() -> None:
    statement = Statement(1, "a is better", (Comparison(TEST_ACCURACY, MORE, "a", "b"),))
    untested = made_up(Experiment(id="b", test=False), 0, 87.0)
    judgement = judge(statement, {"a": {0: made_up(Experiment(id="a"), 0, 88.0)}})
    assert (judgement.verdict, judgement.missing) == (Verdict.UNTESTED, ("b",))
    assert (judgement.as_stated, judgement.seeds, judgement.seeds_needed) == (None, 0, None)
    runs = {"a": {0: made_up(Experiment(id="a"), 0, 88.0)}, "b": {0: untested}}
    assert judge(statement, runs).verdict is Verdict.UNTESTED


def climbing(climbs: list[float]) -> dict[str, dict[int, RunRecord]]:
    """Runs whose validation loss falls to 0.4, and rises again by so much."""
    runs = {}
    for seed, climb in enumerate(climbs):
        runs[seed] = made_up(Experiment(id="a"), seed, 87.0)
        runs[seed].history.validation_loss[:] = [np.asarray(0.4)] * 10 + [np.asarray(0.4 + climb)] * 10
    return {"a": runs}


def test_networks_that_never_climb_contradict_that_they_climb() -> None:
    climbs = Statement(1, "it climbs", (Comparison(CLIMB, Region(low=0.01), "a"),))
    at_all = Statement(2, "it climbs at all", (Comparison(CLIMB, MORE, "a"),))
    little = Statement(3, "it climbs little", (Comparison(CLIMB, Region(high=0.01), "a"),))
    never = climbing([0.0] * 10)
    assert judge(climbs, never, family=9).verdict is Verdict.CONTRADICTED
    assert judge(at_all, never, family=9).verdict is Verdict.CONTRADICTED
    assert judge(little, never, family=9).verdict is Verdict.SUPPORTED


def test_few_seeds_that_agree_may_do_so_by_chance() -> None:
    """Of networks that never climb in half of all runs, two would agree in a quarter of all reproductions."""
    statement = Statement(1, "it climbs", (Comparison(CLIMB, Region(low=0.01), "a"),))
    judgement = judge(statement, climbing([0.0] * 4))
    assert (judgement.verdict, judgement.seeds_needed) == (Verdict.UNDECIDED, 5)
    assert judge(statement, climbing([0.0] * 5)).verdict is Verdict.CONTRADICTED
    assert judge(statement, climbing([0.0])).seeds_needed is None


def test_counts_that_agree_decide_nothing() -> None:
    parts = (Comparison(OWN_COUNT, MORE, "a", "b"),)
    judgement = judge(Statement(1, "a is more", parts), with_values({"a": [2.0] * 10, "b": [1.0] * 10}))
    assert (judgement.verdict, judgement.seeds_needed) == (Verdict.UNDECIDED, None)


def test_a_statement_needs_the_seeds_of_its_slowest_comparison_or_of_one_that_contradicts() -> None:
    random = np.random.default_rng(0)
    noise = random.normal(0, 1, 10)
    noise -= noise.mean()
    runs = with_values({"near": list(noise + 0.1), "far": list(noise + 0.4), "below": list(noise - 0.2)})
    near, far, below = (Comparison(OWN, MORE, name) for name in ("near", "far", "below"))

    def needed(*comparisons: Comparison) -> Judgement:
        return judge(Statement(1, "above", comparisons), runs)

    both = needed(near, far)
    assert both.verdict is Verdict.UNDECIDED
    assert both.seeds_needed == max(finding.seeds_needed or 0 for finding in both.findings)
    assert both.seeds_needed == needed(near).seeds_needed
    with_one_below = needed(near, far, below)
    assert with_one_below.seeds_needed == with_one_below.findings[2].seeds_needed


def wrong_verdicts(
    statements: list[tuple[Statement, bool]], truth: Mapping[str, float], rounds: int, seeds: int
) -> float:
    """Return the share of families with a wrong verdict; each statement with whether it is true."""
    random = np.random.default_rng(0)
    wrong = 0
    record = {name: made_up(Experiment(id=name), 0, 87.0) for name in truth}
    for _ in range(rounds):
        runs = {
            name: {
                seed: replace(record[name], seconds=value)
                for seed, value in enumerate(random.normal(mean, 1, seeds))
            }
            for name, mean in truth.items()
        }
        wrong += any(
            judge(statement, runs, len(statements)).verdict
            is (Verdict.CONTRADICTED if true else Verdict.SUPPORTED)
            for statement, true in statements
        )
    return wrong / rounds


def just_true(comparisons: int, measure: Measure = OWN) -> Statement:
    """All its networks have 0, at the inner edge of both their regions."""
    region = Region(-1e-9, 1e-9)
    return Statement(1, "true", tuple(Comparison(measure, region, f"n{k}") for k in range(comparisons)))


def just_false(comparisons: int) -> Statement:
    """One network has 0, at the outer edge of its region, and all others lie well within theirs."""
    certain = tuple(Comparison(OWN, MORE, f"far{k}") for k in range(comparisons - 1))
    return Statement(2, "false", (Comparison(OWN, MORE, "edge"), *certain))


@pytest.mark.parametrize(("comparisons", "seeds"), [(1, 10), (4, 3), (4, 10)])
def test_a_wrong_verdict_is_as_rare_as_stated(comparisons: int, seeds: int) -> None:
    """At the edges of regions, where the truth is hardest to tell, one family in twenty errs at most."""
    truth = {f"n{k}": 0.0 for k in range(comparisons)} | {"edge": 0.0}
    truth |= {f"far{k}": 30.0 for k in range(comparisons - 1)}
    statements = [(just_true(comparisons), True), (just_false(comparisons), False)]
    rounds = 2000
    share = wrong_verdicts(statements, truth, rounds, seeds)
    assert share <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / rounds)
    assert share >= 0.02, "nor are the intervals much wider than they need to be"


def test_one_part_that_fails_is_enough_to_contradict_whatever_the_others_are() -> None:
    runs = with_values({"a": [-1.0, -1.1, -0.9, -1.0, -1.05], "b": [1.0, 1.1, 0.9, 1.0, 1.0]})
    parts = (Comparison(OWN, MORE, "a"), Comparison(OWN, MORE, "b"), Comparison(OWN, MORE, "missing"))
    assert judge(Statement(1, "all", parts), runs).verdict is Verdict.CONTRADICTED


def test_a_judgement_is_json() -> None:
    records = [
        made_up(Experiment(id=name), seed, accuracy + seed / 10)
        for name, accuracy in (("a", 87.0), ("b", 86.9))
        for seed in range(3)
    ]
    statement = Statement(4, "a is better", (Comparison(TEST_ACCURACY, MORE, "a", "b"),))
    (judgement,) = judge_all([statement], records)
    content = json.loads(to_json(judgement_summary(judgement)))
    assert (content["number"], content["statement"]) == (4, "a is better")
    assert (content["verdict"], content["seeds"], content["missing"]) == ("undecided", 3, [])
    (comparison,) = content["comparisons"]
    assert comparison["comparison"] == "a − b: test accuracy"
    assert (comparison["unit"], comparison["claimed"]) == ("points", [0, None])
    assert (comparison["n"], comparison["confidence"]) == (3, 0.95)
    assert comparison["low"] < comparison["mean"] < comparison["high"]
    assert comparison["seeds_needed"] == content["seeds_needed"] > 3
