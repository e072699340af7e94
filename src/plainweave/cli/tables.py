"""Tables for the terminal."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

_NARROWEST = 20  # characters; some environments say that a terminal has none


def new_table(texts: Sequence[str], numbers: Sequence[str]) -> Table:
    """Return a table without lines: columns of texts, broken if need be, then columns of numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in texts:
        table.add_column(heading, overflow="fold")
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def show(table: Table) -> None:
    """Print a table whose cells are what they say: a class may be called "[/b]".

    Where it is too wide, texts are broken; numbers are not, and lines may run over the edge.
    """
    console = Console(markup=False, emoji=False)
    console.width = max(console.width, _NARROWEST)
    for column in table.columns:
        if column.justify == "right":
            words = [*str(column.header).split(), *map(str, column.cells)]
            column.min_width = max(map(cell_len, words), default=0)
    console.print(table, crop=False)
