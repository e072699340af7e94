"""What the report shows of its networks: figures and test accuracies, in published.toml."""

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Published:
    """What the report shows of one network.

    Attributes:
        figure: where, "Fig. 6a".
        accuracy: on the test examples, in percent.
    """

    figure: str
    accuracy: float


def published() -> dict[str, Published]:
    """Return what the report shows of each of its thirteen networks, by the ids of `paper_experiments`."""
    text = resources.files("plainweave.paper").joinpath("published.toml").read_text("utf-8")
    return {experiment: Published(**shown) for experiment, shown in tomllib.loads(text).items()}
