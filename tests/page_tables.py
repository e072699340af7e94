"""Tables of a page, as tests read them."""

from plainweave.page.table import Table


def texts(table: Table | None) -> list[list[str]]:
    """What stands in each cell of each row."""
    assert table is not None
    return [[cell.text for cell in row] for row in table.rows]


def titles(table: Table | None) -> list[str]:
    """What stands above each column."""
    assert table is not None
    return [column.title for column in table.columns]
