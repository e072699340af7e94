"""Files of experiments, in TOML: the user's own, which may come from a stranger, and the project's."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from plainweave.checks import did_you_mean
from plainweave.errors import ConfigurationError, shown
from plainweave.experiments.spec import Experiment, check_ids
from plainweave.files import read_bounded

_LARGEST = 2**18  # bytes
_LONGEST_LINE = 2000  # characters; on long dotted keys tomllib takes long


def read_experiments(path: str | Path) -> tuple[Experiment, ...]:
    """Read experiments from a TOML file: a table `defaults`, and an `[[experiment]]` for each.

    Raises:
        ConfigurationError: the file can't be read, is too large, is no TOML, or holds an unknown key, a
            value that is not allowed, no experiment, or two with one id.
    """
    try:
        text = read_bounded(Path(path), _LARGEST).decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is not there. Give a TOML file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}. Give a TOML file.") from error
    return _parse(text, str(path))


def paper_experiments() -> tuple[Experiment, ...]:
    """Return the thirteen experiments of the report, in its order."""
    return _own_file("paper.toml")


def high_rate_experiments() -> tuple[Experiment, ...]:
    """Return ReLU and leaky ReLU at the learning rate that the report calls very high."""
    return _own_file("high-rates.toml")


def selection_experiments() -> tuple[Experiment, ...]:
    """Return the grid from which the report's learning rate, batch size and lambda could be chosen."""
    return _own_file("selection.toml")


def _own_file(name: str) -> tuple[Experiment, ...]:
    return _parse(resources.files("plainweave.experiments").joinpath(name).read_text("utf-8"), name)


def _parse(text: str, source: str) -> tuple[Experiment, ...]:
    longest = max(map(len, text.split("\n")))
    if longest > _LONGEST_LINE:
        raise ConfigurationError(
            f"{source} has a line of {longest} characters; expected at most {_LONGEST_LINE}. Break it."
        )
    try:
        content = tomllib.loads(text)
    except ValueError as error:  # a TOMLDecodeError, or a date or time that is none
        raise ConfigurationError(f"{source} is no TOML: {error}.") from error
    except RecursionError:
        raise ConfigurationError(f"{source} is no TOML of experiments: it is nested too deeply.") from None
    tables = ("defaults", "experiment")
    for key in content:
        if key not in tables:
            raise ConfigurationError(
                f"{source}: {key} is no table; expected [defaults] and [[experiment]]."
                f"{did_you_mean(key, tables)}"
            )
    defaults, entries = content.get("defaults", {}), content.get("experiment", [])
    are_tables = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    if not isinstance(defaults, dict) or not are_tables or not entries:
        raise ConfigurationError(
            f"{source} holds no experiment; expected a table [defaults] and at least one [[experiment]]."
        )
    experiments = tuple(
        _entry(source, number, {**defaults, **entry}) for number, entry in enumerate(entries, start=1)
    )
    try:
        check_ids(experiments)
    except ConfigurationError as error:
        raise ConfigurationError(f"{source}: {error}") from error
    return experiments


def _entry(source: str, number: int, settings: Mapping[str, object]) -> Experiment:
    try:
        return Experiment.from_settings(settings)
    except ConfigurationError as error:
        name = shown(settings["id"]) if "id" in settings else f"number {number}"
        raise ConfigurationError(f"{source}, experiment {name}: {error}") from error
