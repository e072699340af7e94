"""A folder of runs: what is finished is kept, what is missing is made."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from plainweave.checks import choice, instance, whole_number
from plainweave.data import Dataset, Loaded, Source, source_of
from plainweave.doing import doing
from plainweave.engine.team import as_threads
from plainweave.errors import ConfigurationError, PlainweaveError, shown
from plainweave.experiments import DatasetIdentity, Experiment, RunFiles, RunRecord, Store, trainable
from plainweave.experiments.ids import check_ids
from plainweave.experiments.store import sharing
from plainweave.jobs.executor import Executor, NoProcessesError
from plainweave.jobs.finished import check_others, is_finished, leave_what_goes_on
from plainweave.jobs.job import Job
from plainweave.jobs.pool import check_processes
from plainweave.jobs.progress import Progress
from plainweave.jobs.stacks import observers_for_runs
from plainweave.jobs.supervise import train_all
from plainweave.jobs.tracking import Tracking
from plainweave.storage.files import clear_partials, locked_folder
from plainweave.storage.own_files import LIST_FILE, check_own
from plainweave.training import Observer

_COPY = "data"  # that 0.1 kept in the folder, for other processes


def run_experiments(
    experiments: Iterable[Experiment],
    data: Dataset | Source | str | Path,
    out: str | Path | Store,
    *,
    seeds: int = 1,
    jobs: int = 1,
    only: Iterable[str] | None = None,
    executor: Executor | None = None,
    observers: Iterable[Observer] = (),
    threads: int | None = None,
) -> list[RunRecord]:
    """Train every experiment from every seed; runs that `out` holds finished and unchanged are kept.

    Args:
        experiments: of one file, in its order.
        data: what to train and test on: a data set, or a source that gives one: other processes load it
            again, where a data set is handed to them.
        out: the output folder, or its store; runs go below `runs`.
        seeds: how many, from 0.
        jobs: processes; 1 trains in this process. A script that asks for more must
            keep this call under `if __name__ == "__main__":`. Where there can be no processes, it is done
            in this one.
        only: ids to train; None for all.
        executor: where it is trained, instead of on so many processes.
        observers: called at the end of every epoch of each run, see `fit`. Each run has copies of its own,
            in the process that trains it, and is trained by itself, not in a stack. A `Tracker` is none of
            these: this process tells it of every run, of finished ones too that it does not have.
        threads: of each training, see `fit`; None for as many as make it faster, of the cores that the
            processes share. An executor has its own.

    Returns:
        The records asked for, in the order of experiments and seeds.

    Raises:
        ConfigurationError: the settings do not fit the data, two ids are alike, observers can't be copied, or
            are given beside an executor.
        DataError: the data can't be had, or another process is given others.
        RecordError: `out` can't be written, is in use by another process, or holds runs on other data, other
            seeds of an experiment with other settings, or what a stop left of another training.
        PlainweaveError: some runs failed; the others are finished and kept.
        KeyboardInterrupt: asked to stop; what is finished is kept, and of the rest the last epoch's state.
    """
    listed, store = as_experiments(experiments), Store.of(out)
    asked = jobs_for(listed, seeds=seeds, only=only)
    train_experiments(
        listed,
        data,
        store,
        seeds=seeds,
        jobs=jobs,
        only={job.experiment.id for job in asked},
        executor=executor,
        observers=observers,
        threads=threads,
    )
    return list(sharing(store.run(job.experiment.id, job.seed).record for job in asked))


@doing("looking at the runs")
def train_experiments(
    experiments: Iterable[Experiment],
    data: Dataset | Source | str | Path,
    out: str | Path | Store,
    *,
    seeds: int = 1,
    jobs: int = 1,
    only: Iterable[str] | None = None,
    executor: Executor | None = None,
    observers: Iterable[Observer] = (),
    threads: int | None = None,
) -> None:
    """Do as `run_experiments`, but return nothing: the records of many thousands of runs would take memory.

    Raises:
        ConfigurationError, DataError, RecordError, PlainweaveError, KeyboardInterrupt: as `run_experiments`
            has them.
    """
    jobs = whole_number("jobs", jobs, at_least=1)
    wanted = jobs_for(as_experiments(experiments), seeds=seeds, only=only)
    listed, threads = observers_for_runs(observers, executor), as_threads(threads)
    source = Loaded(source_of(data))
    dataset = source.load()
    fitted = cache(partial(_fitted, dataset=dataset, of_several=len(wanted) > 1))
    wanted = [replace(job, experiment=fitted(job.experiment)) for job in wanted]
    store = Store.of(out)
    if jobs > 1 and executor is None:
        with suppress(NoProcessesError):  # told once there is something to train
            check_processes()
    with locked_folder(store.folder):
        _train_missing(wanted, source, store, jobs, executor, listed, threads)


def _fitted(experiment: Experiment, dataset: Dataset, *, of_several: bool) -> Experiment:
    """Return an experiment as the runs of a data set have it; tell which one can't be trained on it."""
    try:
        return trainable(experiment, dataset)
    except ConfigurationError as error:
        if not of_several:
            raise
        raise ConfigurationError(f"experiment {experiment.id!r}: {error}") from error


