"""The report's experiments, in TOML beside this file."""

from dataclasses import replace
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


def reproduced_experiments(*, full: bool = False, epochs: int | None = None) -> tuple[Experiment, ...]:
    """Return the experiments of a reproduction.

    Args:
        full: whether those beyond the thirteen are among them, which claims 3 and 5 need.
        epochs: of all of them; None for the report's.
    """
    beyond = high_rate_experiments() + selection_experiments() if full else ()
    experiments = paper_experiments() + beyond
    if epochs is None:
        return experiments
    return tuple(replace(experiment, epochs=epochs) for experiment in experiments)


def _read(name: str) -> tuple[Experiment, ...]:
    with resources.as_file(resources.files("plainweave.paper").joinpath(name)) as path:
        return read_experiments(path)
