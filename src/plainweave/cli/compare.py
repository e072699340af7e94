"""`plainweave compare`: is one network really better than another?"""

from typing import Annotated

import typer

from plainweave.checks import choice
from plainweave.cli.options import Folder
from plainweave.cli.streams import say
from plainweave.errors import ConfigurationError
from plainweave.evidence import difference
from plainweave.experiments import Store, by_experiment


def compare(
    folder: Folder,
    first: Annotated[str, typer.Argument(help="The id of an experiment.", metavar="FIRST")],
    second: Annotated[str, typer.Argument(help="The id of another.", metavar="SECOND")],
) -> None:
    """Compare two experiments by their scores: the mean difference, and its 95 % interval."""
    groups = {group[0].experiment.id: group for group in by_experiment(Store(folder).comparable())}
    for name in (first, second):
        choice("the experiment", name, list(groups))
    if first == second:
        raise ConfigurationError(f"both experiments are {first!r}; expected two.")
    result = difference(groups[first], groups[second])
    effect, measure = result.effect, result.measure
    mean = f"{measure.written(effect.mean, '+')} {measure.unit_of_difference}".rstrip()
    say(f"{first} - {second}, {measure.name}: {mean}, {result.over}")
    if effect.low is None or effect.high is None:
        say("One seed, or seeds that all agree, have no interval. Train more with --seeds.")
        return
    ends = " to ".join(measure.written(end, "+") for end in (effect.low, effect.high))
    say(f"95 % interval (Student's t): {ends}")
    if effect.low <= 0 <= effect.high:
        say("It holds 0: neither is shown to be better.")
    else:
        say(f"{result.better} is better.")
