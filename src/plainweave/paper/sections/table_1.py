"""Table 1, beside the general check of every gradient."""

from dataclasses import dataclass

from plainweave.page.section import Section
from plainweave.page.study import Study
from plainweave.paper.table_1 import Table1, read_table_1


@dataclass(frozen=True)
class Shown:
    """What the section shows.

    Attributes:
        table: the rows.
        error: relative error by norm, in float64, of central differences with the table's step, over the
            default network's upper two layers; None if the gradient check has no such step.
    """

    table: Table1
    error: float | None


def table_1(study: Study) -> Shown | None:
    """Read the table of a folder; None if there is none, or one of data that were used before."""
    table = read_table_1(study.out)
    if table is None or table.dataset != study.dataset.name:
        return None
    errors = {}
    if study.gradients is not None:
        steps = study.gradients.step_sizes
        errors = dict(zip(steps.steps, steps.float64, strict=True))
    return Shown(table, errors.get(table.epsilon))


TABLE_1 = Section("table-1", "Table 1", table_1, templates="plainweave.paper")
