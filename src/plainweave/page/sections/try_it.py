"""The section in which the best network classifies pictures, in the page itself."""

from dataclasses import dataclass

from plainweave.page.network import PageNetwork, page_network
from plainweave.page.study import Study


@dataclass(frozen=True)
class PageSamples:
    """Test examples for the page's script: labels, and pictures as base64 of `pixels`."""

    labels: tuple[int, ...]
    pictures: str
    pixels: str


@dataclass(frozen=True)
class TryIt:
    """What the templates fill in: all of it is for the script."""

    network: PageNetwork
    samples: PageSamples


def try_it(study: Study) -> TryIt | None:
    """Hand the best network to the page; None if it takes no pictures, or is too large."""
    if study.learned is None or study.model is None:
        return None
    network = page_network(study.model)
    samples = study.learned.samples
    if network is None:
        return None
    return TryIt(network, PageSamples(samples.labels, samples.pictures, study.learned.pixels))
