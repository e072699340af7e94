"""The section on results: the scores of each network with their intervals, and of any two compared."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from plainweave.evidence import Measure, Pair, Row, by_kind, of_test
from plainweave.losses import metric
from plainweave.page import pictures
from plainweave.page.sections.settings_columns import setting_cells, setting_columns
from plainweave.page.study import References, Study
from plainweave.page.table import Cell, Column, Table, table
from plainweave.page.words import ends, in_unit, number, score, title

_UNEVEN = 1.2  # times its even share that the most frequent class has, where classes are not of one size
_MOST_COMPARED = 30  # experiments; a larger table can't be read


@dataclass(frozen=True)
class Group:
    """Networks whose scores can be compared.

    Attributes:
        title: what they are scored by; the empty text if there is one group.
        score: the same within a sentence.
        picture: of their scores on the test examples, or None if none was tested.
        results: of those that were tested, or None.
        guess: what an accuracy is to be held against, where classes are not of one size; else the empty text.
        test_error: the standard error of the middle accuracy from the number of test examples, in points; the
            empty text for other scores.
        validated: of those that serve to choose settings, or None.
        pairs: differences of any two, row less column; None if there are none, or too many.
        unit_of_pairs: theirs, as it follows them, " in points".
        too_many: how many networks can't be compared in a table; 0 if they can.
    """

    title: str
    score: str
    picture: Markup | None
    results: Table | None
    guess: str
    test_error: str
    validated: Table | None
    pairs: Table | None
    unit_of_pairs: str
    too_many: int


@dataclass(frozen=True)
class Results:
    """What the templates fill in: groups of networks, and the confidence of differences in percent."""

    groups: tuple[Group, ...]
    confidence: str


def results(study: Study) -> Results:
    """Tell the scores of all networks."""
    kinds, comparisons = by_kind(study.summary.rows), study.summary.comparisons
    return Results(
        tuple(_group(study, rows, place, len(kinds)) for place, rows in enumerate(kinds)),
        f"{100 * (comparisons[0].confidence or 0):.4g}" if comparisons else "",
    )


def _group(study: Study, rows: Sequence[Row], place: int, groups: int) -> Group:
    tested, untested = ([row for row in rows if bool(row.test) is is_tested] for is_tested in (True, False))
    ids = [row.id for row in tested]
    pairs = [pair for pair in study.summary.comparisons if {pair.first, pair.second} <= set(ids)]
    measure, is_too_much = rows[0].measure, len(tested) > _MOST_COMPARED
    loss = f" of {rows[0].loss}" if measure.is_of_one_loss else ""
    references = study.references if measure.score == "accuracy" else None
    return Group(
        title=f"{title(measure.score)}{loss}" if groups > 1 else "",
        score=score(measure.score),
        picture=pictures.scores(f"scores-{place}", tested, references) if tested else None,
        results=_results(study, tested, references or References("")) if tested else None,
        guess=_guess(study, measure),
        test_error=_test_error(tested, study.dataset.test_examples),
        validated=_validated(study, untested) if untested else None,
        pairs=_pairs(pairs, tested) if pairs and not is_too_much else None,
        unit_of_pairs=in_unit(measure.unit_of_difference),
        too_many=len(tested) if is_too_much else 0,
    )


def _results(study: Study, tested: Sequence[Row], references: References) -> Table:
    has_values = any(row.id in references.accuracies for row in tested)
    has_figures = any(row.id in references.figures for row in tested)
    measure, more = tested[0].measure, _more_scores(tested)
    name = references.name[:1].upper() + references.name[1:]
    mean = "Ours" if has_values else title(measure.score)
    columns = [
        Column("Network"),
        *([Column("Figure")] if has_figures else []),
        *(Column(heading, number=True) for heading in ("Seeds", mean, "sd", "95 % interval")),
        *([Column(name, number=True), Column("Difference", number=True)] if has_values else []),
        *(Column("Test loss" if other == "loss" else title(other), number=True) for other in more),
        *setting_columns(tested),
    ]
    rows: list[list[str | Cell]] = [
        [
            row.id,
            *([references.figures.get(row.id, "")] if has_figures else []),
            *_score(row),
            *(_beside(row, references.accuracies.get(row.id)) if has_values else []),
            *(_mean(row, other) for other in more),
            *setting_cells(row, tested),
        ]
        for row in tested
    ]
    beside = f", beside {references.name}" if has_values else ""
    about = f"Test {score(measure.score)}{in_unit(measure.unit)} on {study.dataset.name}"
    return table(columns, rows, caption=f"{about}{beside}.{_meaning(measure)}")


def _more_scores(rows: Sequence[Row]) -> list[str]:
    """Return what else the networks are scored by, the loss last: not where that is softmax for all."""
    scores = dict.fromkeys(name for row in rows for name in (row.test or {}) if name != row.score)
    if rows[0].measure.is_of_one_loss or all(row.loss == "softmax" for row in rows):
        scores.pop("loss", None)
    return sorted(scores, key=lambda name: name == "loss")


def _score(row: Row) -> list[str | Cell]:
    """Return how many seeds there are, their mean, its deviation and its interval."""
    shown, measure = row.shown, row.measure
    assert shown is not None  # it was tested
    return [
        str(shown.n),
        Cell(number(measure, shown.mean), warning=_divergences(row)),
        number(measure, shown.sd),
        ends(shown, measure),
    ]


def _divergences(row: Row) -> str:
    diverged = sum(epoch is not None for epoch in row.diverged)
    return f"{diverged} diverged" if diverged else ""


def _beside(row: Row, value: float | None) -> list[str]:
    mean = row.shown.mean if row.shown else None
    if value is None or mean is None:
        return ["", ""]
    return [number(row.measure, value), number(row.measure, mean - value, sign="+")]


def _mean(row: Row, name: str) -> str:
    value = (row.test or {}).get(name)
    return number(of_test(name).in_unit(value.unit), value.mean) if value else ""


def _meaning(measure: Measure) -> str:
    """Return what a score means; an accuracy needs no words."""
    if measure.score == "accuracy":
        return ""
    meaning, better = metric(measure.score).meaning, "higher" if measure.higher_is_better else "lower"
    return f" It is {meaning}; {better} is better." if meaning else f" {better.capitalize()} is better."


def _validated(study: Study, untested: Sequence[Row]) -> Table:
    measure = untested[0].measure
    headings = ("Learning rate", "Batch", "L2", "Epochs", "Seeds")
    columns = [
        *(Column("Network"), *(Column(heading, number=True) for heading in headings)),
        *(Column(f"Validation {score(measure.score)}", number=True), Column("95 % interval", number=True)),
    ]
    rows = []
    for row in untested:
        settings = (row.learning_rate, row.batch_size, row.weight_decay, row.epochs, len(row.seeds))
        mean = number(measure, row.shown.mean if row.shown else None)
        interval = ends(row.shown, measure) if row.shown else mean
        rows.append([row.id, *map(str, settings), mean, interval])
    return table(
        columns,
        rows,
        caption=f"Validation {score(measure.score)}{in_unit(measure.unit)} on {study.dataset.name} of the "
        "networks that serve to choose settings; they are never tested.",
    )


def _pairs(comparisons: Sequence[Pair], tested: Sequence[Row]) -> Table:
    measure, ids = tested[0].measure, [row.id for row in tested]
    cells: dict[tuple[str, str], Cell] = {}
    for pair in comparisons:
        cells[pair.first, pair.second] = _difference(pair, measure, 1)
        cells[pair.second, pair.first] = _difference(pair, measure, -1)
    columns = [Column(""), *(Column(name, number=True) for name in ids)]
    rows = [[row, *(cells.get((row, column), "") for column in ids)] for row in ids]
    return table(columns, rows, kind="matrix")


def _difference(pair: Pair, measure: Measure, sign: int) -> Cell:
    mean = number(measure, None if pair.mean is None else sign * pair.mean, sign="+")
    if pair.low is None or pair.high is None:  # all seeds agree, or a value is not finite
        return Cell(mean)
    low, high = sorted((sign * pair.low, sign * pair.high))
    is_shown = not low <= 0 <= high
    interval = f"{number(measure, low, '+')} to {number(measure, high, '+')}"
    return Cell(mean, "shown" if is_shown else "", strong=is_shown, title=interval)


def _guess(study: Study, measure: Measure) -> str:
    """Say how often who always names the most frequent class is right, where that is not to be guessed."""
    counts = study.learned.confusion if study.learned and measure.score == "accuracy" else None
    if not counts:
        return ""
    sizes = [sum(row) for row in counts]
    largest, total = max(sizes), sum(sizes)
    if largest * len(sizes) < _UNEVEN * total:
        return ""
    name = study.learned.class_names[sizes.index(largest)] if study.learned else ""
    return f"Who always says {name}, the most frequent class, is right in {100 * largest / total:.2f} %."


def _test_error(rows: Sequence[Row], examples: int) -> str:
    """Return the standard error, in points, of the middle accuracy from the number of test examples alone."""
    means = [row.shown.mean for row in rows if row.shown and row.shown.mean is not None]
    if not means or rows[0].score != "accuracy":
        return ""
    share = median(means) / 100
    return f"{100 * math.sqrt(share * (1 - share) / examples):.1f}"
