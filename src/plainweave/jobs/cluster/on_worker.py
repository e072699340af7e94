"""What is done on a worker of a cluster. Nothing here knows the caller's disk, or another worker's."""

import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np

from plainweave.data import Dataset, Loaded
from plainweave.engine.threads import limit_threads
from plainweave.errors import ConfigurationError, DataError, RecordError
from plainweave.experiments import resumed_epoch
from plainweave.jobs.cluster.order import NoData, Order, Report, Told
from plainweave.jobs.cluster.versions import check_versions
from plainweave.jobs.job import EpochEnded, Failed, Finished
from plainweave.jobs.stacks import Stack, Workplace, train
from plainweave.training import Epoch, Stop

_lock = Lock()  # a worker may work on several orders at once, each in a thread
_held: dict[str, Dataset] = {}  # by fingerprint: the data set that this process has at hand
_not_to_be_had: set[str] = set()  # fingerprints of what it could not load
_STUDIES = 16  # at once, of which it is remembered what was asked for


@dataclass
class _Asked:
    """What the caller of a study has asked for.

    Attributes:
        is_stopped: whether all is to end.
        endings: why a training is to end, by its number.
    """

    is_stopped: bool = False
    endings: dict[int, str] = field(default_factory=dict)


_asking = Lock()
_asked: dict[str, _Asked] = {}  # by topic, the one last looked at behind the others


def fulfil(order: Order, dataset: Dataset | None) -> Report | NoData:
    """Train for a leg.

    Args:
        order: what is asked for.
        dataset: a copy of the caller's data; None where the worker is to load them itself.

    Raises:
        ConfigurationError: the settings do not fit the data.
        DataError: the data that are here are others.
        PlainweaveError: the versions here are others.
    """
    check_versions(order.common.versions)
    data = _data(order.common.source, dataset)
    if data is None:
        return NoData()
    if _asked_of(order.common.topic).is_stopped:
        return Report((), order.states)
    with tempfile.TemporaryDirectory(prefix="plainweave-") as folder, limit_threads():
        paths = tuple(Path(folder) / str(number) for number in range(len(order.jobs)))
        _put_down(order, paths)
        own = [_Ending(order.common.topic, order.number, order.ending)] if order.common.are_trials else []
        workplace = Workplace(data, [*order.common.observers, *own], order.common.threads)
        try:
            ends, told = _trained(order, Stack(order.jobs, paths), workplace)
        except ConfigurationError as error:
            if not order.common.are_trials:
                raise
            return Report(tuple(Failed(job, str(error)) for job in order.jobs), ())
        wanted = order.common.keeps or not ends
        are_there = all(path.exists() for path in paths)  # a leg of no epoch leaves none
        states = tuple(path.read_bytes() for path in paths) if wanted and are_there else ()
        return Report(ends, states, told)


def stop(topic: str) -> None:
    """Have all that this process does for a study end at the next epoch, and begin no more."""
    _asked_of(topic).is_stopped = True


def end(topic: str, number: int, reason: str) -> None:
    """Have one training end at its next epoch, if it is at work here."""
    _asked_of(topic).endings[number] = reason


def _asked_of(topic: str) -> _Asked:
    """Return what was asked for by a study; that of the study longest out of sight is forgotten."""
    with _asking:
        asked = _asked.pop(topic, None) or _Asked()
        _asked[topic] = asked
        while len(_asked) > _STUDIES:
            del _asked[next(iter(_asked))]
        return asked


@dataclass
class _Ending:
    """An observer that ends its training where the caller asks for it."""

    topic: str
    number: int
    reason: str

    def __call__(self, epoch: Epoch) -> Stop | None:
        reason = self.reason or _asked_of(self.topic).endings.get(self.number)
        return Stop(reason) if reason and epoch.number < epoch.epochs else None


def _data(source: Loaded, sent: Dataset | None) -> Dataset | None:
    """Return the data set: that which the process has, or was sent, or can load; None where it can't."""
    fingerprint = source.fingerprint
    with _lock:
        if fingerprint in _held:
            return _held[fingerprint]
        if sent is None:
            if fingerprint in _not_to_be_had:
                return None
            try:
                sent = source.source.load()
            except DataError:
                _not_to_be_had.add(fingerprint)
                return None
        dataset = source.checked(sent)
        _held.clear()  # one is enough: another study's is loaded again
        _held[fingerprint] = dataset
        return dataset


def _put_down(order: Order, paths: Sequence[Path]) -> None:
    """Write the states that are to be gone on from, where this machine computes as that which left them."""
    for path, state in zip(paths, order.states, strict=False):
        path.write_bytes(state)
    fingerprint = order.common.source.fingerprint
    try:
        for path, job in zip(paths, order.jobs, strict=True):
            resumed_epoch(path, job.experiment, fingerprint, job.seed)
    except RecordError:  # the training begins anew
        for path in paths:
            path.unlink(missing_ok=True)


def _trained(
    order: Order, stack: Stack, workplace: Workplace
) -> tuple[tuple[Finished | Failed, ...], Told | None]:
    """Train to the end, or to the end of the leg; then the state is kept.

    Returns:
        The ends of all jobs, or none; and what is left to be told of epochs.
    """
    began = told = time.monotonic()
    known = order.known
    ends: list[Finished | Failed] = []
    untold: list[EpochEnded] = []
    with closing(train(stack, workplace)) as events:
        for event in events:
            now = time.monotonic()
            if isinstance(event, Finished | Failed):
                ends.append(event)
            elif isinstance(event, EpochEnded) and not ends:
                untold.append(event)
                if _asked_of(order.common.topic).is_stopped or now - began >= order.common.leg:
                    break
                if now - told >= order.common.pause:
                    _tell(order, _told(known, untold))
                    told, known, untold = now, event.epoch, []
    return tuple(ends), None if ends or not untold else _told(known, untold)


def _told(known: int, events: Sequence[EpochEnded]) -> Told:
    """Put together what events tell, but for the epochs that are known."""
    last = events[-1]
    scores = np.concatenate([event.scores for event in events if event.scores is not None], axis=1)
    new = scores[:, max(scores.shape[1] - (last.epoch - known), 0) :]
    return last.epoch, last.best_validation_loss, last.names, new.tolist()


def _tell(order: Order, told: Told) -> None:
    from distributed import get_worker  # an extra; and there is one only where Dask calls

    get_worker().log_event(order.common.topic, (order.number, *told))
