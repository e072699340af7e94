"""What the report shows of its networks: figures and test accuracies, in published.toml."""

import tomllib
from functools import cache
from importlib import resources
from types import MappingProxyType

from plainweave.data.catalog import FASHION_MNIST
from plainweave.page.study import References

_SOURCE = (
    "The report is Fully-connected Multi-layer Neural Networks for Fashion MNIST Classification (Chaudhary "
    "and Zeng, UC San Diego, 2021)."
)
_NOT_COMPARED = "Its data is Fashion-MNIST; these runs are on {}, and nothing here is compared with it."


@cache
def report_references(dataset: str = FASHION_MNIST) -> References:
    """Return what stands beside the runs of a reproduction, by the ids of `paper_experiments`.

    Args:
        dataset: the name of the data. On other data than the report's its accuracies are left out.
    """
    text = resources.files("plainweave.paper").joinpath("published.toml").read_text("utf-8")
    published = tomllib.loads(text)
    is_the_reports = dataset == FASHION_MNIST
    accuracies = {name: shown["accuracy"] for name, shown in published.items() if is_the_reports}
    figures = {name: shown["figure"] for name, shown in published.items()}
    return References(
        name="the report",
        accuracies=MappingProxyType(accuracies),
        figures=MappingProxyType(figures),
        note=_SOURCE if is_the_reports else f"{_SOURCE} {_NOT_COMPARED.format(dataset)}",
    )
