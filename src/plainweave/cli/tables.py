"""Tables: for people on a terminal, and elsewhere as text with a tab between cells."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table

from plainweave.errors import harmless

_NARROWEST = 20  # characters; some environments say that a terminal has none


def new_table(texts: Sequence[str], numbers: Sequence[str]) -> Table:
    """Return a table without lines: columns of texts, broken if need be, then columns of numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in texts:
        table.add_column(heading, overflow="fold")
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def show(table: Table, less: Sequence[str] = ()) -> None:
    """Print a table whose cells are what they say: a class may be called "[/b]".

    Where the terminal is too narrow, columns are left out; then texts are broken, but numbers are not, and
    lines may run over the edge.

    Args:
        table: whose headings and cells are texts.
        less: the headings of columns that may be left out, the first of them first.
    """
    console = Console(markup=False, emoji=False)
    if not console.is_terminal:
        for row in zip(*([column.header, *column.cells] for column in table.columns), strict=True):
            print("\t".join(harmless(str(cell)) for cell in row))
        return
    console.width = max(console.width, _NARROWEST)
    for heading in less:
        if sum(_longest_word(column) + 2 for column in table.columns) > console.width:
            table.columns = [column for column in table.columns if column.header != heading]
    for column in table.columns:
        if column.justify == "right":
            column.min_width = _longest_word(column)
    console.print(table, crop=False)


def _longest_word(column: Column) -> int:
    """Return how many characters of a terminal the longest word of a column takes; a number is one word."""
    cells = list(map(str, column.cells))
    words = [*str(column.header).split(), *(cells if column.justify == "right" else " ".join(cells).split())]
    return max(map(cell_len, words), default=0)
