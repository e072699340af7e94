"""Many runs, on a pool of processes, each finished one written whole."""

import multiprocessing
import signal
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Empty

import threadpoolctl

from plainweave.data import Dataset, load_dataset
from plainweave.errors import PlainweaveError, RecordError
from plainweave.experiments.progress import Progress
from plainweave.experiments.records import (
    RECORD_FILE,
    DatasetIdentity,
    RunRecord,
    describe_result,
    is_whole,
    read_run,
    run_folder,
    write_run,
)
from plainweave.experiments.run import run_experiment
from plainweave.experiments.spec import Experiment
from plainweave.files import writable_folder
from plainweave.network import Network
from plainweave.training import History

_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Job:
    """A run that is to be made."""

    experiment: Experiment
    seed: int
    position: int
    folder: Path

    @property
    def name(self) -> str:
        """What progress calls it."""
        return f"{self.experiment.id} seed {self.seed}"

    def cost(self, features: int, classes: int) -> float:
        """Return the multiply-adds for one example over all epochs, to begin with the longest run."""
        sizes = (features, *self.experiment.hidden, classes)
        return self.experiment.epochs * sum(inputs * outputs for inputs, outputs in pairwise(sizes))


@dataclass(frozen=True)
class _EpochDone:
    job: Job
    epoch: int
    best_validation_loss: float


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
        RecordError: `out` can't be written, or holds runs on other data, or other seeds of an experiment
            with other settings.
        KeyboardInterrupt: asked to stop; the runs that had finished are kept.
    """
    writable_folder(out)
    identity = DatasetIdentity.of(dataset)
    wanted = [
        Job(experiment, seed, position, run_folder(out, experiment.id, seed))
        for position, experiment in enumerate(experiments)
        if only is None or experiment.id in only
        for seed in range(seeds)
    ]
    _check_others(out, wanted, identity)
    missing = [job for job in wanted if not _is_finished(job, identity)]
    missing.sort(key=lambda job: -job.cost(dataset.features, len(dataset.class_names)))
    with Progress(total=sum(job.experiment.epochs for job in missing), runs=len(missing)) as progress:
        if len(missing) < len(wanted):
            progress.say(f"{len(wanted) - len(missing)} of {len(wanted)} runs are finished: kept.")
        if missing:
            _train_all(missing, source, min(jobs, len(missing)), progress)
    return [read_run(job.folder) for job in wanted]


def _is_finished(job: Job, dataset: DatasetIdentity) -> bool:
    if not is_whole(job.folder):
        return False
    record = read_run(job.folder)
    _check_data(job.folder, record, dataset)
    return record.answers(job.experiment, dataset)


def _check_others(out: Path, wanted: Sequence[Job], dataset: DatasetIdentity) -> None:
    """Refuse, before anything is trained, what could not stand on one page with the runs wanted."""
    asked = {job.experiment.id: job.experiment for job in wanted}
    folders = {job.folder for job in wanted}
    for folder in sorted(path.parent for path in out.glob(f"runs/*/seed-*/{RECORD_FILE}")):
        if folder in folders:
            continue
        record = read_run(folder)
        _check_data(folder, record, dataset)
        experiment = asked.get(record.experiment.id, record.experiment)
        if difference := record.experiment.difference(experiment):
            name, given, expected = difference
            raise RecordError(
                f"{folder} was trained with {name} {given}; expected {expected}, as its other seeds. "
                f"Choose another --out, or train it again too with --seeds {record.seed + 1}."
            )


def _check_data(folder: Path, record: RunRecord, dataset: DatasetIdentity) -> None:
    if record.dataset != dataset:
        raise RecordError(
            f"{folder} was trained on {record.dataset.name} ({record.dataset.fingerprint[:12]}); "
            f"expected {dataset.name} ({dataset.fingerprint[:12]}). Choose another --out."
        )


def _train_all(
    missing: Sequence[Job], source: tuple[str, Path | None], jobs: int, progress: Progress
) -> None:
    context = multiprocessing.get_context("spawn")
    messages: Queue[_EpochDone] = context.Queue()
    stop = context.Event()
    with ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_start_worker, initargs=(source, messages, stop)
    ) as executor:
        try:
            _collect(executor, missing, messages, progress)
        except BrokenProcessPool as error:
            raise PlainweaveError(
                "a training process was ended from outside, perhaps for want of memory. Run the same "
                "command again, with fewer --jobs: what is finished is kept."
            ) from error
        except BaseException:
            stop.set()
            executor.shutdown(cancel_futures=True)
            raise


def _collect(
    executor: Executor, missing: Sequence[Job], messages: "Queue[_EpochDone]", progress: Progress
) -> None:
    pending: dict[Future[RunRecord], Job] = {executor.submit(_work, job): job for job in missing}
    while pending:
        done, _ = wait(pending, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        for message in _received(messages):
            job = message.job
            progress.epoch(job.name, message.epoch, job.experiment.epochs, message.best_validation_loss)
        for future in done:
            record, job = future.result(), pending.pop(future)
            progress.finished(job.name, describe_result(record), job.experiment.epochs)


def _received(messages: "Queue[_EpochDone]") -> Iterable[_EpochDone]:
    while True:
        try:
            yield messages.get_nowait()
        except Empty:
            return


# What a worker process holds from its start to its end.
_dataset: Dataset
_messages: "Queue[_EpochDone]"
_stop: Event


class _StoppedError(Exception):
    """The run was asked to end."""


def _start_worker(source: tuple[str, Path | None], messages: "Queue[_EpochDone]", stop: Event) -> None:
    global _dataset, _messages, _stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to stop
    threadpoolctl.threadpool_limits(1)  # small products are slower on two threads than on one
    _dataset, _messages, _stop = load_dataset(*source), messages, stop


def _work(job: Job) -> RunRecord:
    """Make one run in a worker process, and write it."""

    def tell(epoch: int, history: History, network: Network) -> None:
        if _stop.is_set():
            raise _StoppedError
        _messages.put(_EpochDone(job, epoch, history.lowest_validation_loss))

    record, model = run_experiment(
        job.experiment, _dataset, job.seed, position=job.position, callbacks=[tell]
    )
    write_run(job.folder, record, model)
    return record
