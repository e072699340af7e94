import math

import pytest
from scipy import stats

from made_up import made_up
from plainweave.errors import RecordError
from plainweave.evidence import difference, summarize
from plainweave.experiments import Experiment, RunRecord


def group(name: str, accuracies: dict[int, float], *, test: bool = True) -> list[RunRecord]:
    return [made_up(Experiment(id=name, test=test), seed, value) for seed, value in accuracies.items()]


FIRST, SECOND = {0: 87.0, 1: 87.5, 2: 87.1}, {0: 86.0, 1: 86.9, 2: 86.1}


def test_tested_networks_are_compared_unpaired() -> None:
    result = difference(group("a", FIRST), group("b", SECOND))
    assert (result.measure.name, result.over) == ("test accuracy", "over 3 seeds of each")
    error = math.sqrt((stats.tvar(list(FIRST.values())) + stats.tvar(list(SECOND.values()))) / 3)
    assert result.effect.high == pytest.approx(result.effect.mean + stats.t.ppf(0.975, 2) * error)
    apart = difference(group("a", FIRST), group("b", {8: 86.0, 9: 86.5}))
    assert apart.over == "over 3 and 2 seeds"
    assert apart.effect.low is not None
    assert difference(group("a", {0: 87.0}), group("b", {1: 86.0})).over == "over 1 seed of each"


def test_networks_that_are_not_tested_are_compared_seed_by_seed() -> None:
    result = difference(group("a", FIRST), group("b", {**SECOND, 9: 1.0}, test=False))
    assert (result.measure.name, result.over) == ("validation accuracy", "paired over 3 seeds")
    theirs = stats.ttest_rel(list(FIRST.values()), list(SECOND.values())).confidence_interval()
    assert (result.effect.low, result.effect.high) == pytest.approx((theirs.low, theirs.high))


def test_what_is_paired_needs_a_seed_in_common() -> None:
    with pytest.raises(RecordError) as error:
        difference(group("a", {0: 87.0}, test=False), group("b", {1: 86.0}, test=False))
    assert str(error.value) == (
        "a and b have no seed in common; expected at least one. Train both from the same."
    )


def test_any_two_are_compared_that_have_two_seeds_each() -> None:
    records = [
        *group("a", FIRST),
        *group("b", {7: 86.0, 8: 86.5}),
        *group("c", {0: 80.0}),
        *group("d", SECOND, test=False),
        *group("e", SECOND),
    ]
    comparisons = summarize(records).comparisons
    assert [(pair.first, pair.second) for pair in comparisons] == [("a", "b"), ("a", "e"), ("b", "e")]
    assert {pair.confidence for pair in comparisons} == {1 - 0.05 / 3}
