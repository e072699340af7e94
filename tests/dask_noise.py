"""Dask without noise: a cluster of this machine, and the warnings that tests do not mean.

They come on a busy machine, and of what its garbage leaves.
"""

from typing import Any

import pytest

IGNORED = [
    pytest.mark.filterwarnings(f"ignore{about}")
    for about in (
        "::DeprecationWarning",
        "::ResourceWarning",  # its sockets and event loops are closed by the garbage collector
        "::pytest.PytestUnraisableExceptionWarning",
        ":Creating scratch directories is taking",
        ":Port 8787 is already in use",
    )
]


def workers(count: int) -> Any:
    """A cluster of so many workers of this machine; Dask is imported only here, for it may be missing."""
    import distributed

    return distributed.LocalCluster(
        n_workers=count, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    )
