"""Runs in a folder: what is finished is kept, what is missing is made."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from plainweave.checks import choice, instance, whole_number
from plainweave.data import Dataset, Loaded, Source, source_of
from plainweave.errors import PlainweaveError, RecordError
from plainweave.experiments import DatasetIdentity, Experiment, RunFiles, RunRecord, Store, identity
from plainweave.experiments.experiment import check_ids
from plainweave.experiments.run_files import RUN_FILES
from plainweave.jobs.executor import Executor, NoProcessesError
from plainweave.jobs.finished import check_others, is_finished, is_this_run
from plainweave.jobs.here import Here
from plainweave.jobs.job import Job
from plainweave.jobs.pool import check_processes
from plainweave.jobs.processes import Processes
from plainweave.jobs.progress import Progress
from plainweave.jobs.supervise import Supervisor
from plainweave.storage.files import check_place, clear_partials, locked_folder
from plainweave.storage.own_files import LIST_FILE, check_own
from plainweave.training import checkpoint_epoch, remove_damaged_checkpoint


def run_experiments(
    experiments: Iterable[Experiment],
    data: Dataset | Source | str | Path,
    out: str | Path | Store,
    *,
    seeds: int = 1,
    jobs: int = 1,
    only: Iterable[str] | None = None,
    executor: Executor | None = None,
) -> list[RunRecord]:
    """Train every experiment from every seed; runs that `out` holds finished and unchanged are kept.

    Args:
        experiments: of one file, in its order.
        data: what to train and test on: a data set, or a source that gives one: other processes load it
            again, where a data set is handed to them.
        out: the output folder, or its store; runs go below `runs`.
        seeds: how many, from 0.
        jobs: processes, each with one thread; 1 trains in this process. A script that asks for more must
            keep this call under `if __name__ == "__main__":`. Where there can be no processes, it is done
            in this one.
        only: ids to train; None for all.
        executor: where it is trained, instead of on so many processes.

    Returns:
        The records asked for, in the order of experiments and seeds.

    Raises:
        ConfigurationError: the settings do not fit the data, or two ids are alike.
        DataError: the data can't be had, or another process is given others.
        RecordError: `out` can't be written, is in use by another process, or holds runs on other data, other
            seeds of an experiment with other settings, or what a stop left of another training.
        PlainweaveError: some runs failed; the others are finished and kept.
        KeyboardInterrupt: asked to stop; what is finished is kept, and of the rest the last epoch's state.
    """
    jobs = whole_number("jobs", jobs, at_least=1)
    wanted = _wanted(list(experiments), whole_number("seeds", seeds, at_least=1), only)
    source = _loaded(data)
    store = out if isinstance(out, Store) else Store(out)
    if jobs > 1 and executor is None:
        with suppress(NoProcessesError):  # told once there is something to train
            check_processes()
    with locked_folder(store.folder):
        _train_missing(wanted, source, store, jobs, executor)
        return [store.run(job.experiment.id, job.seed).record for job in wanted]


def run_alone(
    experiment: Experiment, data: Dataset | Source | str | Path, out: str | Path, *, seed: int = 0
) -> tuple[RunRecord, bool]:
    """Train one experiment from one seed, in a folder of its own.

    Args:
        experiment: the settings.
        data: as `run_experiments` has it.
        out: the run's folder; it may hold other files too.
        seed: of split, initial weights and order.

    Returns:
        The record, and whether the folder held this very run, finished.

    Raises:
        ConfigurationError: the settings do not fit the data.
        RecordError: the folder can't be written, is in use by another process, or holds another run.
        PlainweaveError: the training failed.
    """
    source = _loaded(data)
    files, job = RunFiles(Path(out)), Job(experiment, whole_number("seed", seed, at_least=0))
    with locked_folder(files.folder), Progress(experiment.epochs, runs=1) as progress:
        clear_partials(files.folder, RUN_FILES)
        check_place(files.folder, RUN_FILES)
        anew = not files.is_recorded()
        if is_this_run(files, job, DatasetIdentity.of(source.load()), progress.say):
            files.checkpoint.unlink(missing_ok=True)  # what a late kill left
            return files.record, True
        if line := remove_damaged_checkpoint(files.checkpoint):
            progress.say(line)
        of_run = identity(experiment, source.fingerprint, job.seed)
        if epoch := checkpoint_epoch(files.checkpoint, of_run):
            progress.say(f"{files.checkpoint} is there: training goes on after epoch {epoch}.")
        for reason in _train([job], source, lambda _: files, progress, anew=anew).values():
            raise RecordError(reason)
        return files.record, False


def _loaded(data: Dataset | Source | str | Path) -> Loaded:
    return data if isinstance(data, Loaded) else Loaded(source_of(data))


def _wanted(experiments: Sequence[Experiment], seeds: int, only: Iterable[str] | None) -> list[Job]:
    for experiment in experiments:
        instance("an experiment", experiment, Experiment, 'pw.Experiment(id="a", hidden=(50,))')
    check_ids(experiments)
    ids = [experiment.id for experiment in experiments]
    chosen = ids if only is None else [only] if isinstance(only, str) else list(only)
    for name in chosen:
        choice("only", name, ids)
    return [
        Job(experiment, seed, position)
        for position, experiment in enumerate(experiments)
        if experiment.id in chosen
        for seed in range(seeds)
    ]


def _train_missing(
    wanted: Sequence[Job], source: Loaded, store: Store, jobs: int, executor: Executor | None
) -> None:
    lines: list[str] = []
    identity_of_data = DatasetIdentity.of(source.load())
    _tidy(store)
    check_others(store, wanted, identity_of_data)
    missing = []
    for job in wanted:
        files = _files(store, job)
        if is_finished(files, job, identity_of_data, lines.append):
            files.checkpoint.unlink(missing_ok=True)  # what a kill just before its removal left
        else:
            missing.append(job)
    for job in missing:
        _files(store, job).check_place()
        if line := remove_damaged_checkpoint(_files(store, job).checkpoint):
            lines.append(line)
    with Progress(total=sum(job.experiment.epochs for job in missing), runs=len(missing)) as progress:
        if len(missing) < len(wanted):
            progress.say(f"{len(wanted) - len(missing)} of {len(wanted)} runs are finished: kept.")
        for line in lines:
            progress.say(line)
        failures = _train(missing, source, partial(_files, store), progress, jobs=jobs, executor=executor)
    for job, reason in failures.items():
        raise PlainweaveError(
            f"{len(failures)} of {len(missing)} trainings failed, the first {job.name}: "
            f"{reason.rstrip('.')}. What is finished is kept: run the same command again."
        )


def _train(
    missing: Sequence[Job],
    source: Loaded,
    files_of: Callable[[Job], RunFiles],
    progress: Progress,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    anew: bool = False,
) -> dict[Job, str]:
    """Have jobs done and write their runs; return why some could not be done."""

    def checkpoint(job: Job) -> Path:
        return files_of(job).checkpoint

    def keep(job: Job, record: RunRecord, model: bytes) -> None:
        files_of(job).write(record, model, anew=anew)
        checkpoint(job).unlink(missing_ok=True)

    supervisor = Supervisor(source, keep, progress)
    here, processes = Here(checkpoint), min(jobs, len(missing))
    if executor is None:
        executor = Processes(processes, checkpoint) if processes > 1 else here
    if missing:
        supervisor.see_through(missing, executor, instead=here)
    return supervisor.failures


def _files(store: Store, job: Job) -> RunFiles:
    return store.run(job.experiment.id, job.seed)


def _tidy(store: Store) -> None:
    """Begin the list of what is plainweave's own here, and remove what kills left of files half written."""
    check_own(store.folder)
    clear_partials(store.folder, [LIST_FILE])
    store.clear_partials()
