"""Jobs: many experiments, in this process, on a pool of them, or elsewhere; what is finished is kept."""

from plainweave.jobs.alone import train_run
from plainweave.jobs.calls import call_all
from plainweave.jobs.cluster import Cluster
from plainweave.jobs.executor import Executor, NoProcessesError
from plainweave.jobs.here import Here
from plainweave.jobs.job import Begun, EpochEnded, Event, Failed, Finished, Job, Lost
from plainweave.jobs.processes import Processes
from plainweave.jobs.runner import as_experiments, jobs_for, run_experiments, train_experiments

__all__ = [
    "Begun",
    "Cluster",
    "EpochEnded",
    "Event",
    "Executor",
    "Failed",
    "Finished",
    "Here",
    "Job",
    "Lost",
    "NoProcessesError",
    "Processes",
    "as_experiments",
    "call_all",
    "jobs_for",
    "run_experiments",
    "train_experiments",
    "train_run",
]
