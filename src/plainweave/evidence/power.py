"""How many seeds would decide what is undecided, if the effect is as large as it now looks."""

import bisect
import math
from collections.abc import Sequence

from plainweave.evidence.statistics import Estimate, Region, degrees_of_freedom, t_quantile

POWER = 0.8
MOST_SEEDS = 1000


def power(mean: float, variances: Sequence[float], seeds: int, confidence: float, region: Region) -> float:
    """Return the chance that so many seeds decide: show that a mean lies in a region, or that it does not.

    It is that of Student's t, noncentral: an interval around a mean at a distance d from an end of the region
    leaves that end out with the chance that t of d / se exceeds its quantile.

    Args:
        mean: the true mean, whose side of the region is to be shown.
        variances: the true ones, of one sample or of two.
        seeds: of each sample, at least 2.
        confidence: of the interval that decides.
        region: that the mean lies in or outside of.
    """
    from scipy.stats import nct  # which takes half a second to import

    degrees = degrees_of_freedom(variances, [seeds] * len(variances))
    quantile = t_quantile(confidence, degrees)
    error = math.sqrt(sum(variances) / seeds)

    def leaves_out(distance: float) -> float:
        if math.isinf(distance):
            return 1.0
        return float(nct.sf(quantile, degrees, distance / error))

    if region.holds(mean):
        return max(0.0, leaves_out(mean - region.low) + leaves_out(region.high - mean) - 1)
    return leaves_out(max(region.low - mean, mean - region.high))


def seeds_needed(effect: Estimate, region: Region, confidence: float) -> int | None:
    """Return how many seeds would decide with a chance of 80 %, if mean and variances are as estimated.

    They are estimates themselves, so this is a rough number, and too low where the effect looks large by
    chance.

    Returns:
        More seeds than there are; `MOST_SEEDS` + 1 stands for any larger number. None without an interval.
    """
    if effect.low is None:
        return None

    def enough(seeds: int) -> bool:
        return power(effect.mean, effect.variances, seeds, confidence, region) >= POWER

    candidates = range(effect.n + 1, MOST_SEEDS + 1)
    return effect.n + 1 + bisect.bisect_left(candidates, True, key=enough)
