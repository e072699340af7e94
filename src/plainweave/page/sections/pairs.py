"""Any two networks compared: a matrix whose cells are coloured where a difference is shown."""

from collections.abc import Mapping, Sequence
from statistics import median

from plainweave.evidence import Measure, Pair, Row
from plainweave.page.scores import best_first
from plainweave.page.table import Cell, Column, Table, table
from plainweave.page.words import in_unit, score, signed

_MOST_ACROSS = 10  # names of networks that have room beside each other
_MOST_NUMBERS = 16  # networks across a desk whose differences have room in numbers
_MOST_ON_PHONES = 4  # the same on a phone
_PALEST = 0.2  # of the full colour, for the smallest difference that is shown
_FULL = 2.0  # times the middle size of those that are shown, from which on a colour is full


def pairs(comparisons: Sequence[Pair], tested: Sequence[Row], dataset: str) -> Table:
    """Return a table with the difference of any two networks, row less column, the best network first.

    Args:
        comparisons: of any two of them.
        tested: rows of the summary, all of one kind.
        dataset: its name.
    """
    measure = tested[0].measure
    ids = [row.id for row in best_first(tested)]
    strengths = _strengths(comparisons)
    cells: dict[tuple[str, str], Cell] = {}
    for pair in comparisons:
        strength = strengths.get((pair.first, pair.second))
        cells[pair.first, pair.second] = _difference(pair, measure, 1, strength)
        cells[pair.second, pair.first] = _difference(pair, measure, -1, strength)
    columns = [Column(""), *(Column(name, number=True) for name in ids)]
    rows = [[row, *(cells.get((row, column), "") for column in ids)] for row in ids]
    unit = f",{in_unit(measure.unit_of_difference)}" if measure.unit_of_difference else ""
    what = f"Test {score(measure.score)} on {dataset}"
    caption = f"{what}: the row's network less the column's{unit}, means over seeds."
    return table(columns, rows, caption=caption, kind=_kind(len(ids)))


def _strengths(comparisons: Sequence[Pair]) -> Mapping[tuple[str, str], float]:
    """Return how strong the colour is of each difference that is shown: from 0, none, to 1."""
    shown = {
        (pair.first, pair.second): abs(pair.mean)
        for pair in comparisons
        if pair.mean is not None and pair.is_shown
    }
    full = _FULL * median(shown.values()) if shown else 1.0
    return {names: min(1.0, max(_PALEST, size / full)) for names, size in shown.items()}


def _difference(pair: Pair, measure: Measure, sign: int, strength: float | None) -> Cell:
    mean = signed(measure, None if pair.mean is None else sign * pair.mean)
    if pair.low is None or pair.high is None:  # all seeds agree, or a value is not finite
        return Cell(mean)
    low, high = sorted((sign * pair.low, sign * pair.high))
    interval = f"{signed(measure, low)} to {signed(measure, high)}"
    if strength is None:
        return Cell(mean, title=interval)
    is_better = (low > 0) == measure.higher_is_better
    kind = f"{'better' if is_better else 'worse'} {'more' if low > 0 else 'less'}"
    return Cell(mean, kind, strong=True, title=interval, strength=strength)


def _kind(networks: int) -> str:
    """Return the classes of the table: whether its names are turned, and where it has signs for numbers."""
    signs = "signs" if networks > _MOST_NUMBERS else "small-signs" if networks > _MOST_ON_PHONES else ""
    turned = "turned" if networks > _MOST_ACROSS else ""
    return " ".join(filter(None, ("matrix", turned, signs)))
