"""The section on tuning: what it gained on fresh seeds, and how the search came there."""

from dataclasses import dataclass

from markupsafe import Markup

from plainweave.display import counted
from plainweave.evidence import Measure, Trial, Tuning, of_validation
from plainweave.page.searches import history, slices
from plainweave.page.study import Study
from plainweave.page.table import Column, Table, table
from plainweave.page.words import number, significant

_MOST_SHOWN = 10  # trials, in the table
_MOST_SETTINGS = 12  # in the pictures and the table


@dataclass(frozen=True)
class WhatTuningGained:
    """What the templates fill in.

    Attributes:
        result: whether tuning helped, by how much, and how sure that is.
        how: which search it was, in a sentence.
        history, slices: pictures of it.
        settings: the best ones and the starting ones, with what each mattered.
        trials: the best of them.
    """

    result: str
    how: str
    history: Markup
    slices: Markup
    settings: Table
    trials: Table


def tuning(study: Study) -> WhatTuningGained | None:
    """Tell of a search; None where there was none."""
    found = study.tuning
    if found is None:
        return None
    label = f"validation {found.score}"
    complete = _ranked(found)
    pictures = (Markup(), Markup())
    if complete:
        best = number(_measure(study, found), complete[0].score)
        text = f"{label} of {counted(len(found.trials), 'trial')}; the best has {best}."
        higher = of_validation(found.score).higher_is_better
        pictures = (
            history(found.trials, label, text, higher_is_better=higher),
            slices(found.trials, found.searched[:_MOST_SETTINGS], label, text),
        )
    return WhatTuningGained(
        found.result, _how(found), *pictures, _settings(study, found), _trials(study, found, complete)
    )


def _how(found: Tuning) -> str:
    states = [trial.state for trial in found.trials]
    parts = [f"{states.count('complete')} trained to their end", f"{states.count('pruned')} pruned"]
    if failed := states.count("failed"):
        parts.append(f"{failed} failed")
    return (
        f"The search ({found.sampler}, pruner {found.pruner}) made {counted(len(states), 'trial')}: "
        f"{', '.join(parts)}. All were trained from seed {found.seed} and judged by validation "
        f"{found.score}; no test example was looked at, and no seed of the comparison was used."
    )


def _ranked(found: Tuning) -> list[Trial]:
    complete = [trial for trial in found.trials if trial.state == "complete" and trial.score is not None]
    higher = of_validation(found.score).higher_is_better
    return sorted(complete, key=lambda trial: (trial.score or 0.0) * (-1 if higher else 1))


def _settings(study: Study, found: Tuning) -> Table:
    by_id = {record.experiment.id: record.experiment.settings for record in study.records}
    start, best = by_id.get(found.start, {}), by_id.get(found.best, {})
    rows = [
        (
            setting.name,
            _value(start.get(setting.name)),
            _value(best.get(setting.name)),
            "–" if setting.importance is None else f"{100 * setting.importance:.0f}",
        )
        for setting in sorted(found.searched, key=lambda setting: -(setting.importance or 0.0))
    ]
    return table(
        [
            Column("Setting"),
            Column(f"Start ({found.start})", number=True),
            Column(f"Best ({found.best})", number=True),
            Column("Explains of the scores' variance (%)", number=True),
        ],
        rows,
        caption="The settings that were searched, before and after.",
    )


def _trials(study: Study, found: Tuning, complete: list[Trial]) -> Table:
    names = [setting.name for setting in found.searched[:_MOST_SETTINGS]]
    measure = _measure(study, found)
    rows = [
        (
            str(trial.number),
            number(measure, trial.score),
            *(_value(trial.settings.get(name)) for name in names),
            str(trial.epochs),
            f"{trial.seconds:.1f}",
        )
        for trial in complete[:_MOST_SHOWN]
    ]
    columns = ["Validation " + found.score, *names, "Epochs", "Seconds"]
    return table(
        [Column("Trial"), *(Column(name, number=True) for name in columns)],
        rows,
        caption=f"The best trials; trials.csv has all {len(found.trials)}.",
    )


def _measure(study: Study, found: Tuning) -> Measure:
    """Return what trials were judged by, in the unit of the loss that they began with."""
    starts = [record.experiment for record in study.records if record.experiment.id == found.start]
    return of_validation(found.score).among(starts)


def _value(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return significant(value, 3)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
