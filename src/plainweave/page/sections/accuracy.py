"""The section on accuracies: of each network with its interval, and of any two compared."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from plainweave.evidence import Accuracy, Pair, Row
from plainweave.page import pictures
from plainweave.page.study import References, Study
from plainweave.page.table import Cell, Column, Table, table
from plainweave.page.words import activation, decimals, ends, sizes, span

_MOST_COMPARED = 30  # experiments; a larger table can't be read


@dataclass(frozen=True)
class Accuracies:
    """What the templates fill in.

    Attributes:
        picture: of the test accuracies, or None if none was tested.
        results: of the networks that were tested, or None.
        test_error: the standard error of the middle accuracy from the number of test examples, in points.
        validated: of the networks that serve to choose settings, or None.
        pairs: differences of any two, row less column; None if there are none, or too many.
        confidence: of their intervals, in percent.
        too_many: how many networks can't be compared in a table; 0 if they can.
    """

    picture: Markup | None
    results: Table | None
    test_error: str
    validated: Table | None
    pairs: Table | None
    confidence: str
    too_many: int


def accuracies(study: Study) -> Accuracies:
    """Tell the accuracies of all networks."""
    tested = [(row, row.test_accuracy) for row in study.summary.rows if row.test_accuracy]
    untested = [row for row in study.summary.rows if not row.test_accuracy]
    comparisons = study.summary.comparisons
    is_too_much = len(tested) > _MOST_COMPARED
    return Accuracies(
        picture=pictures.accuracies([row for row, _ in tested], study.references) if tested else None,
        results=_results(study, tested) if tested else None,
        test_error=f"{_test_error([accuracy for _, accuracy in tested], study.dataset.test_examples):.1f}",
        validated=_validated(study, untested) if untested else None,
        pairs=_pairs(comparisons, [row.id for row, _ in tested]) if comparisons and not is_too_much else None,
        confidence=f"{100 * (comparisons[0].confidence or 0):.4g}" if comparisons else "",
        too_many=len(tested) if is_too_much else 0,
    )


def _results(study: Study, tested: Sequence[tuple[Row, Accuracy]]) -> Table:
    references = study.references or References("")
    has_values = any(row.id in references.accuracies for row, _ in tested)
    has_figures = any(row.id in references.figures for row, _ in tested)
    name = references.name[:1].upper() + references.name[1:]
    columns = [
        Column("Network"),
        *([Column("Figure")] if has_figures else []),
        *(
            Column(title, number=True)
            for title in ("Seeds", "Ours" if has_values else "Accuracy", "sd", "95 % interval")
        ),
        *([Column(name, number=True), Column("Difference", number=True)] if has_values else []),
        *(Column("Hidden units"), Column("Activation")),
        *(Column(title, number=True) for title in ("Learning rate", "L2", "Epochs", "Best epoch")),
    ]
    rows: list[list[str | Cell]] = [
        [
            row.id,
            *([references.figures.get(row.id, "")] if has_figures else []),
            str(accuracy.n),
            Cell(decimals(accuracy.mean), warning=_divergences(row)),
            decimals(accuracy.sd),
            ends(accuracy),
            *(_beside(accuracy, references.accuracies.get(row.id)) if has_values else []),
            sizes(row.hidden),
            activation(row.activation),
            *(str(setting) for setting in (row.learning_rate, row.weight_decay, row.epochs)),
            span(row.best_epoch),
        ]
        for row, accuracy in tested
    ]
    beside = f", beside {references.name}" if has_values else ""
    return table(columns, rows, caption=f"Test accuracy in percent on {study.dataset.name}{beside}.")


def _divergences(row: Row) -> str:
    diverged = sum(epoch is not None for epoch in row.diverged)
    return f"{diverged} diverged" if diverged else ""


def _beside(accuracy: Accuracy, value: float | None) -> list[str]:
    return ["", ""] if value is None else [decimals(value), decimals(accuracy.mean - value, sign="+")]


def _validated(study: Study, untested: Sequence[Row]) -> Table:
    titles = ("Learning rate", "Batch", "L2", "Epochs", "Seeds", "Validation accuracy", "95 % interval")
    columns = [Column("Network"), *(Column(title, number=True) for title in titles)]
    rows = []
    for row in untested:
        accuracy = row.validation_accuracy
        settings = (row.learning_rate, row.batch_size, row.weight_decay, row.epochs, accuracy.n)
        rows.append([row.id, *map(str, settings), decimals(accuracy.mean), ends(accuracy)])
    return table(
        columns,
        rows,
        caption=f"Validation accuracy in percent on {study.dataset.name} of the networks that serve to "
        "choose settings; they are never tested.",
    )


def _pairs(comparisons: Sequence[Pair], ids: Sequence[str]) -> Table:
    cells: dict[tuple[str, str], Cell] = {}
    for pair in comparisons:
        cells[pair.first, pair.second] = _difference(pair, 1)
        cells[pair.second, pair.first] = _difference(pair, -1)
    columns = [Column(""), *(Column(name, number=True) for name in ids)]
    rows = [[row, *(cells.get((row, column), "") for column in ids)] for row in ids]
    return table(columns, rows, kind="matrix")


def _difference(pair: Pair, sign: int) -> Cell:
    mean = decimals(None if pair.mean is None else sign * pair.mean, sign="+")
    if pair.low is None or pair.high is None:  # all seeds agree, or a value is not finite
        return Cell(mean)
    low, high = sorted((sign * pair.low, sign * pair.high))
    is_shown = not low <= 0 <= high
    return Cell(mean, "shown" if is_shown else "", strong=is_shown, title=f"{low:+.2f} to {high:+.2f}")


def _test_error(accuracies: Sequence[Accuracy], examples: int) -> float:
    """Return the standard error, in points, of the middle accuracy from the number of test examples alone."""
    if not accuracies:
        return 0.0
    share = median(accuracy.mean for accuracy in accuracies) / 100
    return 100 * math.sqrt(share * (1 - share) / examples)
