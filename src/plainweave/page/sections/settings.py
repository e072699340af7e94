"""The section on settings, versions, and how to make it all again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plainweave.page.study import Study
from plainweave.page.table import Column, Table, table

# Settings that the table of results does not show already.
_COMMON = (
    "momentum",
    "dampening",
    "nesterov",
    "decay_biases",
    "loss_mean",
    "batch_size",
    "patience",
    "validation_fraction",
    "standardize",
    "initializer",
    "dtype",
)


@dataclass(frozen=True)
class Settings:
    """What the templates fill in: a table, and the command that made it all, if it was one."""

    settings: Table
    command: str | None


def settings(study: Study) -> Settings:
    """Tell the settings that all networks share, versions and machine, with all values they take."""
    experiments = _values(
        {name.replace("_", " "): getattr(record.experiment, name) for name in _COMMON}
        for record in study.records
    )
    environments = _values(record.environment for record in study.records)
    rows = [
        *([name, ", ".join(values)] for name, values in experiments.items()),
        *([name, "; ".join(values)] for name, values in environments.items()),
        ["data, SHA-256", study.dataset.fingerprint],
    ]
    return Settings(table([Column(""), Column("")], rows, kind="settings"), study.command)


def _values(of_runs: Iterable[Mapping[str, object]]) -> dict[str, list[str]]:
    """Return all values that each name takes: runs may have been added by another version."""
    values: dict[str, dict[str, None]] = {}
    for of_run in of_runs:
        for name, value in of_run.items():
            values.setdefault(name, {})[str(value)] = None
    return {name: list(distinct) for name, distinct in values.items()}
