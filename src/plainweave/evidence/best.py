"""Which network is the best, by validation alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from plainweave.evidence.measures import LOSS, Measure, kind_of_score, of_validation, score_names
from plainweave.experiments import RunRecord, by_experiment


@dataclass(frozen=True)
class Best:
    """The best of some runs that can be compared.

    Attributes:
        record: the best run of the best experiment.
        by: on which measure; None where there is one experiment alone, without a validation part: then it is
            the first run.
    """

    record: RunRecord
    by: Measure | None


def best_runs(records: Sequence[RunRecord]) -> list[Best]:
    """Return the best tested run of each kind: of experiments whose scores can be compared.

    It is of the experiment with the lowest validation loss, mean over seeds, and of its runs the one with
    the lowest. Where they were trained by several losses, their most telling metric tells instead.
    Experiments with a run whose loss was never finite do not count, nor do those without a validation part,
    if there are others.
    """
    kinds: dict[tuple[str, str], list[list[RunRecord]]] = {}
    for group in by_experiment(records):
        experiment = group[0].experiment
        if experiment.test:
            kind = kind_of_score(score_names(experiment)[0], experiment.loss)
            kinds.setdefault(kind, []).append(group)
    found = (_best(score, groups) for (score, _), groups in kinds.items())
    return [best for best in found if best is not None]


def best_run(records: Sequence[RunRecord], *, of_classes: bool = True) -> Best | None:
    """Return the run to show, the first of `best_runs`: a classifier or another; None if there is none."""
    wanted = [
        record for record in records if bool(record.experiment.loss_function.classes_of(1)) is of_classes
    ]
    return next(iter(best_runs(wanted)), None)


def _best(score: str, groups: Sequence[Sequence[RunRecord]]) -> Best | None:
    """Return the best run of experiments that have the score in common."""
    if len(groups) == 1 and not groups[0][0].history.validation:
        return Best(groups[0][0], None)
    losses = {group[0].experiment.loss for group in groups}
    by = of_validation(LOSS if len(losses) == 1 else score)
    sign = -1 if by.higher_is_better else 1
    sound = [group for group in groups if all(record.best_epoch and by.is_of(record) for record in group)]
    if not sound:
        return None
    best = min(sound, key=lambda group: sign * fmean(map(by.of, group)))
    return Best(min(best, key=lambda record: sign * by.of(record)), by)
