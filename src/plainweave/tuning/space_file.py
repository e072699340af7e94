"""Files of spaces, in TOML: those of experiments, with ranges in the places of values."""

from dataclasses import dataclass
from pathlib import Path

from plainweave.engine.team import as_threads
from plainweave.errors import ConfigurationError
from plainweave.experiments.data_settings import DATA_SETTINGS, DataSettings
from plainweave.experiments.toml import read_toml
from plainweave.tuning.samplers import PRUNER, SAMPLER, check_names
from plainweave.tuning.space import Space, space_of

_OWN = ("threads", "sampler", "pruner")
_TABLE = "defaults"


@dataclass(frozen=True)
class SpaceFile:
    """What a file of a space says.

    Attributes:
        space: what is searched.
        data: settings of data.
        threads: of each training; None where it doesn't say.
        sampler, pruner: by their names.
    """

    space: Space
    data: DataSettings
    threads: int | None
    sampler: str
    pruner: str


def read_space(path: str | Path) -> SpaceFile:
    """Read a space: a table `defaults` of settings and ranges; before it data, threads, sampler and pruner.

    Raises:
        ConfigurationError: the file can't be read, is too large, is no TOML, or holds an unknown key or a
            value that is not allowed.
    """
    content = read_toml(
        path,
        (_TABLE, *DATA_SETTINGS, *_OWN),
        "[defaults] with settings and ranges, and before it settings of data, as data and target, threads, "
        "sampler and pruner.",
    )
    table = content.get(_TABLE)
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path} holds no space; expected a table [defaults] with a range at least.")
    try:
        data = {name: value for name, value in content.items() if name in DATA_SETTINGS}
        names = content.get("sampler", SAMPLER), content.get("pruner", PRUNER)
        sampler, pruner = check_names(*names)
        return SpaceFile(
            space_of(table),
            DataSettings.from_settings(data).beside(Path(path).parent),
            as_threads(content.get("threads")),
            sampler,
            pruner,
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error
