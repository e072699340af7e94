"""Runs in trackers: the calling process writes what executors tell, so that these need share no disk."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

import numpy as np

from plainweave.errors import PlainweaveError
from plainweave.experiments import RunFiles, RunRecord
from plainweave.experiments.run_identity import digest, flat
from plainweave.jobs.job import EpochEnded, Job
from plainweave.training import WEIGHTS_FILE, Observer
from plainweave.training.tracker import Outcome, Tracked, Tracker, Writing


class Tracking:
    """The logs of all runs in all trackers. Left, it closes those of runs that are still at work.

    Args:
        observers: those that are trackers are told.
        fingerprint: of the data that all runs are made on.
    """

    def __init__(self, observers: Iterable[Observer], fingerprint: str) -> None:
        self._trackers = [observer for observer in observers if isinstance(observer, Tracker)]
        self._fingerprint = fingerprint
        self._writings: dict[Job, list[Writing]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for job in list(self._writings):
            with suppress(PlainweaveError):  # what has ended all tells more
                self._end(job, Outcome("stopped"))

    def epochs(self, event: EpochEnded) -> None:
        """Write new epochs; of members of a stack that patience may have ended, they come at the end."""
        if event.scores is None or not self._trackers:
            return
        for number, job in enumerate(event.jobs):
            if len(event.jobs) == 1 or job.experiment.patience is None:
                for writing in self._of(job):
                    writing.add(event.epoch, event.names, event.scores[..., number])

    def finished(self, job: Job, record: RunRecord, model: bytes) -> None:
        """Write what is left of a run, its results and its model."""
        table = np.asarray(record.history.table(), np.float64)
        for writing in self._of(job):
            writing.add(record.epochs, record.history.names(), table)
        self._end(job, Outcome("finished", _results(record), model))

    def failed(self, job: Job) -> None:
        """Tell that a run can't be made."""
        self._end(job, Outcome("failed"))

    def kept(self, job: Job, files: RunFiles) -> None:
        """Write a run that was finished earlier, as far as trackers do not have it."""
        if not self._trackers:
            return
        writings = self._of(job)
        if all(writing.log.is_ended and writing.log.held >= files.record.epochs for writing in writings):
            del self._writings[job]
        else:
            self.finished(job, files.record, (files.folder / WEIGHTS_FILE).read_bytes())

    def _of(self, job: Job) -> list[Writing]:
        if job not in self._writings:
            experiment = job.experiment
            tracked = Tracked(
                f"{experiment.id}/seed-{job.seed}",
                digest(experiment, self._fingerprint, job.seed),
                {**flat(experiment.settings), "seed": job.seed, "data": self._fingerprint},
            )
            self._writings[job] = [Writing(tracker.begin(tracked)) for tracker in self._trackers]
        return self._writings[job]

    def _end(self, job: Job, outcome: Outcome) -> None:
        for writing in self._writings.pop(job, []):
            writing.end(outcome)


def _results(record: RunRecord) -> Mapping[str, float]:
    """Return the numbers about all of a run."""
    parts = {"best_validation": record.best_validation, "test": record.test}
    return {
        "epochs": record.epochs,
        "best_epoch": record.best_epoch,
        "seconds": record.seconds,
        **{
            f"{part}_{name}": value
            for part, scores in parts.items()
            for name, value in (scores or {}).items()
        },
    }
