"""One run in a folder of its own, made as many are."""

from collections.abc import Iterable
from pathlib import Path

from plainweave.checks import whole_number
from plainweave.data import Dataset, Loaded, Source, source_of
from plainweave.engine.team import as_threads
from plainweave.errors import RecordError
from plainweave.experiments import (
    DatasetIdentity,
    Experiment,
    RunFiles,
    RunRecord,
    resumed_epoch,
    trainable,
)
from plainweave.experiments.run_files import CHECKPOINT_FILE, RECORD_FILE, RUN_FILES
from plainweave.jobs.finished import is_this_run, leave_what_goes_on
from plainweave.jobs.job import Job
from plainweave.jobs.progress import Progress
from plainweave.jobs.stacks import observers_for_runs
from plainweave.jobs.supervise import train_all
from plainweave.jobs.tracking import Tracking
from plainweave.storage.files import (
    cannot_write,
    check_place,
    clear_partials,
    is_working_file,
    locked_folder,
)
from plainweave.training import Observer


def train_run(
    experiment: Experiment,
    data: Dataset | Source | str | Path,
    out: str | Path,
    *,
    seed: int = 0,
    observers: Iterable[Observer] = (),
    threads: int | None = None,
) -> tuple[RunRecord, bool]:
    """Train one experiment from one seed, in a folder of its own.

    Where the folder holds the same run of fewer epochs, with its last state, that one goes on.

    Args:
        experiment: the settings.
        data: what to train and test on, as `run_experiments` has it.
        out: the run's folder; once it holds a run, it may hold other files too.
        seed: of split, initial weights and order.
        observers: called at the end of every epoch, see `fit`.
        threads: to train on, see `fit`.

    Returns:
        The record, and whether the folder held this very run, finished.

    Raises:
        ConfigurationError: the settings do not fit the data.
        DataError: the data can't be had.
        RecordError: the folder can't be written, is in use by another process, or holds something else; or
            the training failed.
        KeyboardInterrupt: asked to stop; the state of the last epoch is kept.
    """
    threads = as_threads(threads)
    listed = observers_for_runs(observers)
    seed, source, files = whole_number("seed", seed, at_least=0), Loaded(source_of(data)), RunFiles(Path(out))
    _check_is_free(files.folder)  # before a lock is put into somebody's folder
    job = Job(trainable(experiment, source.load()), seed)
    with (
        locked_folder(files.folder),
        Progress(experiment.epochs, runs=1) as progress,
        Tracking(listed, source.fingerprint) as tracking,
    ):
        clear_partials(files.folder, RUN_FILES)
        check_place(files.folder, RUN_FILES)
        anew = not files.is_recorded()
        of_data = DatasetIdentity.of(source.load())
        if is_this_run(files, job, of_data, progress.say):
            tracking.kept(job, files)
            return files.record, True
        leave_what_goes_on(files, job, of_data, progress.say)
        if epoch := resumed_epoch(files.checkpoint, job.experiment, source.fingerprint, job.seed):
            progress.say(f"{files.checkpoint} is there: training goes on after epoch {epoch}.")
        failures = train_all(
            [job],
            source,
            lambda _: files,
            progress,
            anew=anew,
            observers=listed,
            threads=threads,
            tracking=tracking,
        )
        for reason in failures.values():
            raise RecordError(reason)
        return files.record, False


def _check_is_free(out: Path) -> None:
    """Check that a folder is not there, is empty, or holds a run, finished or not, whatever else it holds.

    Raises:
        RecordError: it holds something else, or is no folder.
    """
    try:
        if out.exists() and not out.is_dir():
            raise RecordError(f"{out} is a file. Choose another place.")
        names = {path.name for path in out.iterdir()} if out.exists() else set()
    except OSError as error:
        raise cannot_write(out, error) from error
    begun = names & set(RUN_FILES) == {CHECKPOINT_FILE}
    if RECORD_FILE not in names and not begun and not all(map(is_working_file, names)):
        raise RecordError(f"{out} is not empty and holds no whole run. Choose another place, or remove it.")
