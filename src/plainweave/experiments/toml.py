"""Files of experiments, in TOML, which may come from a stranger."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from plainweave.checks import did_you_mean
from plainweave.engine.team import as_threads
from plainweave.errors import ConfigurationError, shown
from plainweave.experiments.data_settings import DATA_SETTINGS, DataSettings
from plainweave.experiments.experiment import Experiment
from plainweave.experiments.ids import check_ids
from plainweave.storage.files import read_bounded

_TABLES = ("defaults", "experiment", "claim")
_LARGEST = 2**18  # bytes
_LONGEST_LINE = 2000  # characters; on long dotted keys tomllib takes long


def read_experiments(path: str | Path) -> tuple[Experiment, ...]:
    """Read experiments from a TOML file: a table `defaults`, and an `[[experiment]]` for each.

    What it says about data is for `read_data_settings`.

    Raises:
        ConfigurationError: the file can't be read, is too large, is no TOML, or holds an unknown key, a
            value that is not allowed, no experiment, or two with one id.
    """
    return _experiments(_content(path), str(path))


def read_claim_tables(path: str | Path) -> object:
    """Return what a file of experiments has under `claim`, as TOML has it; `evidence` makes claims of it.

    Raises:
        ConfigurationError: the file can't be read, is too large, or is no TOML of experiments.
    """
    return _content(path).get("claim", [])


def read_data_settings(path: str | Path) -> DataSettings:
    """Read what a file of experiments says about data, before its first table.

    Paths are meant from the file's folder.

    Raises:
        ConfigurationError: the file can't be read, is too large, is no TOML of experiments, or a value is
            not of the kind that it should be.
    """
    given = {name: value for name, value in _content(path).items() if name in DATA_SETTINGS}
    try:
        return DataSettings.from_settings(given).beside(Path(path).parent)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def read_threads(path: str | Path) -> int | None:
    """Read on how many threads each network of a file of experiments is trained; None where it doesn't say.

    They change no result, so they are no setting of an experiment.

    Raises:
        ConfigurationError: the file can't be read, is too large, is no TOML of experiments, or has a number
            that `fit` would not take.
    """
    given = _content(path).get("threads")
    try:
        return as_threads(given)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def read_toml(path: str | Path, known: Sequence[str], expected: str) -> dict[str, object]:
    """Parse a file that may come from a stranger, and check that it holds known keys alone.

    Args:
        path: of the file.
        known: its keys, at the top.
        expected: what an error says of these.

    Raises:
        ConfigurationError: the file can't be read, is too large, is no TOML, or holds another key.
    """
    try:
        text = read_bounded(Path(path), _LARGEST).decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is not there. Give a TOML file.") from None
    except (OSError, ValueError) as error:  # no UTF-8, or a NUL in the name
        raise ConfigurationError(f"{path} can't be read: {error}. Give a TOML file.") from error
    longest = max(map(len, text.split("\n")))
    if longest > _LONGEST_LINE:
        raise ConfigurationError(
            f"{path} has a line of {longest} characters; expected at most {_LONGEST_LINE}. Break it."
        )
    try:
        content = tomllib.loads(text)
    except ValueError as error:  # a TOMLDecodeError, or a date or time that is none
        raise ConfigurationError(f"{path} is no TOML: {error}.") from error
    except RecursionError:
        raise ConfigurationError(f"{path} is no TOML of experiments: it is nested too deeply.") from None
    for key in content:
        if key not in known:
            raise ConfigurationError(
                f"{path}: {key} is not known; expected {expected}{did_you_mean(key, known)}"
            )
    return content


def _content(path: str | Path) -> dict[str, object]:
    """Parse a file, and check that it holds known tables, settings of data and threads alone."""
    return read_toml(
        path,
        (*_TABLES, *DATA_SETTINGS, "threads"),
        "[defaults], [[experiment]] and [[claim]], and before them settings of data, as data and target, and "
        "threads.",
    )


def _experiments(content: Mapping[str, object], source: str) -> tuple[Experiment, ...]:
    defaults, entries = content.get("defaults", {}), content.get("experiment", [])
    tables = entries if isinstance(entries, list) else []
    if not isinstance(defaults, dict) or not tables or not all(isinstance(entry, dict) for entry in tables):
        raise ConfigurationError(
            f"{source} holds no experiment; expected a table [defaults] and at least one [[experiment]]."
        )
    experiments = tuple(
        _entry(source, number, {**defaults, **entry}) for number, entry in enumerate(tables, start=1)
    )
    try:
        check_ids(experiment.id for experiment in experiments)
    except ConfigurationError as error:
        raise ConfigurationError(f"{source}: {error}") from error
    return experiments


def _entry(source: str, number: int, settings: Mapping[str, object]) -> Experiment:
    try:
        return Experiment.from_settings(settings)
    except ConfigurationError as error:
        name = shown(settings["id"]) if "id" in settings else f"number {number}"
        raise ConfigurationError(f"{source}, experiment {name}: {error}") from error
