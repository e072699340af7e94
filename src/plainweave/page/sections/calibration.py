"""The section on calibration: whether the best network is as often right as it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from markupsafe import Markup

from plainweave.evidence import BINS, ConfidenceBin, Estimate, estimate
from plainweave.page.chosen import why_this_experiment
from plainweave.page.reliability import Reliability, reliability
from plainweave.page.study import Study
from plainweave.page.table import Column, Table, table
from plainweave.page.words import NOTHING


@dataclass(frozen=True)
class CalibrationOfTheBest:
    """What the templates fill in.

    Attributes:
        why: which network it is, of how many seeds and examples.
        error: the expected calibration error in points, with its interval if there is one.
        picture: accuracy against confidence.
        seeds: of how many.
        bins: the same in numbers.
    """

    why: str
    error: str
    picture: Markup
    seeds: int
    bins: Table


def calibration(study: Study) -> CalibrationOfTheBest | None:
    """Tell how confidence and accuracy agree; None where there are no probabilities."""
    found = study.predictions.calibration if study.predictions else None
    if found is None:
        return None
    bins = [
        one
        for place, of_seeds in enumerate(zip(*found.seeds, strict=True))
        if (one := _over_seeds(place, of_seeds))
    ]
    error = _error(found.error)
    told = "; ".join(
        f"{100 * one.confidence:.1f} % confident, {100 * one.accuracy.mean:.1f} % correct" for one in bins
    )
    return CalibrationOfTheBest(
        why_this_experiment(study),
        error,
        reliability(bins, f"Accuracy against confidence on {study.dataset.name}: {told}."),
        len(found.seeds),
        _table(bins, study.dataset.name),
    )


def _over_seeds(place: int, of_seeds: Sequence[ConfidenceBin]) -> Reliability | None:
    """Return what all seeds say of one range of confidence; None if none has an example there."""
    filled = [one for one in of_seeds if one.examples]
    if not filled:
        return None
    return Reliability(
        low=place / BINS,
        high=(place + 1) / BINS,
        examples=fmean(one.examples for one in of_seeds),
        confidence=fmean(one.confidence for one in filled),
        accuracy=estimate([one.accuracy for one in filled]),
    )


def _table(bins: Sequence[Reliability], dataset: str) -> Table:
    has_intervals = any(one.accuracy.low is not None for one in bins)
    interval = ["95 % interval"] if has_intervals else []
    columns = [
        Column("Confidence"),
        *(Column(title, number=True) for title in ("Examples", "Mean confidence", "Accuracy", *interval)),
    ]
    decimals = 0 if all(one.examples.is_integer() for one in bins) else 1
    rows = [
        [
            f"{100 * one.low:.0f} to {100 * one.high:.0f} %",
            f"{one.examples:,.{decimals}f}",
            f"{100 * one.confidence:.1f}",
            f"{100 * one.accuracy.mean:.1f}",
            *([_ends(one.accuracy)] if has_intervals else []),
        ]
        for one in bins
    ]
    return table(
        columns,
        rows,
        caption=f"Test examples of {dataset} by confidence, the probability of the predicted class, in "
        f"percent{'; means over seeds' if has_intervals else ''}.",
    )


def _ends(accuracy: Estimate) -> str:
    if accuracy.low is None or accuracy.high is None:
        return NOTHING
    return f"{100 * max(accuracy.low, 0.0):.1f} to {100 * min(accuracy.high, 1.0):.1f}"


def _error(error: Estimate) -> str:
    told = f"{100 * error.mean:.2f} points"
    if error.low is None or error.high is None:
        return told
    return f"{told} (95 % interval over seeds {100 * max(error.low, 0.0):.2f} to {100 * error.high:.2f})"
