"""How each network was trained: a table of the settings in which they differ, and a sentence of others."""

from collections.abc import Callable, Mapping, Sequence

from plainweave.evidence import Row
from plainweave.page.table import Column, Table, table
from plainweave.page.words import activation, setting, sizes, span, stops

_NUMBERS = ("Learning rate", "L2", "Weight decay", "Epochs", "Best epoch")


def trained(
    rows: Sequence[Row], dataset: str, figures: Mapping[str, str], elsewhere: str
) -> tuple[Table | None, str]:
    """Return how networks were trained.

    Args:
        rows: of the summary.
        dataset: its name.
        figures: where else each is drawn, by id.
        elsewhere: where that is, "the book"; its figures have a column where there are any.

    Returns:
        A table of what is not the same for all, None where there is none; and what is, in a sentence.
    """
    has_figures = any(row.id in figures for row in rows)
    cells = {heading: [tell(row) for row in rows] for heading, tell in _told(rows).items()}
    if has_figures:
        cells = {f"Figure in {elsewhere}": [figures.get(row.id, "") for row in rows]} | cells
    same = [heading for heading, values in cells.items() if len(set(values)) == 1]
    told = "; ".join(f"{_within(heading)} {cells[heading][0]}" for heading in same)
    differing = [heading for heading in cells if heading not in same]
    if not differing:
        return None, told
    columns = [Column("Network"), *(Column(heading, number=heading in _NUMBERS) for heading in differing)]
    lines = [[row.id, *(cells[heading][place] for heading in differing)] for place, row in enumerate(rows)]
    return table(
        columns, lines, caption=f"How each network was trained on {dataset}, where they differ."
    ), told


def _told(rows: Sequence[Row]) -> dict[str, Callable[[Row], str]]:
    """Return what is told of each row, by its heading; a loss or optimizer of all of them is not."""
    decay = "Weight decay" if any(row.optimizer == "adamw" for row in rows) else "L2"
    told: dict[str, Callable[[Row], str]] = {
        "Loss": lambda row: row.loss,
        "Hidden units": lambda row: sizes(row.hidden),
        "Activation": lambda row: activation(row.activation),
        "Optimizer": lambda row: row.optimizer,
        "Learning rate": lambda row: setting(row.learning_rate),
        decay: lambda row: setting(row.weight_decay),
        "Epochs": lambda row: str(row.epochs),
        "Best epoch": lambda row: span(row.best_epoch),
    }
    for heading in ("Loss", "Optimizer"):
        if len({told[heading](row) for row in rows}) == 1:
            del told[heading]
    if any(reason is not None for row in rows for reason in row.stopped):
        told["Stopped"] = lambda row: stops(row.stopped)
    return told


def _within(heading: str) -> str:
    return heading if heading == "L2" else heading[:1].lower() + heading[1:]
