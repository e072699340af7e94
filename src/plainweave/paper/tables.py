"""Tables of the reproduction for the terminal."""

from collections.abc import Sequence

from plainweave.cli.streams import say
from plainweave.cli.tables import new_table, show
from plainweave.page.words import counted
from plainweave.paper import words
from plainweave.paper.audit import Reading
from plainweave.paper.table_1 import Table1


def show_audit(readings: Sequence[Reading]) -> None:
    """Print how far from the report each reading of what it leaves unsaid comes out; of one at least."""
    nearest, *others = readings
    seeds = counted(nearest.distance.n, "seed")
    say(f"Distance of the thirteen test accuracies from the report's, in points, {seeds}:")
    table = new_table(
        ["momentum, normalization, loss averaged over"],
        ["distance", "95 %", "diverged", "claims as reported"],
    )
    for reading in readings:
        distance, conventions = reading.distance, reading.conventions
        table.add_row(
            f"{conventions.momentum}, {conventions.standardize}, {conventions.loss_mean}",
            f"{distance.mean:.2f}",
            "" if distance.high is None else f"± {distance.high - distance.mean:.2f}",
            str(reading.diverged or ""),
            words.claims_as_reported(reading),
        )
    show(table)
    say(f"The most likely conventions: {words.conventions(nearest.conventions)}.")
    if nearest.distance.n == 1:
        say("One seed can't tell how sure that is.")
        return
    for reading in others:
        if reading.likely:
            say(f"Not shown to lie farther away: {words.conventions(reading.conventions)}.")


def show_table_1(result: Table1) -> None:
    """Print the seven gradients, their approximations, and whether they agree."""
    say(f"Table 1 on {result.dataset}: agreement within {result.tolerance:g}, step {result.epsilon:g}")
    table = new_table(["weight"], ["gradient", "approximation", "agrees"])
    for row in result.rows:
        verdict = "yes" if row.agrees else "NO"
        table.add_row(row.description, f"{row.analytic:.8f}", f"{row.numeric:.8f}", verdict)
    show(table)
