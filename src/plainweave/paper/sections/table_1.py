"""Table 1, beside the general check of every gradient."""

from dataclasses import dataclass

from plainweave.page.section import Section
from plainweave.page.study import Study
from plainweave.page.table import Column, Table, passed, table
from plainweave.page.words import with_minus
from plainweave.paper.table_1 import read_table_1

_COLUMNS = (
    Column("Weight"),
    Column("Gradient", number=True),
    Column("Approximation", number=True),
    Column("Agree?"),
)


@dataclass(frozen=True)
class SevenGradients:
    """What the templates fill in: a table of the seven gradients."""

    table: Table


def table_1(study: Study) -> SevenGradients | None:
    """Read the table of a folder; None if there is none, or one of data that were used before."""
    result = read_table_1(study.out)
    if result is None or result.dataset != study.dataset.name:
        return None
    caption = (
        f"On {result.dataset}: gradients of the default network and their central differences with a step of "
        f"{result.epsilon:g}, new random weights for each; they agree if they differ by at most "
        f"{result.tolerance:g}."
    )
    rows = (
        (
            row.description,
            with_minus(f"{row.analytic:.8f}"),
            with_minus(f"{row.numeric:.8f}"),
            passed(row.agrees),
        )
        for row in result.rows
    )
    return SevenGradients(table(_COLUMNS, rows, caption=caption))


TABLE_1 = Section("table-1", "Table 1", table_1, templates="plainweave.paper")
