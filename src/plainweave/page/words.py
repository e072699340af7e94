"""How results are said, on the page and in the terminal."""

import math
import re
from collections.abc import Sequence

from plainweave.errors import harmless
from plainweave.evidence import Finding, Interval
from plainweave.evidence.power import MOST_SEEDS

NOTHING = "–"
_LONGEST_NAME = 40  # characters in a picture
# What Markdown would take for a sign of its own; an underscore within a word is none.
_SIGNS = re.compile(r"[\\`*\[\]<>|&$~]|(?<![^\W_])_|_(?![^\W_])")


def plain(text: str) -> str:
    """Return a text that may come from a stranger so that Markdown shows it as it is."""
    return _SIGNS.sub(r"\\\g<0>", harmless(text))


def shortened(name: str) -> str:
    """Return a name without its middle, where it is too long for a picture."""
    half = _LONGEST_NAME // 2
    return name if len(name) <= _LONGEST_NAME else f"{name[:half]}…{name[-half:]}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, "1 run" or "2 runs"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def sizes(hidden: Sequence[int]) -> str:
    """Return the units of hidden layers, "50x30"."""
    return "x".join(map(str, hidden)) or "no hidden layer"


def activation(given: str | Sequence[str]) -> str:
    """Return an activation, or one for each layer."""
    return given if isinstance(given, str) else ", ".join(given)


def span(values: Sequence[int]) -> str:
    """Return the values of several seeds by their lowest and highest."""
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low}–{high}"


def decimals(value: float | None, digits: int = 2, sign: str = "") -> str:
    """Return a number with so many decimals; a dash for none. With the sign "+" it always has one."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{value:{sign}.{digits}f}"


def ends(interval: Interval) -> str:
    """Return the ends of an interval, "85.10 to 86.20"; a dash if there is none."""
    if interval.low is None or interval.high is None:
        return NOTHING
    return f"{interval.low:.2f} to {interval.high:.2f}"


def half_width(interval: Interval) -> str:
    """Return how far an interval reaches to each side of its mean, "± 0.29"; nothing if there is none."""
    if interval.mean is None or interval.high is None:
        return ""
    return f"± {interval.high - interval.mean:.2f}"


def region(finding: Finding) -> str:
    """Return where a statement says that an effect lies."""
    stated, unit = finding.comparison.region, finding.comparison.unit
    if math.isinf(stated.low):
        return f"below {stated.high:g} {unit}"
    if math.isinf(stated.high):
        return f"above {stated.low:g} {unit}"
    if stated.low == -stated.high:
        return f"within ±{stated.high:g} {unit}"
    return f"between {stated.low:g} and {stated.high:g} {unit}"


def needed(seeds: int | None) -> str:
    """Return about how many seeds would decide; the empty text if that is not known."""
    if seeds is None:
        return ""
    return f"more than {MOST_SEEDS:,} seeds" if seeds > MOST_SEEDS else f"about {seeds:,} seeds"


def mean(finding: Finding) -> str:
    """Return the mean of a comparison, with its sign if it is a difference."""
    return _number(finding, None if finding.effect is None else finding.effect.mean)


def interval(finding: Finding) -> str:
    """Return the interval of a comparison."""
    if finding.effect is None or finding.effect.low is None:
        return NOTHING
    return f"{_number(finding, finding.effect.low)} to {_number(finding, finding.effect.high)}"


def _number(finding: Finding, value: float | None) -> str:
    digits = 3 if finding.comparison.unit == "nats" else 2
    return decimals(value, digits, "+" if finding.comparison.second else "")
