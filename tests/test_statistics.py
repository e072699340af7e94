import math

import numpy as np
import pytest
from scipy import stats

from plainweave.errors import ConfigurationError
from plainweave.evidence import Region, Verdict, estimate, paired_differences
from plainweave.evidence.statistics import all_of


def test_an_interval_is_students() -> None:
    values = [84.1, 85.0, 84.6, 85.7, 84.4]
    ours = estimate(values)
    theirs = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert (ours.low, ours.high) == pytest.approx(theirs)
    assert (ours.mean, ours.sd, ours.n) == pytest.approx((np.mean(values), np.std(values, ddof=1), 5))


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize("n", [2, 5, 20])
def test_intervals_hold_the_truth_at_the_stated_rate(n: int, confidence: float) -> None:
    rounds = 4000
    samples = np.random.default_rng(n).normal(87.0, 0.3, (rounds, n))
    intervals = [estimate(sample.tolist(), confidence) for sample in samples]
    held = sum(
        each.low is not None and each.high is not None and each.low < 87.0 < each.high for each in intervals
    )
    # Four standard errors of a share over that many rounds.
    assert held / rounds == pytest.approx(
        confidence, abs=4 * math.sqrt(confidence * (1 - confidence) / rounds)
    )


def test_one_seed_has_no_interval() -> None:
    single = estimate([87.0])
    assert (single.mean, single.sd, single.low, single.high, single.n) == (87.0, None, None, None, 1)


def test_what_is_not_finite_has_no_interval() -> None:
    broken = estimate([87.0, math.nan, 86.0])
    assert math.isnan(broken.mean)
    assert (broken.low, broken.high) == (None, None)
    assert Region(low=0).verdict(broken) is Verdict.UNDECIDED


def test_a_confidence_is_between_0_and_1() -> None:
    with pytest.raises(ConfigurationError) as error:
        estimate([1.0, 2.0], 95)
    assert "confidence is 95" in str(error.value)


def test_differences_are_paired_by_seed() -> None:
    first = {3: 87.0, 1: 86.0, 7: 80.0}
    second = {1: 85.5, 3: 86.0, 9: 1.0}
    assert paired_differences(first, second) == [0.5, 1.0]


def test_pairing_finds_what_unpaired_seeds_hide() -> None:
    stream = np.random.default_rng(0)
    of_seeds = stream.normal(0, 1.0, 10)  # what split and order do to both networks alike
    first = 87.2 + of_seeds + stream.normal(0, 0.05, 10)
    second = 87.0 + of_seeds + stream.normal(0, 0.05, 10)
    paired = estimate(paired_differences(dict(enumerate(first)), dict(enumerate(second))))
    theirs = stats.ttest_rel(first, second).confidence_interval()
    assert (paired.low, paired.high) == pytest.approx((theirs.low, theirs.high))
    assert Region(low=0).verdict(paired) is Verdict.SUPPORTED
    unpaired = stats.ttest_ind(first, second).confidence_interval()
    assert unpaired.low < 0 < unpaired.high


@pytest.mark.parametrize(
    ("region", "values", "verdict"),
    [
        (Region(low=0), [1.0, 1.1, 0.9], Verdict.SUPPORTED),
        (Region(low=0), [-1.0, -1.1, -0.9], Verdict.CONTRADICTED),
        (Region(low=0), [-1.0, 1.2, 0.1], Verdict.UNDECIDED),
        (Region(low=0), [1.0], Verdict.UNDECIDED),
        (Region(-0.25, 0.25), [0.0, 0.02, -0.02], Verdict.SUPPORTED),
        (Region(-0.25, 0.25), [1.0, 1.02, 0.98], Verdict.CONTRADICTED),
        (Region(-0.25, 0.25), [-1.0, -1.02, -0.98], Verdict.CONTRADICTED),
        (Region(-0.25, 0.25), [0.25, 0.27, 0.23], Verdict.UNDECIDED),
        (Region(-0.25, 0.25), [0.0, 2.0, -2.0], Verdict.UNDECIDED),
    ],
)
def test_a_region_judges_an_interval(region: Region, values: list[float], verdict: Verdict) -> None:
    assert region.verdict(estimate(values)) is verdict


def test_all_parts_of_a_statement_must_hold() -> None:
    supported, undecided, contradicted = Verdict.SUPPORTED, Verdict.UNDECIDED, Verdict.CONTRADICTED
    assert all_of([supported, supported]) is supported
    assert all_of([supported, undecided]) is undecided
    assert all_of([supported, Verdict.UNTESTED, undecided]) is Verdict.UNTESTED
    assert all_of([undecided, Verdict.UNTESTED, contradicted]) is contradicted
