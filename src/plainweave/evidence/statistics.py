"""Means over seeds with intervals, and what an interval says about a statement."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

import numpy as np

from plainweave.checks import number

CONFIDENCE = 0.95
_SAME_DIGITS = 9  # of what is the same but for rounding
_SAME = 10**-_SAME_DIGITS
_MANY = 10  # seeds of each network, from which on Welch's degrees of freedom can be trusted half-way


@dataclass(frozen=True, repr=False)
class Estimate:
    """A mean over seeds, or a difference of two, with Student's t interval.

    The interval is mean ± t * se. It tells how the mean would vary with other seeds (other splits, initial
    weights and orders), on the same test examples.

    Attributes:
        mean: NaN if a value is not finite.
        variances: sample variances (n - 1): one, of values or of paired differences; two, of both networks,
            for an unpaired difference; none if they can't be had, as from a single seed.
        n: how many seeds; of an unpaired difference the fewer.
        low, high: ends of the interval; None without variances, and where all seeds agree, unless
            `estimate` says otherwise.
        confidence: the share of such intervals that hold what they estimate.
        values: one from each seed; none for an unpaired difference.
    """

    mean: float
    variances: tuple[float, ...]
    n: int
    low: float | None
    high: float | None
    confidence: float
    values: tuple[float, ...] = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({in_words(self)})"

    @property
    def sd(self) -> float | None:
        """Sample standard deviation: of the values, or of the difference of two single runs."""
        return math.sqrt(sum(self.variances)) if self.variances else None


class _Interval(Protocol):
    """What is told of an estimate, and of an interval as files have it."""

    @property
    def mean(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def n(self) -> int: ...
    @property
    def confidence(self) -> float | None: ...


def in_words(interval: _Interval, unit: str = "") -> str:
    """Return a mean with its interval as a line has it, "0.41 points, 95 % interval 0.2 to 0.62, n = 10"."""
    mean = "no mean" if interval.mean is None else f"{interval.mean:.4g} {unit}".rstrip()
    if interval.low is None or interval.high is None:
        return f"{mean}, no interval, n = {interval.n}"
    share = f"{100 * (interval.confidence or 0):.4g} %"
    return f"{mean}, {share} interval {interval.low:.4g} to {interval.high:.4g}, n = {interval.n}"


def estimate(values: Sequence[float], confidence: float = CONFIDENCE, *, may_agree: bool = True) -> Estimate:
    """Estimate a mean from the values of independent seeds: mean ± t(n - 1) * sd / sqrt(n).

    Args:
        values: one from each seed.
        confidence: of the interval.
        may_agree: whether seeds may agree by chance, as counts of examples do: then there is no interval
            around seeds that all agree. Without, it is the value itself, once there are `agreeing_seeds`.

    Raises:
        ConfigurationError: the confidence is not between 0 and 1.
    """
    return _estimate([values], confidence, may_agree)


def estimate_difference(
    first: Mapping[int, float],
    second: Mapping[int, float],
    confidence: float = CONFIDENCE,
    *,
    paired: bool,
    may_agree: bool = True,
) -> Estimate | None:
    """Estimate the difference of two means, first - second, each of values by seed.

    Paired, it is the mean of the seeds' differences. Unpaired, the values of both must be independent, and
    the standard error is sqrt(variance / n + variance / n), with `degrees_of_freedom`.

    Returns:
        None where there is nothing to compare: unpaired without a seed of each, paired without one of both.

    Raises:
        ConfigurationError: the confidence is not between 0 and 1.
    """
    if paired:
        differences = paired_differences(first, second)
        return estimate(differences, confidence, may_agree=may_agree) if differences else None
    samples = [list(first.values()), list(second.values())]
    if not all(samples):
        return None
    return _estimate(samples, confidence, may_agree)


def _estimate(samples: Sequence[Sequence[float]], confidence: float, may_agree: bool) -> Estimate:
    """Put an interval around a mean of one sample, or around the difference of the means of two."""
    number("confidence", confidence, above=0, below=1)
    seeds = [len(sample) for sample in samples]
    n = min(seeds)
    values = tuple(samples[0]) if len(samples) == 1 else ()
    if not all(math.isfinite(value) for sample in samples for value in sample):
        return Estimate(math.nan, (), n, None, None, confidence, values)
    first, *second = (float(np.mean(sample)) for sample in samples)
    mean = first - sum(second)
    if n < 2:
        return Estimate(mean, (), n, None, None, confidence, values)
    variances = tuple(float(np.var(sample, ddof=1)) for sample in samples)
    if math.sqrt(sum(variances)) > _SAME * max(1.0, abs(mean)):
        error = math.sqrt(sum(variance / n for variance, n in zip(variances, seeds, strict=True)))
        half = error * t_quantile(confidence, degrees_of_freedom(variances, seeds))
        return Estimate(mean, variances, n, mean - half, mean + half, confidence, values)
    if not may_agree and n >= agreeing_seeds(confidence):
        value = round(mean, _SAME_DIGITS)
        return Estimate(mean, variances, n, value, value, confidence, values)
    return Estimate(mean, variances, n, None, None, confidence, values)


def degrees_of_freedom(variances: Sequence[float], seeds: Sequence[int]) -> float:
    """Return the degrees of freedom of Student's t for one sample, or for the difference of two.

    For two samples of equal variance Welch's are those of both together; where the variances differ, they
    are estimated, and with few seeds too high: at the strict levels of many statements his interval then
    misses several times as often as it should. Those of the smaller sample, n - 1, are never too high
    (Hsu, 1938). So there are these, and from ten seeds of each on the harmonic mean of both, with which an
    interval of up to 99.95 % misses at most 2 % more often than it says, whatever the variances.
    """
    fewest = min(seeds) - 1
    if len(variances) == 1 or min(seeds) < _MANY:
        return fewest
    errors = [variance / n for variance, n in zip(variances, seeds, strict=True)]
    welch = sum(errors) ** 2 / sum(error**2 / (n - 1) for error, n in zip(errors, seeds, strict=True))
    return 2 / (1 / welch + 1 / fewest)


@lru_cache(maxsize=1024)  # scipy takes long over it, and seeds are mostly as many
def t_quantile(confidence: float, degrees: float) -> float:
    """Return how many standard errors an interval of Student's t reaches to each side."""
    from scipy.special import stdtrit  # scipy.stats has it too, and takes half a second to import

    return float(stdtrit(degrees, (1 + confidence) / 2))


def agreeing_seeds(confidence: float) -> int:
    """Return from how many seeds that all agree on one value can be taken for it.

    If only half of all runs had that value, so many seeds would agree on it with a chance of at most
    1 - confidence.
    """
    return math.ceil(-math.log2(1 - confidence))


def paired_differences(first: Mapping[int, float], second: Mapping[int, float]) -> list[float]:
    """Return first - second for each seed that both have.

    Networks of one seed share split and order, and what these do to both cancels. How much that is depends
    on what is measured, see `Measure.paired`.
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
    """The effects for which a statement holds: those between `low` and `high`, ends excluded."""

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
        if effect.high <= self.low or effect.low >= self.high:
            return Verdict.CONTRADICTED
        return Verdict.UNDECIDED


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Judge a statement that holds if all its parts hold: one contradicted part contradicts it."""
    for verdict in (Verdict.CONTRADICTED, Verdict.UNTESTED, Verdict.UNDECIDED):
        if verdict in verdicts:
            return verdict
    return Verdict.SUPPORTED
