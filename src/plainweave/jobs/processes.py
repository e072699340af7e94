"""Jobs done on a pool of processes of this machine."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import cast

from plainweave.data import Source
from plainweave.jobs import stacks
from plainweave.jobs.job import Event, Failed, Finished, Job, Lost
from plainweave.jobs.pool import LostTask, Pool
from plainweave.jobs.stacks import Checkpoint
from plainweave.jobs.worker import Task
from plainweave.training import Observer


@dataclass(frozen=True)
class Processes:
    """An executor: fresh processes, each with a pipe of its own.

    A process that is killed loses what it worked on and nothing else; another takes its place.

    Attributes:
        count: how many processes, at most.
        checkpoint: where the state of each job's training is kept; None keeps none, and a stop loses it.
        observers: of each run, in copies of its own; with them runs are trained one by one.
        threads: of each training; None for as many as pay, of a process's share of the cores.
    """

    count: int
    checkpoint: Checkpoint | None = None
    observers: Sequence[Observer] = ()
    threads: int | None = None

    def run(self, jobs: Sequence[Job], source: Source) -> Generator[Event, None, None]:
        """Do jobs, see `Executor`. A stop keeps the state of the last epoch that ended of each."""
        parts = stacks.stacks_of(
            jobs, source.load(), self.count, self.checkpoint, together=not self.observers
        )
        tasks = [cast(Task, partial(stacks.train, stack)) for stack in parts]
        left = [dict.fromkeys(stack.jobs) for stack in parts]
        named = dict.fromkeys(type(part) for job in jobs for part in job.experiment.named_parts)
        prepare = partial(stacks.workplace, source, self.observers, self.threads, self.count, list(named))
        with closing(Pool(self.count, prepare).results(tasks)) as results:
            for number, result in results:
                if isinstance(result, LostTask):
                    yield from map(Lost, left[number])
                    continue
                event = cast(Event, result)
                if isinstance(event, Finished | Failed):
                    del left[number][event.job]
                yield event
