"""Means over seeds with intervals, and what an interval says about a statement."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from plainweave.checks import number

CONFIDENCE = 0.95
_SAME = 1e-9  # what differs by no more is the same but for rounding


@dataclass(frozen=True)
class Estimate:
    """The mean of one value from each seed, with Student's t interval.

    The interval is mean ± t(n - 1) * sd / sqrt(n), with the quantile of `scipy.stats.t`. It tells how the
    mean would vary with other seeds (other splits, initial weights and orders), on the same test examples.

    Attributes:
        values: one from each seed.
        mean: of the values; NaN if one of them is not finite.
        sd: sample standard deviation, n - 1; None for a single seed.
        low, high: ends of the interval; None for a single seed, if a value is not finite, or if all are
            the same: accuracies count examples, so two seeds may agree by chance, and no interval around
            them could be believed.
        confidence: the share of such intervals that hold what they estimate.
    """

    values: tuple[float, ...]
    mean: float
    sd: float | None
    low: float | None
    high: float | None
    confidence: float

    @property
    def n(self) -> int:
        """How many seeds."""
        return len(self.values)


def estimate(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """Estimate a mean from the values of independent seeds.

    Raises:
        ConfigurationError: the confidence is not between 0 and 1.
    """
    number("confidence", confidence, above=0, below=1)
    if not all(map(math.isfinite, values)):
        return Estimate(tuple(values), math.nan, None, None, None, confidence)
    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(tuple(values), mean, None, None, None, confidence)
    sd = float(np.std(values, ddof=1))
    if sd <= _SAME * max(1.0, abs(mean)):
        return Estimate(tuple(values), mean, sd, None, None, confidence)
    half = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1)) * sd / math.sqrt(len(values))
    return Estimate(tuple(values), mean, sd, mean - half, mean + half, confidence)


def paired_differences(first: Mapping[int, float], second: Mapping[int, float]) -> list[float]:
    """Return first - second for each seed that both have.

    Networks of one seed share split and order, so what these do to both cancels, and the differences vary
    less than the values, where what split and order do is a large part of them: so for validation
    accuracies, and hardly for test accuracies.
    """
    return [first[seed] - second[seed] for seed in sorted(first.keys() & second.keys())]


class Verdict(StrEnum):
    """What runs say about a statement."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNDECIDED = "undecided"
    UNTESTED = "not tested"


@dataclass(frozen=True)
class Region:
    """The effects for which a statement holds: those between `low` and `high`."""

    low: float = -math.inf
    high: float = math.inf

    def holds(self, effect: float) -> bool:
        """Whether the statement holds if that is the true effect."""
        return self.low < effect < self.high

    def verdict(self, effect: Estimate) -> Verdict:
        """Judge the statement that the true effect lies in this region.

        Supported if the whole interval lies in the region, contradicted if the whole interval lies
        outside, and undecided otherwise. Either is wrong only if the interval misses the true effect. With
        a region around 0 this is an equivalence test.
        """
        if effect.low is None or effect.high is None:
            return Verdict.UNDECIDED
        if self.holds(effect.low) and self.holds(effect.high):
            return Verdict.SUPPORTED
        if effect.high < self.low or effect.low > self.high:
            return Verdict.CONTRADICTED
        return Verdict.UNDECIDED


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Judge a statement that holds if all its parts hold: one contradicted part contradicts it."""
    for verdict in (Verdict.CONTRADICTED, Verdict.UNTESTED, Verdict.UNDECIDED):
        if verdict in verdicts:
            return verdict
    return Verdict.SUPPORTED
