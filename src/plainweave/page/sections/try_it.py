"""The section in which the best network classifies pictures, in the page itself."""

from dataclasses import dataclass

from plainweave.evidence import Samples
from plainweave.page.network import page_network
from plainweave.page.study import Study
from plainweave.storage.forms import Json


@dataclass(frozen=True)
class TryIt:
    """What the page's script is given: a network, test examples, and how the pixels of these are stored."""

    network: Json
    samples: Samples
    pixels: str


def try_it(study: Study) -> TryIt | None:
    """Hand the best network to the page; None if it takes no pictures, or is too large."""
    if study.learned is None or study.model is None:
        return None
    network = page_network(study.model)
    return None if network is None else TryIt(network, study.learned.samples, study.learned.pixels)
