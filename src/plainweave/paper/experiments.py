"""The report's experiments, in TOML beside this file."""

from importlib import resources

from plainweave.experiments import Experiment, read_experiments


def paper_experiments() -> tuple[Experiment, ...]:
    """Return the thirteen experiments of the report, in its order."""
    return _read("paper.toml")


def high_rate_experiments() -> tuple[Experiment, ...]:
    """Return ReLU and leaky ReLU at the learning rate that the report calls very high."""
    return _read("high-rates.toml")


def selection_experiments() -> tuple[Experiment, ...]:
    """Return the grid from which the report's learning rate, batch size and lambda could be chosen."""
    return _read("selection.toml")


def _read(name: str) -> tuple[Experiment, ...]:
    with resources.as_file(resources.files("plainweave.paper").joinpath(name)) as path:
        return read_experiments(path)
