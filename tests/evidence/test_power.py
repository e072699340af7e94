import math

import numpy as np
import pytest
from scipy import stats

from plainweave.evidence import Region, estimate, seeds_needed
from plainweave.evidence.power import MOST_SEEDS, POWER, power
from plainweave.evidence.statistics import degrees_of_freedom, estimate_difference

MORE = Region(low=0)


def share_decided(
    mean: float, variances: tuple[float, ...], seeds: int, confidence: float, region: Region, rounds: int
) -> float:
    """Simulate how often that many seeds show that the mean lies in the region, or outside."""
    random = np.random.default_rng(0)
    samples = [random.normal(0, math.sqrt(variance), (rounds, seeds)) for variance in variances]
    means = mean + sum(sample.mean(axis=1) * (-1) ** k for k, sample in enumerate(samples))
    estimated = [sample.var(axis=1, ddof=1) for sample in samples]
    error = np.sqrt(sum(estimated) / seeds)
    degrees = [
        degrees_of_freedom(of_round, [seeds] * len(of_round)) for of_round in zip(*estimated, strict=True)
    ]
    half = stats.t.ppf((1 + confidence) / 2, np.array(degrees)) * error
    low, high = means - half, means + half
    if region.holds(mean):
        return float(np.mean((low > region.low) & (high < region.high)))
    return float(np.mean((high < region.low) | (low > region.high)))


@pytest.mark.parametrize(
    ("mean", "region"),
    [(0.5, MORE), (-0.5, MORE), (0.2, Region(-1, 1)), (1.5, Region(-1, 1)), (-0.4, Region(high=0))],
)
@pytest.mark.parametrize("variances", [(1.0,), (0.5, 0.5), (0.1, 0.9)])
@pytest.mark.parametrize("confidence", [0.95, 1 - 0.05 / 36])
def test_as_many_seeds_decide_as_often_as_said(
    mean: float, region: Region, variances: tuple[float, ...], confidence: float
) -> None:
    rounds = 2000
    needed = next(n for n in range(2, MOST_SEEDS) if power(mean, variances, n, confidence, region) >= POWER)
    share = share_decided(mean, variances, needed, confidence, region, rounds)
    # Four standard errors of the simulation; the degrees of freedom of two samples are estimated themselves.
    room = 4 * math.sqrt(POWER * (1 - POWER) / rounds)
    assert power(mean, variances, needed, confidence, region) == pytest.approx(share, abs=room + 0.01)


def test_the_seeds_are_the_first_that_are_enough() -> None:
    for values, region in (([0.1, 0.9, -0.6, 1.1], MORE), ([0.1, 0.9, -0.6, 1.1], Region(high=0))):
        effect = estimate(values)
        needed = seeds_needed(effect, region, 0.95)
        assert needed is not None
        assert needed > 4
        assert power(effect.mean, effect.variances, needed, 0.95, region) >= POWER
        assert power(effect.mean, effect.variances, needed - 1, 0.95, region) < POWER


def test_seeds_of_a_difference_of_two() -> None:
    first = dict(enumerate([87.0, 87.6, 87.2, 87.9]))
    second = dict(enumerate([87.1, 86.6, 87.4, 86.9]))
    effect = estimate_difference(first, second, paired=False)
    assert effect is not None
    needed = seeds_needed(effect, MORE, 0.95)
    assert needed is not None
    assert 4 < needed < 30


def test_an_effect_at_the_edge_would_take_more_than_a_thousand() -> None:
    assert seeds_needed(estimate([-1.0, 1.0]), MORE, 0.95) == MOST_SEEDS + 1
    assert seeds_needed(estimate([-1.0, 1.0001]), MORE, 0.95) == MOST_SEEDS + 1


def test_without_an_interval_nothing_can_be_said() -> None:
    for values in ([87.0], [87.0, 87.0], [87.0, math.nan]):
        assert seeds_needed(estimate(values), MORE, 0.95) is None


def test_extreme_effects_are_no_accident_of_arithmetic() -> None:
    for spread in (1e-6, 1.0, 1e6):
        for n in (2, 3, 10, 1000):
            for confidence in (0.95, 0.9999):
                assert 0 <= power(1.0, (spread**2,), n, confidence, MORE) <= 1
                assert 0 <= power(1.0, (spread**2, 1.0), n, confidence, Region(-2, 2)) <= 1
