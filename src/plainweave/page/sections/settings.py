"""The section on settings, versions, and how to make it all again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plainweave.experiments import Experiment
from plainweave.page.study import Study
from plainweave.page.table import Column, Table, table
from plainweave.page.words import setting

# Settings that the table of results does not show already; those of a rule, where one has them.
_COMMON = (
    "loss",
    "optimizer",
    "schedule",
    "momentum",
    "dampening",
    "nesterov",
    "beta1",
    "beta2",
    "epsilon",
    "decay_biases",
    "loss_mean",
    "batch_size",
    "patience",
    "validation_fraction",
    "standardize",
    "initializer",
    "dtype",
)
# Those that are told only where they are set.
_WHERE_SET = (
    "dropout",
    "scale",
    "l1",
    "clip_norm",
    "rate_factors",
    "decay_factors",
    "min_delta",
    "patience_from",
    "choose_by",
    "stratify",
    "class_weight",
    "missing",
    "rare",
    "precision",
)
_OF_A_RULE = ("momentum", "dampening", "nesterov", "beta1", "beta2", "epsilon")


@dataclass(frozen=True)
class Settings:
    """What the templates fill in.

    Attributes:
        settings: of all runs.
        columns: what became of each column of a table; None where the inputs are no table.
        command: that made it all, if it was one.
    """

    settings: Table
    columns: Table | None
    command: str | None


def settings(study: Study) -> Settings:
    """Tell the settings that all networks share, versions and machine, with all values they take."""
    experiments = _values(_told([record.experiment for record in study.records]))
    environments = _values(record.environment for record in study.records)
    stops = _values({"stopped early": record.stopped} for record in study.records if record.stopped)
    rows = [
        *([name, ", ".join(values)] for name, values in experiments.items()),
        *([name, "; ".join(values)] for name, values in {**stops, **environments}.items()),
        ["data, SHA-256", study.dataset.fingerprint],
    ]
    return Settings(table([Column(""), Column("")], rows, kind="settings"), _columns(study), study.command)


def _columns(study: Study) -> Table | None:
    """Tell what became of each column in the best run, or else the first; other training parts differ."""
    runs = [record for record in study.records if record.prepared is not None]
    if not runs:
        return None
    best = (study.predictions.experiment, study.predictions.best) if study.predictions else None
    first = next((run for run in runs if (run.experiment.id, run.seed) == best), runs[0])
    return table(
        [Column("Column"), Column("It was"), Column("It became")],
        first.prepared or (),
        caption=f"Columns of {study.dataset.name}, as they were prepared for {first.experiment.id}, seed "
        f"{first.seed}, by what its training part tells.",
    )


def _told(experiments: Iterable[Experiment]) -> Iterable[Mapping[str, object]]:
    """Give the settings of each experiment that are to be told."""
    given = list(experiments)
    plain = Experiment(id="plain")
    is_set = [name for name in _WHERE_SET if any(_value(one, name) != _value(plain, name) for one in given)]
    for experiment in given:
        values = {name: _value(experiment, name) for name in (*_COMMON, *is_set)}
        yield {
            name.replace("_", " "): value
            for name, value in values.items()
            if value is not None or name not in _OF_A_RULE
        }


def _value(experiment: Experiment, name: str) -> object:
    """Return a setting; numbers by name, and those of several layers, as a command line has them."""
    value: object = getattr(experiment, name)
    if isinstance(value, Mapping):
        return " ".join(f"{part}={setting(number)}" for part, number in value.items()) or "none"
    if isinstance(value, tuple):
        return " ".join(map(setting, value))
    return value


def _values(of_runs: Iterable[Mapping[str, object]]) -> dict[str, list[str]]:
    """Return all values that each name takes: runs may have been added by another version."""
    values: dict[str, dict[str, None]] = {}
    for of_run in of_runs:
        for name, value in of_run.items():
            values.setdefault(name, {})[setting(value)] = None
    return {name: list(distinct) for name, distinct in values.items()}