def as_experiments(given: Iterable[Experiment]) -> list[Experiment]:
    """Return experiments as a list.

    Raises:
        ConfigurationError: it is none, as one experiment alone.
    """
    if not isinstance(given, Iterable):
        raise ConfigurationError(f"experiments is {shown(given)}; expected a list, as in [experiment].")
    return list(given)


def jobs_for(
    experiments: Sequence[Experiment], *, seeds: int = 1, only: Iterable[str] | None = None
) -> list[Job]:
    """Return what `run_experiments` does for experiments, in their order.

    Raises:
        ConfigurationError: one is no `Experiment`, two ids are alike, an id of `only` is unknown, or `seeds`
            is no whole number of at least 1.
    """
    seeds = whole_number("seeds", seeds, at_least=1)
    for experiment in experiments:
        instance("an experiment", experiment, Experiment, 'pw.Experiment(id="a", hidden=(50,))')
    check_ids(experiment.id for experiment in experiments)
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
    wanted: Sequence[Job],
    source: Loaded,
    store: Store,
    jobs: int,
    executor: Executor | None,
    observers: Sequence[Observer],
    threads: int | None,
) -> None:
    lines: list[str] = []
    identity_of_data = DatasetIdentity.of(source.load())
    _tidy(store)
    check_others(store, wanted, identity_of_data)
    missing = [
        job for job in wanted if not is_finished(_files(store, job), job, identity_of_data, lines.append)
    ]
    for job in missing:
        files = _files(store, job)
        files.check_place()
        leave_what_goes_on(files, job, identity_of_data, lines.append)
    epochs = sum(job.experiment.epochs for job in missing)
    with (
        Progress(total=epochs, runs=len(missing)) as progress,
        Tracking(observers, source.fingerprint) as tracking,
    ):
        if len(missing) < len(wanted):
            progress.say(f"{len(wanted) - len(missing)} of {len(wanted)} runs are finished: kept.")
        for line in lines:
            progress.say(line)
        to_be_made = set(missing)
        for job in wanted:
            if job not in to_be_made:
                tracking.kept(job, _files(store, job))
        failures = train_all(
            missing,
            source,
            partial(_files, store),
            progress,
            processes=jobs,
            executor=executor,
            observers=observers,
            threads=threads,
            tracking=tracking,
        )
    for job, reason in failures.items():
        raise PlainweaveError(
            f"{len(failures)} of {len(missing)} trainings failed, the first {job.name}: "
            f"{reason.rstrip('.')}. What is finished is kept: run it again."
        )


def _files(store: Store, job: Job) -> RunFiles:
    return store.run(job.experiment.id, job.seed)


def _tidy(store: Store) -> None:
    """Begin the list of what is plainweave's own here, and remove what kills left of files half written."""
    check_own(store.folder)
    clear_partials(store.folder, [LIST_FILE, _COPY])
    store.clear_partials()
