"""The section on results: the scores of each network with their intervals, and of any two compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from plainweave.display import counted
from plainweave.evidence import Measure, Row, by_kind, of_test
from plainweave.losses import metric
from plainweave.page.scores import NINETY_FIVE, scores, test_error
from plainweave.page.sections.pairs import pairs
from plainweave.page.sections.trained import trained
from plainweave.page.strips import Strips
from plainweave.page.study import References, Study
from plainweave.page.table import Cell, Column, Table, table
from plainweave.page.words import (
    ends,
    half_width,
    in_unit,
    number,
    score,
    setting,
    signed,
    title,
)

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
        test_error: how far the middle accuracy may lie off from the number of test examples alone, in
            points, in nineteen of twenty cases; the empty text for other scores.
        trained: the settings in which those that were tested differ, or None.
        settings: those that they share, in a sentence.
        validated: of those that serve to choose settings, or None.
        pairs: differences of any two, row less column; None if there are none, or too many.
        too_many: how many networks can't be compared in a table; 0 if they can.
    """

    title: str
    score: str
    picture: Strips | None
    results: Table | None
    guess: str
    test_error: str
    trained: Table | None
    settings: str
    validated: Table | None
    pairs: Table | None
    too_many: int


@dataclass(frozen=True)
class Results:
    """What the templates fill in.

    Attributes:
        groups: of networks.
        confidence: of differences, in percent.
        pairs: how many differences there are in all.
    """

    groups: tuple[Group, ...]
    confidence: str
    pairs: int


def results(study: Study) -> Results:
    """Tell the scores of all networks."""
    kinds, comparisons = by_kind(study.summary.rows), study.summary.comparisons
    return Results(
        tuple(_group(study, rows, len(kinds)) for rows in kinds),
        f"{100 * (comparisons[0].confidence or 0):.4g}" if comparisons else "",
        len(comparisons),
    )


def _group(study: Study, rows: Sequence[Row], groups: int) -> Group:
    tested, untested = ([row for row in rows if bool(row.test) is is_tested] for is_tested in (True, False))
    ids = [row.id for row in tested]
    compared = [pair for pair in study.summary.comparisons if {pair.first, pair.second} <= set(ids)]
    measure, is_too_much = rows[0].measure, len(tested) > _MOST_COMPARED
    loss = f" of {rows[0].loss}" if measure.is_of_one_loss else ""
    references = study.references if measure.score == "accuracy" and study.references else References("")
    how, settings = (
        trained(tested, study.dataset.name, references.figures, references.name) if tested else (None, "")
    )
    examples = study.dataset.test_examples
    return Group(
        title=f"{title(measure.score)}{loss}" if groups > 1 else "",
        score=score(measure.score),
        picture=scores(tested, references, examples) if tested else None,
        results=_results(study, tested, references) if tested else None,
        guess=_guess(study, measure),
        test_error=_test_error(tested, examples),
        trained=how,
        settings=settings,
        validated=_validated(study, untested) if untested else None,
        pairs=pairs(compared, tested, study.dataset.name) if compared and not is_too_much else None,
        too_many=len(tested) if is_too_much else 0,
    )


def _results(study: Study, tested: Sequence[Row], references: References) -> Table:
    has_values = any(row.id in references.accuracies for row in tested)
    measure, more = tested[0].measure, _more_scores(tested)
    unit = f" ({measure.unit})" if measure.unit else ""
    seeds = {len(row.seeds) for row in tested}
    has_sd = max(seeds) > 1
    columns = [
        Column("Network"),
        Column(f"plainweave{unit}" if has_values else f"{title(measure.score)}{unit}", number=True),
        *([Column(f"{_begun(references.name)}{unit}", number=True)] if has_values else []),
        *([Column("Difference", number=True)] if has_values else []),
        *([Column("sd", number=True)] if has_sd else []),
        *([Column("Seeds", number=True)] if len(seeds) > 1 else []),
        *(Column("Test loss" if other == "loss" else title(other), number=True) for other in more),
    ]
    rows: list[list[str | Cell]] = [
        [
            row.id,
            Cell(_mean_and_half(row), warning=_divergences(row)),
            *(_beside(row, references.accuracies.get(row.id)) if has_values else []),
            *([number(measure, row.shown.sd if row.shown else None)] if has_sd else []),
            *([str(len(row.seeds))] if len(seeds) > 1 else []),
            *(_mean(row, other) for other in more),
        ]
        for row in tested
    ]
    return table(columns, rows, caption=_caption(study, measure, seeds, references if has_values else None))


def _caption(study: Study, measure: Measure, seeds: set[int], references: References | None) -> str:
    beside = f", beside {references.name}" if references else ""
    about = f"Test {score(measure.score)}{in_unit(measure.unit)} on {study.dataset.name}{beside}"
    if max(seeds) == 1:
        over = "of one seed, so without intervals"
    else:
        n = counted(max(seeds), "seed") if len(seeds) == 1 else "seeds"
        over = f"means over {n} ± half of their 95 % intervals"
    return f"{about}: {over}.{_meaning(measure)}"


def _mean_and_half(row: Row) -> str:
    shown = row.shown
    assert shown is not None  # it was tested
    return f"{number(row.measure, shown.mean)} {half_width(shown, row.measure)}".rstrip()


def _begun(name: str) -> str:
    return name[:1].upper() + name[1:]


def _more_scores(rows: Sequence[Row]) -> list[str]:
    """Return what else the networks are scored by, the loss last: not where that is softmax for all."""
    scores = dict.fromkeys(name for row in rows for name in (row.test or {}) if name != row.score)
    if rows[0].measure.is_of_one_loss or all(row.loss == "softmax" for row in rows):
        scores.pop("loss", None)
    return sorted(scores, key=lambda name: name == "loss")


def _divergences(row: Row) -> str:
    diverged = sum(epoch is not None for epoch in row.diverged)
    return f"{diverged} diverged" if diverged else ""


def _beside(row: Row, value: float | None) -> list[str]:
    mean = row.shown.mean if row.shown else None
    if value is None or mean is None:
        return ["", ""]
    return [number(row.measure, value), signed(row.measure, mean - value)]


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
        rows.append([row.id, *map(setting, settings), mean, interval])
    return table(
        columns,
        rows,
        caption=f"Validation {score(measure.score)}{in_unit(measure.unit)} on {study.dataset.name} of the "
        "networks that serve to choose settings; they are never tested.",
    )


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
    """Return how far the middle accuracy may lie off from the number of test examples alone, in points."""
    errors = [error for row in rows if (error := test_error(row, examples)) is not None]
    return f"{NINETY_FIVE * median(errors):.1f}" if errors else ""
