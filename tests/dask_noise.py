"""What Dask warns of that tests do not mean: on a busy machine, and of what its garbage leaves."""

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
