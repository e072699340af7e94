"""Jobs done in this process, one stack after another."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from plainweave.data import Source
from plainweave.engine.threads import limit_threads
from plainweave.jobs.job import Event, Job
from plainweave.jobs.stacks import Checkpoint, stacks_of, train


@dataclass(frozen=True)
class Here:
    """The executor that needs nothing: no other process, no pipe, no file.

    Attributes:
        checkpoint: where the state of each job's training is kept; None keeps none, and a stop loses it.
    """

    checkpoint: Checkpoint | None = None

    def run(self, jobs: Sequence[Job], source: Source) -> Generator[Event, None, None]:
        """Do jobs, see `Executor`. A stop keeps the state of the last epoch that ended."""
        dataset = source.load()
        for stack in stacks_of(jobs, dataset, 1, self.checkpoint):
            with limit_threads():
                yield from train(stack, dataset)
