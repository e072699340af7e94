"""Ids of experiments, which name folders."""

import re
from collections.abc import Iterable

from plainweave.errors import ConfigurationError, shown

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


def check_id(value: object) -> str:
    """Check that a value can name an experiment.

    Raises:
        ConfigurationError: it can't.
    """
    if not is_experiment_id(value):
        raise ConfigurationError(
            f"id is {shown(value)}; expected at most 200 letters, digits, '.', '_' and '-', as in '50x50'."
        )
    return str(value)


def is_experiment_id(value: object) -> bool:
    """Whether a value can name an experiment, and so a folder below the output folder."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def check_ids(names: Iterable[str]) -> None:
    """Check that every experiment has an id of its own, also where a disk takes "tanh" and "Tanh" for one.

    Raises:
        ConfigurationError: two have not.
    """
    ids: dict[str, str] = {}
    for name in names:
        folded = name.casefold().rstrip(".")  # Windows drops dots at the end
        if ids.get(folded) == name:
            raise ConfigurationError(f"two experiments have the id {name!r}; expected one.")
        if folded in ids:
            raise ConfigurationError(
                f"two experiments have the ids {ids[folded]!r} and {name!r}; expected ids that differ in "
                "more than case and dots at the end, for some disks take these for one folder."
            )
        ids[folded] = name
