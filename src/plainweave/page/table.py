"""Tables of the page, the same for HTML and Markdown: their macros draw them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MOST_UNFOLDED = 6  # rows
_MOST_BESIDE = 5  # columns that a phone has room for


@dataclass(frozen=True)
class Column:
    """A column: its title, and whether it holds numbers."""

    title: str
    number: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell.

    Attributes:
        text: in it.
        kind: its class in the page: "good", "bad", "shown", a verdict.
        strong: whether Markdown has it bold.
        title: what is told to those who point at it.
        warning: what follows the text, in red.
        strength: of its colour in the page, from 0 to 1; None where it has none.
    """

    text: str
    kind: str = ""
    strong: bool = False
    title: str = ""
    warning: str = ""
    strength: float | None = None


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its head.

    Attributes:
        columns: of all rows.
        rows: of as many cells as there are columns.
        caption: above it.
        kind: its class in the page.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    kind: str = ""

    @property
    def is_long(self) -> bool:
        """Whether it would push what follows out of sight."""
        return len(self.rows) > _MOST_UNFOLDED

    @property
    def is_wide(self) -> bool:
        """Whether a phone has no room for it: there its cells lie below each other, each with its column."""
        return len(self.columns) > _MOST_BESIDE and not self.kind


def table(
    columns: Sequence[Column], rows: Iterable[Sequence[str | Cell]], *, caption: str = "", kind: str = ""
) -> Table:
    """Make a table of texts and cells."""
    cells = (tuple(Cell(cell) if isinstance(cell, str) else cell for cell in row) for row in rows)
    return Table(tuple(columns), tuple(cells), caption, kind)


def passed(is_so: bool) -> Cell:
    """Return a cell that says yes, or no where it is not to be overlooked."""
    return Cell("yes", "good") if is_so else Cell("no", "bad", strong=True)
