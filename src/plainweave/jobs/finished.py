"""Which runs are finished and kept, and which that lie there could not stand beside them."""

from collections.abc import Callable, Sequence

from plainweave.errors import RecordError
from plainweave.experiments import DatasetIdentity, RunFiles, Store, resumed_epoch
from plainweave.experiments.run_files import DamagedRunError
from plainweave.jobs.job import Job
from plainweave.optimizers import Schedule
from plainweave.training import remove_damaged_checkpoint

Say = Callable[[str], object]


def is_finished(files: RunFiles, job: Job, dataset: DatasetIdentity, say: Say) -> bool:
    """Whether a run is there undamaged, made with these settings on this data; tell if it is damaged.

    Raises:
        RecordError: it was made on other data, is another experiment's, or can't be read.
    """
    if not files.is_recorded():
        return False
    described = files.described
    _check_data(files, dataset)
    if described.experiment.id != job.experiment.id:  # on a disk that takes tanh and Tanh for one name
        raise RecordError(
            f"{files.folder} holds the run of {described.experiment.id!r}; expected that of "
            f"{job.experiment.id!r}. Give the experiment another id, or choose another folder."
        )
    is_this = described.seed == job.seed and described.experiment == job.experiment
    return is_this and _is_whole(files, say)


def is_this_run(files: RunFiles, job: Job, dataset: DatasetIdentity, say: Say) -> bool:
    """Whether a folder of one run alone holds this one undamaged; tell if it is damaged, or can go on.

    Raises:
        RecordError: it holds another run, or one that can't be read.
    """
    if not files.is_recorded():
        return False
    described = files.described
    wanted = {"seed": job.seed, "data": dataset.fingerprint, **job.experiment.settings}
    given = {"seed": described.seed, "data": described.dataset.fingerprint, **described.experiment.settings}
    before = described.experiment.epochs
    goes_on = job.experiment.epochs > before and _can_go_on(files, job, dataset)
    for name, value in wanted.items():
        if given[name] != value and not (name == "epochs" and goes_on):
            why = _why_not_longer(job, before) if name == "epochs" else ""
            raise RecordError(
                f"{files.folder} holds a run with {name} {given[name]}, not {value}. "
                f"{why}Choose another place, or remove it."
            )
    if goes_on:
        say(f"{files.folder} holds this run of {before} epochs: it goes on to {job.experiment.epochs}.")
        return False
    return _is_whole(files, say)


def _why_not_longer(job: Job, before: int) -> str:
    """Return a sentence about a run that is asked for more epochs and can't go on; "" if it is not asked."""
    if job.experiment.epochs < before:
        return ""
    if Schedule.named(job.experiment.schedule).spans_training:
        return "It can't go on, for its schedule spans the training. "
    return "It can't go on, for it has no run.checkpoint of these settings and versions. "


def leave_what_goes_on(files: RunFiles, job: Job, dataset: DatasetIdentity, say: Say) -> None:
    """Leave a run that is to be trained only a checkpoint that it goes on from, or that a stop has left.

    A damaged one is removed, and the last state of a finished run that is of other settings or versions.

    Raises:
        RecordError: what lies there is no checkpoint, or can't be removed.
    """
    if line := remove_damaged_checkpoint(files.checkpoint):
        say(line)
    elif files.holds_last_state() and not _can_go_on(files, job, dataset):
        files.checkpoint.unlink()


def _can_go_on(files: RunFiles, job: Job, dataset: DatasetIdentity) -> bool:
    """Whether there is a checkpoint of this very training, of no later epoch than its last."""
    try:
        return resumed_epoch(files.checkpoint, job.experiment, dataset.fingerprint, job.seed) > 0
    except RecordError:
        return False


def check_others(store: Store, wanted: Sequence[Job], dataset: DatasetIdentity) -> None:
    """Refuse, before anything is trained, what could not stand on one page with the runs wanted.

    Raises:
        RecordError: a run that is not wanted is on other data, has other settings than its seeds that are, or
            can't be read.
    """
    asked = {job.experiment.id: job.experiment for job in wanted}
    folders = {store.run_folder(job.experiment.id, job.seed) for job in wanted}
    for folder in store.run_folders():
        if folder in folders:
            continue
        files = store.files(folder)
        record = files.record
        _check_data(files, dataset)
        experiment = asked.get(record.experiment.id, record.experiment)
        if difference := record.experiment.difference(experiment):
            name, given, expected = difference
            raise RecordError(
                f"{folder} was trained with {name} {given}; expected {expected}, as its other seeds. "
                f"Choose another folder, or train its seed {record.seed} again too."
            )


def _is_whole(files: RunFiles, say: Say) -> bool:
    try:
        _ = files.record
        files.check_weights()
    except DamagedRunError as error:
        say(str(error))
        return False
    return True


def _check_data(files: RunFiles, dataset: DatasetIdentity) -> None:
    made_on = files.described.dataset
    if made_on != dataset:
        raise RecordError(
            f"{files.folder} was trained on {made_on.name} ({made_on.fingerprint[:12]}); "
            f"expected {dataset.name} ({dataset.fingerprint[:12]}). Choose another folder."
        )
