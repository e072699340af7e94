"""`plainweave compare`: is one network really better than another?"""

from pathlib import Path
from typing import Annotated

import typer

from plainweave.cli.streams import say


def compare(
    folder: Annotated[Path, typer.Argument(help="A folder that reproduce or run wrote.", metavar="DIR")],
    first: Annotated[str, typer.Argument(help="The id of an experiment.", metavar="FIRST")],
    second: Annotated[str, typer.Argument(help="The id of another.", metavar="SECOND")],
) -> None:
    """Compare two experiments by their accuracies: the mean difference, and its 95 % interval."""
    from plainweave.checks import choice
    from plainweave.evidence import difference
    from plainweave.experiments import Store, by_experiment

    groups = {group[0].experiment.id: group for group in by_experiment(Store(folder).comparable())}
    for each in (first, second):
        choice("the experiment", each, list(groups))
    result = difference(groups[first], groups[second])
    effect = result.effect
    say(f"{first} - {second}, {result.measure.name}: {effect.mean:+.2f} points, {result.over}")
    if effect.low is None or effect.high is None:
        say("One seed, or seeds that all agree, have no interval. Train more with --seeds.")
        return
    say(f"95 % interval (Student's t): {effect.low:+.2f} to {effect.high:+.2f}")
    if effect.low <= 0 <= effect.high:
        say("It holds 0: neither is shown to be better.")
    else:
        say(f"{first if effect.mean > 0 else second} is better.")
