"""`plainweave audit`: which conventions, left unsaid, give the report's numbers?"""

from collections.abc import Sequence
from pathlib import Path

from plainweave.cli.cluster import ClusterAddress, cluster_of
from plainweave.cli.options import DataDir, Jobs, Out, Seeds, processes
from plainweave.cli.streams import say, say_file
from plainweave.cli.tables import new_table, show
from plainweave.display import counted
from plainweave.evidence import Interval
from plainweave.page.words import half_width
from plainweave.paper import reproduction, words
from plainweave.paper.audit import Reading


def audit(
    out: Out = Path("reproduction"),
    seeds: Seeds = 1,
    jobs: Jobs = None,
    cluster: ClusterAddress = None,
    data_dir: DataDir = None,
) -> None:
    """Train the report's networks under every reading of what it leaves unsaid, and rank the readings.

    Twelve combinations: classic or dampened momentum; inputs normalized over all pixels, per pixel or per
    image; loss averaged over the batch or over batch and classes. Its runs go to DIR/audit; where DIR
    holds a reproduction, the page of that tells the result. Run again, it trains only what is missing.
    """
    readings, page = reproduction.run_audit(
        out,
        seeds=seeds,
        jobs=processes(jobs),
        executor=cluster_of(cluster, jobs),
        data_dir=data_dir,
    )
    show_audit(readings)
    if page is not None:
        say_file("The page", page)


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
            half_width(Interval.of(distance)),
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
