"""How results are said, on the page and in the terminal."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from plainweave.errors import harmless
from plainweave.evidence import Finding, Interval, Measure
from plainweave.evidence.measures import TEST_ACCURACY
from plainweave.evidence.power import MOST_SEEDS
from plainweave.experiments import Experiment
from plainweave.losses import metric

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


def network(experiment: Experiment) -> str:
    """Return which network it is and how it was trained, in a few words."""
    plain_loss, plain_rule = experiment.loss == "softmax", experiment.optimizer == "sgd"
    by = f" {activation(experiment.activation)}" if experiment.hidden else ""
    parts = [
        f"{sizes(experiment.hidden)}{by}",
        *([] if plain_loss else [experiment.loss]),
        *([] if plain_rule else [experiment.optimizer]),
        f"learning rate {experiment.learning_rate:g}",
        f"{'weight decay' if experiment.optimizer == 'adamw' else 'L2'} {experiment.weight_decay:g}",
    ]
    return ", ".join(parts)


def score(name: str) -> str:
    """Return what a score is called within a sentence."""
    return {"r2": "R²"}.get(name, name)


def title(name: str) -> str:
    """Return what a score is called where a sentence begins."""
    called = score(name)
    return called[:1].upper() + called[1:]


def in_unit(unit: str) -> str:
    """Return a unit as it follows what is measured, " in percent"; nothing where there is none."""
    return f" in {'percent' if unit == '%' else unit}" if unit else ""


def axis(experiment: Experiment, name: str) -> str:
    """Return the label of an axis with a score's values, "accuracy (%)"."""
    if name != "loss":
        called, unit = score(name), metric(name).unit
    else:
        called = "mean cross-entropy" if experiment.loss == "softmax" else f"{experiment.loss} loss"
        unit = experiment.loss_function.unit
    return f"{called} ({unit})" if unit else called


def number(measure: Measure, value: float | None, sign: str = "") -> str:
    """Return a measured number; a dash for none. With the sign "+" it always has one."""
    return NOTHING if value is None or not math.isfinite(value) else measure.written(value, sign)


def signed(measure: Measure, value: float | None) -> str:
    """Return a difference for the page, with its sign: a minus as long as the plus."""
    return with_minus(number(measure, value, "+"))


def with_minus(text: str) -> str:
    """Return a text of numbers with the sign that is as long as the plus."""
    return text.replace("-", "−")


def setting(value: object) -> str:
    """Return a setting in words: "none", "yes", and a number without an exponent or a needless 0."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if not isinstance(value, float) or not 1e-7 < abs(value) < 1e9:
        return f"{value:g}" if isinstance(value, float) else str(value)
    return f"{Decimal(repr(value)):f}".removesuffix(".0")


def significant(value: float, digits: int, sign: str = "") -> str:
    """Return a number with so many digits that count, without an exponent unless it is huge or tiny."""
    size = math.floor(math.log10(abs(value))) if value else 0
    if not -5 < size < 9:
        return f"{value:{sign}.{digits}g}"
    return f"{value:{sign}.{max(0, digits - 1 - size)}f}"


def ends(interval: Interval, measure: Measure = TEST_ACCURACY) -> str:
    """Return the ends of an interval, "85.10 to 86.20"; a dash if there is none."""
    if interval.low is None or interval.high is None:
        return NOTHING
    return f"{measure.written(interval.low)} to {measure.written(interval.high)}"


def half_width(interval: Interval, measure: Measure = TEST_ACCURACY) -> str:
    """Return how far an interval reaches to each side of its mean, "± 0.29"; nothing if there is none."""
    if interval.mean is None or interval.high is None:
        return ""
    return f"± {measure.written(interval.high - interval.mean)}"


def stops(reasons: Sequence[str | None]) -> str:
    """Return why observers ended runs, "2 of 3: enough"; nothing if none was."""
    counts = Counter(reason for reason in reasons if reason is not None)
    told = [
        reason if count == len(reasons) else f"{count} of {len(reasons)}: {reason}"
        for reason, count in counts.items()
    ]
    return "; ".join(told)


def region(finding: Finding) -> str:
    """Return where a statement says that an effect lies."""
    stated = finding.comparison.region
    unit = f" {finding.comparison.unit}".rstrip()
    if math.isinf(stated.low):
        return f"below {stated.high:g}{unit}"
    if math.isinf(stated.high):
        return f"above {stated.low:g}{unit}"
    if stated.low == -stated.high:
        return f"within ±{stated.high:g}{unit}"
    return f"between {stated.low:g} and {stated.high:g}{unit}"


def needed(seeds: int | None) -> str:
    """Return about how many seeds would decide; the empty text if that is not known."""
    if seeds is None:
        return ""
    return f"more than {MOST_SEEDS:,} seeds" if seeds > MOST_SEEDS else f"about {seeds:,} seeds"


def mean(finding: Finding) -> str:
    """Return the mean of a comparison, with its sign if it is a difference."""
    return number_of(finding, None if finding.effect is None else finding.effect.mean)


def interval(finding: Finding) -> str:
    """Return the interval of a comparison."""
    if finding.effect is None or finding.effect.low is None:
        return NOTHING
    return f"{number_of(finding, finding.effect.low)} to {number_of(finding, finding.effect.high)}"


def number_of(finding: Finding, value: float | None) -> str:
    """Return a number of a comparison, with its sign if it is a difference."""
    return with_minus(number(finding.comparison.measure, value, "+" if finding.comparison.second else ""))
