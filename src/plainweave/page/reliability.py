"""Pictures of a classifier's calibration, and of what columns are worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from plainweave.evidence.statistics import Estimate
from plainweave.page import words
from plainweave.page.style import INK, OURS, drawing, inline_svg

_DECADES = 100  # times the fewest examples of a range, from which on counts need a logarithmic axis


@dataclass(frozen=True)
class Reliability:
    """Test examples of one range of confidence.

    Attributes:
        low, high: ends of the range, as shares.
        examples: how many there are, mean over seeds.
        confidence: mean over seeds that have such examples.
        accuracy: mean over these seeds, with its interval.
    """

    low: float
    high: float
    examples: float
    confidence: float
    accuracy: Estimate


def reliability(bins: Sequence[Reliability], text: str) -> Markup:
    """Draw accuracy against confidence, with the line on which both are equal, and counts below."""
    with drawing():
        figure = Figure(figsize=(4.6, 4.4), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        least = 100 * min(one.low for one in bins)
        above.plot(
            (least, 100),
            (least, 100),
            color=INK,
            linewidth=1,
            linestyle="--",
            label="as often right as it says",
        )
        for one in bins:
            mean, low = one.accuracy.mean, one.accuracy.low
            above.errorbar(
                100 * one.confidence,
                100 * mean,
                yerr=None if low is None else 100 * (mean - low),
                fmt="o",
                color=OURS,
                markersize=4.5,
                capsize=3,
                clip_on=one.accuracy.low is not None,  # a point at 0 or 100 % is whole
            )
        has_intervals = any(one.accuracy.low is not None for one in bins)
        label = "mean, 95 % interval over seeds" if has_intervals else "one seed"
        above.errorbar(
            [], [], yerr=[] if has_intervals else None, fmt="o", color=OURS, capsize=3, label=label
        )
        above.set(ylabel="accuracy (%)", xlim=(least, 100), ylim=(0, 102))
        places = [50 * (one.low + one.high) for one in bins]
        below.bar(places, [one.examples for one in bins], width=9, color=OURS, alpha=0.6)
        below.set(xlabel="confidence (%)", ylabel="examples")
        if max(one.examples for one in bins) > _DECADES * min(one.examples for one in bins):
            below.set(yscale="log", ylim=(0.5, None))
        below.yaxis.set_major_formatter("{x:,.0f}")
        below.grid(which="minor", visible=False)
        figure.legend(loc="outside lower center", ncols=2)
        return inline_svg(figure, "reliability", text)


def importances(names: Sequence[str], losses: Sequence[Estimate], label: str, text: str) -> Markup:
    """Draw what each column is worth: the seeds, their mean with its interval, the first on top."""
    with drawing():
        figure = Figure(figsize=(4.6, 0.9 + 0.22 * len(names)), layout="constrained")
        axes = figure.subplots()
        axes.axvline(0, color=INK, linewidth=1, linestyle="--")
        for place, loss in enumerate(losses):
            axes.plot(loss.values, [place] * len(loss.values), "|", color=OURS, markersize=7, alpha=0.55)
            error = None if loss.low is None else loss.mean - loss.low
            axes.errorbar(loss.mean, place, xerr=error, fmt="o", color=OURS, markersize=4.5, capsize=3)
        axes.set_yticks(np.arange(len(names)), [words.shortened(name) for name in names])
        axes.set(xlabel=label, ylim=(len(names) - 0.4, -0.6))
        return inline_svg(figure, "importances", text)
