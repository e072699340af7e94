"""The versions that decide results: the same wherever one study is trained.

Instruction sets, BLAS and processors may differ: each run's record has those that it was made with.
"""

from collections.abc import Mapping

import numpy as np

from plainweave.engine import kernels
from plainweave.errors import PlainweaveError
from plainweave.version import __version__


def versions() -> dict[str, str]:
    """Return those of this process, by name."""
    return {
        "plainweave": __version__,
        "NumPy": np.__version__,
        "engine": "compiled" if kernels() else "numpy",
    }


def check_versions(expected: Mapping[str, str]) -> None:
    """Check that this process has those of the caller.

    Raises:
        PlainweaveError: it has others.
    """
    given = versions()
    for name, version in expected.items():
        if given.get(name) != version:
            import socket

            raise PlainweaveError(
                f"the worker on {socket.gethostname()} has {name} {given.get(name)}; expected {version}, as "
                "here. Install the same versions on all machines of the cluster."
            )
