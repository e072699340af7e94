"""How the reproduction's results are said, on the page and in the terminal."""

import math

from plainweave.paper.audit import Conventions, Reading

_NORMALIZED = {
    "all-pixels": "over all pixels together",
    "per-pixel": "per pixel",
    "per-image": "per image",
}
_LARGE = 7  # a logarithm; its number has more than three digits


def conventions(given: Conventions) -> str:
    """Return a set of conventions as a phrase."""
    return (
        f"{given.momentum} momentum, inputs normalized {_NORMALIZED[given.standardize]}, "
        f"loss averaged over {given.loss_mean.replace('-', ' ')}"
    )


def times_as_far(reading: Reading) -> str:
    """Return how many times as far from the report as the nearest a reading lies, with its interval."""
    factor = reading.farther
    if factor is None:
        return ""
    if factor.low is None or factor.high is None:
        return f"{math.exp(factor.mean):.2f}"
    return f"{math.exp(factor.mean):.2f} ({_factor(factor.low)} to {_factor(factor.high)})"


def claims_as_reported(reading: Reading) -> str:
    """Return the numbers of the claims whose means lie where the report says."""
    return ", ".join(
        str(judgement.statement.number) for judgement in reading.judgements if judgement.as_stated
    )


def _factor(logarithm: float) -> str:
    return f"{math.exp(logarithm):.2f}" if abs(logarithm) < _LARGE else f"{math.exp(logarithm):.0e}"
