import math

import numpy as np
import pytest
from scipy import stats

from plainweave.errors import ConfigurationError
from plainweave.evidence import Region, Verdict, estimate, estimate_difference, paired_differences
from plainweave.evidence.statistics import agreeing_seeds, all_of, degrees_of_freedom


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
        interval.low is not None and interval.high is not None and interval.low < 87.0 < interval.high
        for interval in intervals
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


def test_an_unpaired_difference_is_of_two_means() -> None:
    first, second = {0: 87.0, 1: 87.4, 2: 87.1, 5: 86.8}, {0: 86.0, 1: 86.9}
    effect = estimate_difference(first, second, paired=False)
    assert effect is not None
    a, b = list(first.values()), list(second.values())
    error = math.sqrt(np.var(a, ddof=1) / 4 + np.var(b, ddof=1) / 2)
    half = stats.t.ppf(0.975, 1) * error  # the fewer seeds less 1
    assert effect.mean == pytest.approx(np.mean(a) - np.mean(b))
    assert (effect.low, effect.high) == pytest.approx((effect.mean - half, effect.mean + half))
    assert effect.sd == pytest.approx(math.sqrt(np.var(a, ddof=1) + np.var(b, ddof=1)))
    assert (effect.n, effect.values) == (2, ())


def test_degrees_of_freedom_lie_between_welchs_and_those_of_the_fewer_seeds() -> None:
    random = np.random.default_rng(0)
    first, second = random.normal(0, 1, 12), random.normal(0, 3, 15)
    welch = stats.ttest_ind(first, second, equal_var=False).df
    ours = degrees_of_freedom([float(np.var(sample, ddof=1)) for sample in (first, second)], [12, 15])
    assert ours == pytest.approx(2 / (1 / welch + 1 / 11))
    assert degrees_of_freedom([1.0, 9.0], [9, 15]) == 8
    assert degrees_of_freedom([1.0], [7]) == 6


@pytest.mark.parametrize("confidence", [0.95, 1 - 0.05 / 9, 1 - 0.05 / 36])
@pytest.mark.parametrize("seeds", [(2, 2), (3, 3), (5, 5), (9, 9), (10, 10), (20, 20), (3, 20), (10, 30)])
def test_an_unpaired_interval_keeps_its_level_whatever_the_variances(
    seeds: tuple[int, int], confidence: float
) -> None:
    """The chance of a miss, given both sample variances, is a normal one: that is averaged over them."""
    random = np.random.default_rng(0)
    rounds = 20_000
    for ratio in (1.0, 2.0, 4.0, 10.0, 100.0, 0.5, 0.1):
        truth = (1.0, ratio**2)
        variances = [
            variance * random.chisquare(n - 1, rounds) / (n - 1)
            for variance, n in zip(truth, seeds, strict=True)
        ]
        error = np.sqrt(variances[0] / seeds[0] + variances[1] / seeds[1])
        true_error = math.sqrt(truth[0] / seeds[0] + truth[1] / seeds[1])
        degrees = np.array([degrees_of_freedom(pair, seeds) for pair in zip(*variances, strict=True)])
        quantile = stats.t.ppf((1 + confidence) / 2, degrees)
        misses = 2 * stats.norm.sf(quantile * error / true_error)
        room = 4 * misses.std() / math.sqrt(rounds)
        assert misses.mean() <= 1.02 * (1 - confidence) + room, (seeds, ratio)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.64])
def test_both_kinds_of_interval_keep_their_level_where_seeds_make_networks_alike(correlation: float) -> None:
    rounds, n = 2000, 10
    random = np.random.default_rng(2)
    of_seeds = math.sqrt(correlation) * random.normal(0, 1, (rounds, 1, n))
    values = of_seeds + math.sqrt(1 - correlation) * random.normal(0, 1, (rounds, 2, n))
    widths = {}
    for paired in (True, False):
        effects = [
            estimate_difference(
                dict(enumerate(map(float, first))), dict(enumerate(map(float, second))), paired=paired
            )
            for first, second in values
        ]
        held = sum(effect is not None and (effect.low or 0) < 0 < (effect.high or 0) for effect in effects)
        assert held / rounds >= 0.95 - 4 * math.sqrt(0.05 * 0.95 / rounds)
        widths[paired] = np.mean([(effect.high or 0) - (effect.low or 0) for effect in effects if effect])
    assert (widths[True] < widths[False]) == (correlation > 0)


def test_nothing_to_compare_is_no_estimate() -> None:
    assert estimate_difference({0: 1.0}, {1: 1.0}, paired=True) is None
    assert estimate_difference({0: 1.0}, {}, paired=False) is None
    single = estimate_difference({0: 1.0}, {1: 1.5, 2: 1.0}, paired=False)
    assert single is not None
    assert (single.mean, single.low, single.high, single.n) == (-0.25, None, None, 1)
    broken = estimate_difference({0: math.inf, 1: 1.0}, {0: -math.inf, 1: 1.0}, paired=False)
    assert broken is not None
    assert math.isnan(broken.mean)


def test_seeds_that_agree_have_an_interval_only_if_not_by_chance() -> None:
    assert estimate([0.5] * 20).low is None
    few, enough = estimate([0.5] * 4, may_agree=False), estimate([0.5] * 5, may_agree=False)
    assert (few.low, few.high) == (None, None)
    assert (enough.low, enough.high) == (0.5, 0.5)
    assert agreeing_seeds(0.95) == 5
    assert agreeing_seeds(1 - 0.05 / 36) == 10
    assert Region(low=0.5).verdict(enough) is Verdict.CONTRADICTED
    rounded = estimate([0.1 + 0.2 - 0.3, 0.0, 0.0, 0.0, 0.0], may_agree=False)
    assert rounded.mean > 0
    assert Region(low=0).verdict(rounded) is Verdict.CONTRADICTED
    assert Region(low=0.4).verdict(enough) is Verdict.SUPPORTED
