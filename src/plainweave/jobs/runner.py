"""A folder of runs: what is finished is kept, what is missing is made."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from plainweave.checks import choice, instance, whole_number
from plainweave.data import Dataset
from plainweave.experiments.records import (
    RUN_FILES,
    DatasetIdentity,
    RunRecord,
    check_run_place,
    read_run,
    run_folder,
)
from plainweave.experiments.spec import Experiment, check_ids
from plainweave.jobs.plan import Job, check_others, is_finished, stacks_of
from plainweave.jobs.pool import train_all
from plainweave.jobs.processes import NoProcessesError, check_processes
from plainweave.jobs.progress import Progress
from plainweave.jobs.source import COPY, Source
from plainweave.storage.files import clear_partials, locked_folder
from plainweave.storage.own_files import LIST_FILE, check_own
from plainweave.training import remove_damaged_checkpoint


def run_experiments(
    experiments: Iterable[Experiment],
    dataset: Dataset,
    source: Source | None,
    out: str | Path,
    *,
    seeds: int = 1,
    jobs: int = 1,
    only: Iterable[str] | None = None,
) -> list[RunRecord]:
    """Train every experiment from every seed; runs that `out` holds finished and unchanged are kept.

    Args:
        experiments: of one file, in its order.
        dataset: what to train and test on.
        source: the name or folder, and the data folder, from which other processes load the same data set;
            None keeps a copy in `out` meanwhile.
        out: the output folder; runs go below `runs`.
        seeds: how many, from 0.
        jobs: processes, each with one thread; 1 trains in this process. A script that asks for more must
            keep this call under `if __name__ == "__main__":`. Where there can be no processes, it is done
            in this one.
        only: ids to train; None for all.

    Returns:
        The records asked for, in the order of experiments and seeds.

    Raises:
        ConfigurationError: the settings do not fit the data, or two ids are alike.
        DataError: `source` gives other data than `dataset`.
        RecordError: `out` can't be written, is in use by another process, or holds runs on other data, other
            seeds of an experiment with other settings, or what a stop left of another training.
        PlainweaveError: some runs failed; the others are finished and kept.
        KeyboardInterrupt: asked to stop; what is finished is kept, and of the rest the last epoch's state.
    """
    out, jobs = Path(out), whole_number("jobs", jobs, at_least=1)
    wanted = _wanted(list(experiments), dataset, out, whole_number("seeds", seeds, at_least=1), only)
    if jobs > 1:
        with suppress(NoProcessesError):  # told once there is something to train
            check_processes()
    with locked_folder(out):
        _train_missing(wanted, dataset, source, out, jobs)
        return [read_run(job.folder) for job in wanted]


def _wanted(
    experiments: Sequence[Experiment], dataset: Dataset, out: Path, seeds: int, only: Iterable[str] | None
) -> list[Job]:
    instance("dataset", dataset, Dataset, 'pw.load_dataset("digits")')
    for experiment in experiments:
        instance("an experiment", experiment, Experiment, 'pw.Experiment(id="a", hidden=(50,))')
    check_ids(experiments)
    ids = [experiment.id for experiment in experiments]
    chosen = ids if only is None else [only] if isinstance(only, str) else list(only)
    for each in chosen:
        choice("only", each, ids)
    return [
        Job(experiment, seed, position, run_folder(out, experiment.id, seed))
        for position, experiment in enumerate(experiments)
        if experiment.id in chosen
        for seed in range(seeds)
    ]


def _train_missing(
    wanted: Sequence[Job], dataset: Dataset, source: Source | None, out: Path, jobs: int
) -> None:
    identity = DatasetIdentity.of(dataset)
    lines: list[str] = []
    _tidy(out)
    check_others(out, wanted, identity)
    missing = []
    for job in wanted:
        if is_finished(job, identity, lines.append):
            job.checkpoint.unlink(missing_ok=True)  # what a kill just before its removal left
        else:
            missing.append(job)
    for job in missing:
        check_run_place(job.folder)
        if line := remove_damaged_checkpoint(job.checkpoint):
            lines.append(line)
    stacks = stacks_of(missing, identity, jobs)
    stacks.sort(key=lambda stack: -stack.cost(dataset.features, len(dataset.class_names)))
    with Progress(total=sum(job.experiment.epochs for job in missing), runs=len(missing)) as progress:
        if len(missing) < len(wanted):
            progress.say(f"{len(wanted) - len(missing)} of {len(wanted)} runs are finished: kept.")
        for line in lines:
            progress.say(line)
        if missing:
            train_all(stacks, dataset, source, out, min(jobs, len(stacks)), progress)


def _tidy(out: Path) -> None:
    """Begin the list of what is plainweave's own here, and remove what kills left of files half written."""
    check_own(out)
    clear_partials(out, [LIST_FILE, COPY])
    for folder in out.glob("runs/*/seed-*"):
        clear_partials(folder, RUN_FILES)
