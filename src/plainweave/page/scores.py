"""Scores of networks on the test examples as strips: ours, and those given elsewhere, the best first."""

import math
from collections.abc import Sequence

from plainweave.display import counted
from plainweave.evidence import OverSeeds, Row
from plainweave.page import words
from plainweave.page.axis import Axis
from plainweave.page.strips import Strip, Strips
from plainweave.page.study import References

NINETY_FIVE = 1.96  # standard errors of a normal distribution


def scores(rows: Sequence[Row], references: References | None, examples: int) -> Strips:
    """Draw each network's score: the seeds, their mean with its interval, and the reference's value.

    Args:
        rows: of the summary, those that were tested, of one kind; with values of the references only those
            that have one, without only those that never diverged, if there are any.
        references: with values that stand beside ours, or None.
        examples: how many there are to test on, for the error that they leave.
    """
    values = references.accuracies if references else {}
    has_values = any(row.id in values for row in rows)
    wanted = [
        row for row in rows if (row.id in values if has_values else not any(map(_is_epoch, row.diverged)))
    ]
    shown = best_first(wanted or rows)
    measure = shown[0].measure
    strips = tuple(_strip(row, values.get(row.id), examples, has_values=has_values) for row in shown)
    headings = ("plainweave", words.shortened(references.name)) if references and has_values else ("mean",)
    what = f"{words.title(f'test {words.score(measure.score)}')}{words.in_unit(measure.unit)}"
    return Strips(
        f"{what} of {counted(len(shown), 'network')}",
        Axis.around([value for strip in strips for value in _extent(strip)] or [0.0]),
        strips,
        headings,
    )


def test_error(row: Row, examples: int) -> float | None:
    """Return the standard error, in points, of an accuracy from the number of test examples alone."""
    mean = row.shown.mean if row.shown and row.score == "accuracy" else None
    return None if mean is None else math.sqrt(mean * (100 - mean) / examples)


def best_first(rows: Sequence[Row]) -> list[Row]:
    """Return rows of one kind, the best first; those without a finite mean last."""
    sign = -1 if rows[0].measure.higher_is_better else 1

    def key(row: Row) -> float:
        return math.inf if row.shown is None or row.shown.mean is None else sign * row.shown.mean

    return sorted(rows, key=key)


def _strip(row: Row, beside: float | None, examples: int, *, has_values: bool) -> Strip:
    score: OverSeeds | None = row.shown
    mean = score.mean if score else None
    error = test_error(row, examples)
    number = (
        f"{words.number(row.measure, mean)} {words.half_width(score, row.measure) if score else ''}".rstrip()
    )
    return Strip(
        label=row.id,
        mean=mean,
        numbers=(number, words.number(row.measure, beside)) if has_values else (number,),
        interval=(score.low, score.high)
        if score and score.low is not None and score.high is not None
        else None,
        around=NINETY_FIVE * error if error else None,
        values=tuple(value for value in score.values if value is not None) if score and score.n > 1 else (),
        beside=beside,
    )


def _extent(strip: Strip) -> list[float]:
    """Return all values that a strip shows."""
    around = (
        []
        if strip.mean is None or not strip.around
        else [strip.mean - strip.around, strip.mean + strip.around]
    )
    single = [value for value in (strip.mean, strip.beside) if value is not None]
    return [*single, *(strip.interval or ()), *around, *strip.values]


def _is_epoch(epoch: int | None) -> bool:
    return epoch is not None
