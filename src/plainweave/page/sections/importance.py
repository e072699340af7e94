"""The section on columns: how much worse the best network predicts once one is shuffled."""

from dataclasses import dataclass

from markupsafe import Markup

from plainweave.evidence import Importance, Interval, of_test
from plainweave.page.chosen import why_this_experiment
from plainweave.page.reliability import importances
from plainweave.page.study import Study
from plainweave.page.table import Column, Table, table
from plainweave.page.words import ends, number, score

_MOST_COLUMNS = 30


@dataclass(frozen=True)
class ImportanceOfColumns:
    """What the templates fill in.

    Attributes:
        why: which network it is, of how many seeds and examples.
        worse: what is shown, "fall of accuracy (points)".
        examples, shuffles: how many of each were used.
        picture: of the most important columns.
        columns: the same in numbers.
        left_out: how many more there are.
    """

    why: str
    worse: str
    examples: str
    shuffles: int
    picture: Markup
    columns: Table
    left_out: int


def importance(study: Study) -> ImportanceOfColumns | None:
    """Tell what each column is worth; None where there are none, or that was not looked at."""
    found = study.predictions.importance if study.predictions else None
    if found is None:
        return None
    measure = of_test(found.score)
    ranked = sorted(found.columns, key=lambda column: -column.mean.mean)
    shown = ranked[:_MOST_COLUMNS]
    names, losses = [column.name for column in shown], [column.mean for column in shown]
    told = [number(measure, loss.mean, "+") for loss in losses]
    worse = _worse(found)
    first = "; ".join(f"{name} {value}" for name, value in zip(names[:5], told, strict=False))
    return ImportanceOfColumns(
        why=why_this_experiment(study),
        worse=worse,
        examples=f"{found.examples:,}",
        shuffles=found.shuffles,
        picture=importances(names, losses, worse, f"Test {worse}, where a column is shuffled: {first}."),
        columns=table(
            [
                Column("Column"),
                Column(worse[:1].upper() + worse[1:], number=True),
                Column("95 % interval", number=True),
            ],
            zip(names, told, [ends(Interval.of(loss), measure) for loss in losses], strict=True),
            caption=f"What the columns of {study.dataset.name} are worth to the network.",
        ),
        left_out=len(ranked) - len(shown),
    )


def _worse(found: Importance) -> str:
    measure = of_test(found.score)
    unit = f" ({measure.unit_of_difference})" if measure.unit_of_difference else ""
    return f"{'fall' if measure.higher_is_better else 'rise'} of {score(found.score)}{unit}"
