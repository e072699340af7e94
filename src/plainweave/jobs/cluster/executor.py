"""Jobs done on a cluster of Dask's."""

import uuid
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from plainweave.data import Dataset, InMemory, Loaded, Source
from plainweave.experiments import Experiment
from plainweave.jobs.cluster.connection import check_address, connected
from plainweave.jobs.cluster.flow import Flow
from plainweave.jobs.cluster.order import Common, NotSent
from plainweave.jobs.cluster.versions import versions
from plainweave.jobs.cluster.wire import Wire, workers_of
from plainweave.jobs.job import Event, Job
from plainweave.jobs.stacks import Checkpoint, stacks_of
from plainweave.training import Observer

_LEG = 30.0  # seconds of training that are lost, at most, with a worker
_PAUSE = 0.5  # seconds between two epochs that are told
_TOLD = 100  # epochs a second that a scheduler passes on, of all workers
_FEWEST = 64  # orders on their way: by what waits a cluster that adapts knows how far to grow
_PER_THREAD = 3  # orders on their way for each thread of the workers


@dataclass(frozen=True)
class Cluster:
    """An executor: the workers of a Dask cluster, which need no disk in common, and may come and go.

    A long training comes back every half minute with its state, and goes on wherever there is room: what is
    lost with a worker is no more than that.

    Attributes:
        address: of the scheduler, as in "tcp://10.0.0.1:8786"; or "local:4" for four workers of this machine.
        checkpoint: where the state of each job's training is kept, by the caller; None keeps none.
        observers: of each run, in copies of its own; with them runs are trained one by one.
        threads: of each training; None for one, since each thread of a worker has a training of its own.

    Raises:
        ConfigurationError: the address is none.
    """

    address: str
    checkpoint: Checkpoint | None = None
    observers: Sequence[Observer] = ()
    threads: int | None = None

    def __post_init__(self) -> None:
        check_address(self.address)

    def keeping(self, checkpoint: Checkpoint) -> "Cluster":
        """Return this executor with a place for states, where it has none."""
        return self if self.checkpoint else replace(self, checkpoint=checkpoint)

    def run(self, jobs: Sequence[Job], source: Source) -> Generator[Event, None, None]:
        """Do jobs, see `Executor`. A stop keeps the state of the last epoch that ended of each.

        Raises:
            MissingExtraError: Dask is not installed.
            PlainweaveError: the cluster can't be reached, or was lost and did not come back; or a worker has
                other versions than the caller.
        """
        with self.opened(source, [job.experiment for job in jobs]) as (flow, dataset):
            for stack in stacks_of(  # the flow alone holds them, until they are done
                jobs,
                dataset,
                max(flow.threads, 1),
                self.checkpoint,
                together=not self.observers,
                elsewhere=True,
            ):
                flow.add(stack)
            while flow:
                yield from flow.events(max(_FEWEST, _PER_THREAD * flow.threads))

    @contextmanager
    def opened(
        self, source: Source, experiments: Sequence[Experiment], *, are_trials: bool = False
    ) -> Iterator[tuple[Flow, Dataset]]:
        """Connect to the cluster for one study.

        Args:
            source: of the data.
            experiments: whose parts the workers are to know.
            are_trials: whether they may be asked to end early, and fail alone, see `Common`.

        Returns:
            The flow of orders, and the data.

        Raises:
            MissingExtraError: Dask is not installed.
            PlainweaveError: the cluster can't be reached.
        """
        loaded = source if isinstance(source, Loaded) else Loaded(source)
        dataset = loaded.load()
        parts = (type(part) for experiment in experiments for part in experiment.named_parts)
        with connected(self.address) as client:
            common = Common(
                topic=f"plainweave-{uuid.uuid4().hex}",
                source=_to_be_sent(loaded),
                observers=self.observers,
                threads=self.threads or 1,
                versions=versions(),
                parts=list(dict.fromkeys(parts)),
                leg=_LEG,
                pause=max(_PAUSE, workers_of(client)[0] / _TOLD),
                keeps=self.checkpoint is not None,
                are_trials=are_trials,
            )
            with Flow(Wire(client, common.topic, dataset), common) as flow:
                yield flow, dataset


def _to_be_sent(loaded: Loaded) -> Loaded:
    """Return a source that is small: data in memory are sent once, not with every order."""
    return loaded.elsewhere(NotSent()) if isinstance(loaded.source, InMemory) else loaded
