"""Many runs, on a pool of processes, each finished one written whole."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from plainweave.data import Dataset
from plainweave.experiments.plan import Job, check_others, is_finished, stacks_of
from plainweave.experiments.pool import train_all
from plainweave.experiments.progress import Progress
from plainweave.experiments.records import DatasetIdentity, RunRecord, read_run, run_folder
from plainweave.experiments.spec import Experiment
from plainweave.files import locked_folder


def run_experiments(
    experiments: Sequence[Experiment],
    dataset: Dataset,
    source: tuple[str, Path | None],
    out: Path,
    *,
    seeds: int = 1,
    jobs: int = 1,
    only: Iterable[str] | None = None,
) -> list[RunRecord]:
    """Train every experiment from every seed; runs that `out` holds finished and unchanged are kept.

    Args:
        experiments: of one file, in its order.
        dataset: what to train and test on.
        source: the name or folder, and the data folder, from which a process loads the same data set.
        out: the output folder; runs go below `runs`.
        seeds: how many, from 0.
        jobs: processes, each with one thread.
        only: ids to train; None for all.

    Returns:
        The records asked for, in the order of experiments and seeds.

    Raises:
        ConfigurationError: the settings do not fit the data.
        RecordError: `out` can't be written, is in use by another process, or holds runs on other data, other
            seeds of an experiment with other settings, or what a stop left of another training.
        PlainweaveError: some runs failed; the others are finished and kept.
        KeyboardInterrupt: asked to stop; what is finished is kept, and of the rest the last epoch's state.
    """
    with locked_folder(out):
        return _run_experiments(experiments, dataset, source, out, seeds, jobs, only)


def _run_experiments(
    experiments: Sequence[Experiment],
    dataset: Dataset,
    source: tuple[str, Path | None],
    out: Path,
    seeds: int,
    jobs: int,
    only: Iterable[str] | None,
) -> list[RunRecord]:
    identity = DatasetIdentity.of(dataset)
    wanted = [
        Job(experiment, seed, position, run_folder(out, experiment.id, seed))
        for position, experiment in enumerate(experiments)
        if only is None or experiment.id in only
        for seed in range(seeds)
    ]
    check_others(out, wanted, identity)
    missing = []
    for job in wanted:
        if is_finished(job, identity):
            job.checkpoint.unlink(missing_ok=True)  # what a kill just before its removal left
        else:
            missing.append(job)
    stacks = stacks_of(missing, identity, jobs)
    stacks.sort(key=lambda stack: -stack.cost(dataset.features, len(dataset.class_names)))
    with Progress(total=sum(job.experiment.epochs for job in missing), runs=len(missing)) as progress:
        if len(missing) < len(wanted):
            progress.say(f"{len(wanted) - len(missing)} of {len(wanted)} runs are finished: kept.")
        if missing:
            train_all(stacks, source, identity, min(jobs, len(stacks)), progress)
    return [read_run(job.folder) for job in wanted]
