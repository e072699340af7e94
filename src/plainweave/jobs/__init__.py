"""Jobs: many experiments, in this process or on a pool of them; what is finished is kept."""

from plainweave.jobs.runner import run_experiments

__all__ = ["run_experiments"]
