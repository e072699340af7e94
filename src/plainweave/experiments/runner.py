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
from plainweave.experiments.run import run_stack
from plainweave.experiments.spec import Experiment
from plainweave.files import writable_folder
from plainweave.network import Network
from plainweave.training import History

_POLL_SECONDS = 0.1
_LARGEST_STACK = 8  # runs; all of them are lost if they are stopped


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
        """Return the multiply-adds for one example over all epochs."""
        sizes = (features, *self.experiment.hidden, classes)
        return self.experiment.epochs * sum(inputs * outputs for inputs, outputs in pairwise(sizes))


@dataclass(frozen=True)
class Stack:
    """Runs that are trained together, for all that they share."""

    jobs: tuple[Job, ...]

    @property
    def name(self) -> str:
        """What progress calls it."""
        others = f" and {len(self.jobs) - 1} more" if len(self.jobs) > 1 else ""
        return self.jobs[0].name + others

    def cost(self, features: int, classes: int) -> float:
        """Return the cost of all its runs, to begin with the longest."""
        return sum(job.cost(features, classes) for job in self.jobs)

    @property
    def epochs(self) -> int:
        """All epochs of all its runs."""
        return sum(job.experiment.epochs for job in self.jobs)


@dataclass(frozen=True)
class _EpochDone:
    stack: Stack
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
    stacks = _stacks(missing, jobs)
    stacks.sort(key=lambda stack: -stack.cost(dataset.features, len(dataset.class_names)))
    with Progress(total=sum(job.experiment.epochs for job in missing), runs=len(missing)) as progress:
        if len(missing) < len(wanted):
            progress.say(f"{len(wanted) - len(missing)} of {len(wanted)} runs are finished: kept.")
        if missing:
            _train_all(stacks, source, min(jobs, len(stacks)), progress)
    return [read_run(job.folder) for job in wanted]


def _stacks(missing: Sequence[Job], jobs: int) -> list[Stack]:
    """Put runs together that can be trained as a stack, few enough that every process gets several."""
    alike: dict[tuple[int, Experiment], list[Job]] = {}
    for job in missing:
        alike.setdefault((job.seed, job.experiment.of_a_stack), []).append(job)
    largest = max(1, min(_LARGEST_STACK, len(missing) // (2 * jobs)))
    return [
        Stack(tuple(group[start : start + largest]))
        for group in alike.values()
        for start in range(0, len(group), largest)
    ]


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
    stacks: Sequence[Stack], source: tuple[str, Path | None], jobs: int, progress: Progress
) -> None:
    context = multiprocessing.get_context("spawn")
    messages: Queue[_EpochDone] = context.Queue()
    stop = context.Event()
    with ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_start_worker, initargs=(source, messages, stop)
    ) as executor:
        try:
            _collect(executor, stacks, messages, progress)
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
    executor: Executor, stacks: Sequence[Stack], messages: "Queue[_EpochDone]", progress: Progress
) -> None:
    pending: dict[Future[list[RunRecord]], Stack] = {executor.submit(_work, each): each for each in stacks}
    while pending:
        done, _ = wait(pending, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        for message in _received(messages):
            stack = message.stack
            done_epochs = message.epoch * len(stack.jobs)
            progress.epoch(stack.name, done_epochs, stack.epochs, message.best_validation_loss)
        for future in done:
            records, stack = future.result(), pending.pop(future)
            results = {
                job.name: describe_result(record) for job, record in zip(stack.jobs, records, strict=True)
            }
            progress.finished(stack.name, results, stack.epochs)


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


def _work(stack: Stack) -> list[RunRecord]:
    """Make the runs of a stack in a worker process, and write them."""

    def tell(epoch: int, history: History, network: Network) -> None:
        if _stop.is_set():
            raise _StoppedError
        _messages.put(_EpochDone(stack, epoch, history.lowest_validation_loss))

    made = run_stack(
        [job.experiment for job in stack.jobs],
        _dataset,
        stack.jobs[0].seed,
        positions=[job.position for job in stack.jobs],
        callbacks=[tell],
    )
    for job, (record, model) in zip(stack.jobs, made, strict=True):
        write_run(job.folder, record, model)
    return [record for record, _ in made]
