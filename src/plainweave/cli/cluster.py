"""The option `--cluster`: where a command trains, instead of on processes of this machine."""

from typing import Annotated

import typer

from plainweave.errors import ConfigurationError
from plainweave.extras import need
from plainweave.jobs import Cluster

ClusterAddress = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Train on the workers of a Dask cluster: the address of its scheduler, as in "
        "tcp://10.0.0.1:8786, or local:4 for four workers of this machine.",
        metavar="ADDRESS",
        show_default=False,
    ),
]


def cluster_of(address: str | None, jobs: int | None, threads: int | None = None) -> Cluster | None:
    """Return the executor that an address names; None without.

    Args:
        address: as `Cluster` has it.
        jobs: processes of this machine, as they were asked for.
        threads: of each training.

    Raises:
        ConfigurationError: the address is none, or processes were asked for, too.
        MissingExtraError: Dask is not installed.
    """
    if address is None:
        return None
    if jobs is not None:
        raise ConfigurationError(
            "--jobs is given beside --cluster; expected one of them: the cluster's workers say how many "
            "train at once."
        )
    need("dask")
    return Cluster(address, threads=threads)
