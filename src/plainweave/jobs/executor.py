"""Where jobs are done: in this process, on a pool of processes, or on machines that share no disk."""

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from plainweave.data import Source
from plainweave.errors import PlainweaveError
from plainweave.jobs.job import Event, Job


class NoProcessesError(PlainweaveError):
    """This process can't start others; what they were to do, it can do itself."""


class Executor(Protocol):
    """Does jobs and tells what becomes of them. The caller writes results; here only a job's state is kept.

    A second executor needs this alone: `plainweave.experiments.run_experiment` does one job, and what goes to
    another machine and back (job, source, record, model) is pickled.
    """

    def run(self, jobs: Sequence[Job], source: Source) -> Generator[Event, None, None]:
        """Do jobs, in an order of its own.

        Each of them ends in one `Finished`, `Failed` or `Lost`. Closed before its end, as by Ctrl-C, it stops
        what is at work, and keeps of it what it can.

        Args:
            jobs: each once; none has the experiment's id and the seed of another.
            source: of the data set that all are done on.

        Raises:
            ConfigurationError: the settings of a job do not fit the data.
            DataError: where the work is done, the data can't be had, or are others.
            NoProcessesError: it can't work at all here; what is not finished, another executor can do.
        """


@runtime_checkable
class KeepsStates(Protocol):
    """An executor that can keep the states of trainings where runs are written, and go on from them."""

    def keeping(self, checkpoint: Callable[[Job], Path]) -> Executor:
        """Return it with a place for the state of each job, unless it has one."""
