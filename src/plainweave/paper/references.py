"""What the report shows of its networks: figures and test accuracies, in published.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True)
class References:
    """Numbers given elsewhere that stand beside ours.

    Attributes:
        name: what they are called.
        accuracies: on the test examples, in percent, by the id of the experiment.
        figures: where they are shown, by the id of the experiment.
    """

    name: str
    accuracies: Mapping[str, float]
    figures: Mapping[str, str]


@cache
def report_references() -> References:
    """Return what the report shows of its thirteen networks, by the ids of `paper_experiments`."""
    text = resources.files("plainweave.paper").joinpath("published.toml").read_text("utf-8")
    published = tomllib.loads(text)
    return References(
        name="the report",
        accuracies=MappingProxyType({name: shown["accuracy"] for name, shown in published.items()}),
        figures=MappingProxyType({name: shown["figure"] for name, shown in published.items()}),
    )
