"""Jobs done in this process, one stack after another."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from plainweave.data import Source
from plainweave.engine.threads import limit_threads
from plainweave.jobs.job import Event, Job
from plainweave.jobs.stacks import Checkpoint, Workplace, stacks_of, train
from plainweave.training import Observer


@dataclass(frozen=True)
class Here:
    """The executor that needs nothing: no other process, no pipe, no file.

    Attributes:
        checkpoint: where the state of each job's training is kept; None keeps none, and a stop loses it.
        observers: of each run, in copies of its own; with them runs are trained one by one.
        threads: of each training; None for as many as pay.
    """

    checkpoint: Checkpoint | None = None
    observers: Sequence[Observer] = ()
    threads: int | None = None

    def run(self, jobs: Sequence[Job], source: Source) -> Generator[Event, None, None]:
        """Do jobs, see `Executor`. A stop keeps the state of the last epoch that ended."""
        workplace = Workplace(source.load(), self.observers, self.threads)
        for stack in stacks_of(jobs, workplace.dataset, 1, self.checkpoint, together=not self.observers):
            with limit_threads():
                yield from train(stack, workplace)
