"""A cluster of Dask's: machines that share no disk, which come and go."""

from plainweave.jobs.cluster.executor import Cluster

__all__ = ["Cluster"]
