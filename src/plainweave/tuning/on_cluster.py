"""Trials on a cluster: this process asks and tells, so that the workers need no journal; they train."""

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plainweave.data import Loaded
from plainweave.errors import PlainweaveError
from plainweave.experiments import fitted_to
from plainweave.jobs import Cluster, EpochEnded, Event, Failed, Finished, Job, Lost
from plainweave.jobs.cluster.flow import Flow
from plainweave.jobs.stacks import Stack
from plainweave.tuning.trial import (
    SEED,
    Came,
    Ended,
    Pruning,
    Search,
    Workshop,
    drawn,
    end,
    opened,
    told,
)

if TYPE_CHECKING:
    from optuna.trial import Trial

_AHEAD = 1  # trials that wait for a worker: one that comes has work, and the others are drawn knowing more


@dataclass(frozen=True)
class _Asked:
    """A trial that is at work."""

    trial: "Trial"
    pruning: Pruning


def on_cluster(
    search: Search, data: Loaded, numbers: Sequence[int | None], cluster: Cluster
) -> Generator[Came | Ended | Lost, None, None]:
    """Make trials, as many at once as the workers have threads, and one more.

    Closed before its end, it keeps the state of what is at work, which goes on the next time. A trial that is
    lost stays at work in the journal.

    Args:
        search: whose trials they are.
        data: to train on.
        numbers: of trials that were stopped; None for each new one.
        cluster: that trains.

    Raises:
        PlainweaveError: the cluster can't be reached, or was lost and did not come back; or a worker has
            other versions than this process.
    """
    shop = Workshop(search, data.load(), search.study())
    left, at_work = deque(numbers), dict[Job, _Asked]()
    with cluster.opened(data, [search.space.start], are_trials=True) as (flow, _):
        while left or flow:
            room = flow.threads + _AHEAD
            while left and len(flow) < room:
                trial = opened(left.popleft(), shop)
                try:
                    job = Job(fitted_to(drawn(trial, shop), shop.dataset), SEED)
                except PlainweaveError as error:
                    yield told(trial, shop, "failed", 0, 0.0, str(error))
                    continue
                at_work[job] = _Asked(trial, Pruning(trial, search.score))
                flow.add(Stack((job,), (search.checkpoint(trial.number),)))
            for event in flow.events(room):
                yield from _handled(event, at_work, shop, flow)


def _handled(
    event: Event, at_work: dict[Job, _Asked], shop: Workshop, flow: Flow
) -> Generator[Came | Ended | Lost, None, None]:
    """Tell the journal what a worker told, and end the trials that Optuna prunes."""
    score = shop.search.score
    match event:
        case EpochEnded((job,), epoch, best_loss, names, scores) if scores is not None:
            asked = at_work[job]
            asked.pruning.report(epoch, scores[names.index(f"validation_{score}"), :, 0].tolist())
            is_last = epoch == job.experiment.epochs
            if not is_last and (stop := asked.pruning.stop(epoch)):
                flow.end(job, stop.reason)
            yield Came(asked.trial.number, epoch, job.experiment.epochs, best_loss)
        case Finished(job, record):
            asked = at_work.pop(job)
            asked.pruning.report(record.epochs, record.history.validation[score])
            yield end(asked.trial, shop, record)
        case Failed(job, why):
            yield told(at_work.pop(job).trial, shop, "failed", 0, 0.0, why)
        case Lost(job):
            del at_work[job]
            yield event
