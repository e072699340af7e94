"""Jobs given to an executor: progress is shown, what is finished is kept, what is lost is tried again."""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from plainweave.data import Loaded
from plainweave.errors import RecordError
from plainweave.experiments import RunFiles, RunRecord, describe_result
from plainweave.jobs.executor import Executor, KeepsStates, NoProcessesError
from plainweave.jobs.here import Here
from plainweave.jobs.job import Begun, EpochEnded, Event, Failed, Finished, Job, Lost
from plainweave.jobs.processes import Processes
from plainweave.jobs.progress import Progress
from plainweave.jobs.tracking import Tracking
from plainweave.training import Observer
from plainweave.training.tracker import Tracker

# Writes what a job has become: its record, and its best weights as their file has them.
Keep = Callable[[Job, RunRecord, bytes], object]
_TRIES_AGAIN = 2  # for a run whose process was killed


def train_all(
    jobs: Sequence[Job],
    source: Loaded,
    files_of: Callable[[Job], RunFiles],
    progress: Progress,
    *,
    processes: int = 1,
    executor: Executor | None = None,
    anew: bool = False,
    observers: Sequence[Observer] = (),
    threads: int | None = None,
    tracking: Tracking | None = None,
) -> dict[Job, str]:
    """Have jobs done and write their runs.

    Args:
        jobs: to be done.
        source: of the data set that all are done on.
        files_of: where a run's files are to lie.
        progress: is told what becomes of each job.
        processes: to do them on, at most; 1 does them in this process.
        executor: does them instead.
        anew: whether no run may be there yet.
        observers: of each run, in copies of its own; trackers among them are left to `tracking`.
        threads: of each training, see `fit`.
        tracking: writes the runs into trackers.

    Returns:
        Why some could not be done.

    Raises:
        PlainweaveError: the settings of a job do not fit the data, or the data can't be had.
    """

    def checkpoint(job: Job) -> Path:
        return files_of(job).checkpoint

    def keep(job: Job, record: RunRecord, model: bytes) -> None:
        files_of(job).write(record, model, anew=anew)

    supervisor = _Supervisor(source, keep, progress, tracking or Tracking((), source.fingerprint))
    observers = [observer for observer in observers if not isinstance(observer, Tracker)]
    here, processes = Here(checkpoint, observers, threads), min(processes, len(jobs))
    if isinstance(executor, KeepsStates):
        executor = executor.keeping(checkpoint)
    if executor is None:
        executor = Processes(processes, checkpoint, observers, threads) if processes > 1 else here
    if jobs:
        supervisor.see_through(jobs, executor, instead=here)
    return supervisor.failures


class _Supervisor:
    """Sees jobs through. If one fails, the rest go on.

    Args:
        source: of the data set that all are done on.
        keep: is given what is finished.
        progress: is told what becomes of each job.
        tracking: likewise.

    Attributes:
        failures: why a job could not be done.
    """

    def __init__(self, source: Loaded, keep: Keep, progress: Progress, tracking: Tracking) -> None:
        self._source, self._keep, self._progress, self._tracking = source, keep, progress, tracking
        self._outputs = source.load().outputs
        self._together: dict[Job, tuple[Job, ...]] = {}
        self.failures: dict[Job, str] = {}

    def see_through(self, jobs: Sequence[Job], executor: Executor, instead: Executor) -> None:
        """Have jobs done; those whose process is killed are tried again one by one, each twice.

        Args:
            jobs: to be done.
            executor: that does them.
            instead: does what is left, where the other can't work.

        Raises:
            PlainweaveError: the settings of a job do not fit the data, or the data can't be had.
        """
        left = dict.fromkeys(jobs)
        try:
            for job in self._lost(jobs, executor, left):
                for _ in range(_TRIES_AGAIN):
                    self._progress.say(
                        f"{job.name}: its process was killed, perhaps for want of memory; tried again."
                    )
                    if not self._lost([job], executor, left):
                        break
                else:
                    del left[job]
                    self._fail(
                        job, f"its process was killed {_TRIES_AGAIN + 1} times, perhaps for want of memory"
                    )
        except NoProcessesError as error:
            self._progress.say(f"{error}: all is trained in this process, one after another.")
            self._lost(list(left), instead, left)

    def _lost(self, jobs: Sequence[Job], executor: Executor, left: dict[Job, None]) -> list[Job]:
        """Have jobs done once, and return those that were lost; what is not lost is left no more."""
        with closing(executor.run(jobs, self._source)) as events:
            for event in events:
                self._handle(event)
                if isinstance(event, Finished | Failed):
                    left.pop(event.job, None)
        return [job for job in jobs if job in left]

    def _handle(self, event: Event) -> None:
        match event:
            case Begun(jobs):
                self._together |= dict.fromkeys(jobs, jobs)
                self._progress.epoch(_name(jobs), 0, _epochs(jobs), float("inf"))
            case EpochEnded(jobs, epoch, best_validation_loss):
                self._tracking.epochs(event)
                self._progress.epoch(_name(jobs), epoch * len(jobs), _epochs(jobs), best_validation_loss)
            case Finished(job, record, model):
                try:
                    self._keep(job, record, model)
                except RecordError as error:
                    self._fail(job, str(error))
                else:
                    self._tracking.finished(job, record, model)
                    self._end(job, describe_result(record, self._outputs))
            case Failed(job, why):
                self._fail(job, why)
            case Lost(job):
                self._progress.lost(_name(self._together.pop(job, (job,))))

    def _fail(self, job: Job, why: str) -> None:
        self.failures[job] = why
        self._tracking.failed(job)
        self._end(job, why)

    def _end(self, job: Job, result: str) -> None:
        """Show what came of a job; those that were trained together with it end too, each with its own."""
        jobs = self._together.pop(job, (job,))
        is_first = all(other in self._together for other in jobs if other != job)
        self._progress.finished(_name(jobs), {job.name: result}, _epochs(jobs) if is_first else 0)


def _name(jobs: Sequence[Job]) -> str:
    """Return what progress calls a training."""
    return jobs[0].name + (f" and {len(jobs) - 1} more" if len(jobs) > 1 else "")


def _epochs(jobs: Sequence[Job]) -> int:
    return sum(job.experiment.epochs for job in jobs)
