"""Pictures of a search: its scores in the order of its trials, and by each setting."""

import math
from collections.abc import Sequence
from itertools import accumulate

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from plainweave.evidence import Searched, Trial
from plainweave.page import words
from plainweave.page.axis import with_room
from plainweave.page.style import INK, OURS, SOFT, VALIDATION, drawing, inline_svg

_COLUMNS = 3
_FEW_DECADES = 100  # times the lowest value
_MOST_DECADES = 1.5  # between scores, above which the axis is logarithmic


def history(trials: Sequence[Trial], label: str, text: str, *, higher_is_better: bool) -> Markup:
    """Draw the score of each trial, and the best until then; what was pruned stands in gray."""
    complete = [trial for trial in trials if trial.state == "complete"]
    best = max if higher_is_better else min
    with drawing():
        figure = Figure(figsize=(6.2, 3.0), layout="constrained")
        axes = figure.subplots()
        _points(axes, trials, [trial.number for trial in trials])
        line = list(accumulate((_score(trial) for trial in complete), best))
        axes.step([trial.number for trial in complete], line, where="post", color=VALIDATION, label="best")
        axes.set(xlabel="trial", ylabel=label)
        _scale(axes, complete)
        figure.legend(loc="outside lower center", ncols=3)
        return inline_svg(figure, "search-history", text)


def slices(trials: Sequence[Trial], searched: Sequence[Searched], label: str, text: str) -> Markup:
    """Draw the score of each trial by what it tried for each setting."""
    rows = math.ceil(len(searched) / _COLUMNS)
    columns = min(len(searched), _COLUMNS)
    complete = [trial for trial in trials if trial.state == "complete"]
    with drawing():
        figure = Figure(figsize=(0.6 + 2.3 * columns, 0.2 + 2.2 * rows), layout="constrained")
        grid = list(figure.subplots(rows, columns, squeeze=False, sharey=True).flat)
        for axes, setting in zip(grid, searched, strict=False):
            _slice(axes, trials, setting)
            _scale(axes, complete)
        for axes in grid[len(searched) :]:
            axes.set_visible(False)
        figure.supylabel(label, fontsize="medium")
        return inline_svg(figure, "search-slices", text)


def _slice(axes: Axes, trials: Sequence[Trial], setting: Searched) -> None:
    tried = [trial for trial in trials if setting.name in trial.settings]
    values = [trial.settings[setting.name] for trial in tried]
    axes.set_xlabel(setting.name)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        _points(axes, tried, [float(str(value)) for value in values])
        if setting.log:
            _logarithmic(axes)
        return
    names = list(dict.fromkeys(map(str, sorted(map(str, values)))))
    _points(axes, tried, [names.index(str(value)) for value in values])
    axes.set_xticks(range(len(names)), [words.shortened(name) for name in names], rotation=30, ha="right")
    axes.set_xlim(-0.5, len(names) - 0.5)


def _logarithmic(axes: Axes) -> None:
    """Make the axis across logarithmic; where it has not two decades, numbers between them are told."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    if high < _FEW_DECADES * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _points(axes: Axes, trials: Sequence[Trial], places: Sequence[float]) -> None:
    for state, color in (("pruned", SOFT), ("complete", OURS)):
        shown = [
            (place, trial.score)
            for place, trial in zip(places, trials, strict=True)
            if trial.state == state and trial.score is not None
        ]
        across, up = [place for place, _ in shown], [score for _, score in shown]
        axes.plot(across, up, "o", color=color, markersize=4, label=state)


def _scale(axes: Axes, complete: Sequence[Trial]) -> None:
    """Show scores of trials that were trained to their end; of those pruned, what lies among them."""
    scores = [_score(trial) for trial in complete]
    if not scores:
        return
    low, high = min(scores), max(scores)
    if low > 0 and math.log10(high / low) > _MOST_DECADES:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.2, high * 1.2)
    else:
        axes.set_ylim(with_room(low, high, 0.05))
    axes.yaxis.label.set_color(INK)


def _score(trial: Trial) -> float:
    return math.nan if trial.score is None else trial.score
