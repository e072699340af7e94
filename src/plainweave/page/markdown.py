"""Tables as Markdown that can be read as text, too: their columns are aligned."""

from plainweave.page.table import Cell, Table
from plainweave.page.words import plain

_NARROWEST = 3  # characters of a rule under a heading
_WIDEST = 40  # characters to which a column is filled up; a longer cell stands out


def markdown(table: Table) -> str:
    """Return a table as Markdown, without its caption; a row a line."""
    rows = [
        [plain(column.title) for column in table.columns],
        *([_written(cell) for cell in row] for row in table.rows),
    ]
    widths = [
        max([len(cell) for cell in column if len(cell) <= _WIDEST] + [_NARROWEST])
        for column in zip(*rows, strict=True)
    ]
    numbers = [column.number for column in table.columns]
    lines = [
        " | ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        )
        for row in rows
    ]
    rule = " | ".join(
        "-" * (width - 1) + (":" if number else "-") for width, number in zip(widths, numbers, strict=True)
    )
    return "\n".join(f"| {line} |" for line in (lines[0], rule, *lines[1:]))


def _written(cell: Cell) -> str:
    text = plain(cell.text)
    bold = f"**{text}**" if cell.strong else text
    return f"{bold} ({plain(cell.warning)})" if cell.warning else bold
