"""How much memory this process may have."""

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

_OF_GROUP = Path("/sys/fs/cgroup/memory.max")  # of a container on Linux


@cache
def memory() -> int:
    """Return how many bytes this process may have, by the machine, its container and its own limit."""
    limits = [sys.maxsize]
    with suppress(AttributeError, OSError, ValueError):  # elsewhere than on Linux and macOS
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(OSError, ValueError):
        limits.append(int(_OF_GROUP.read_text()))
    with suppress(ImportError):
        import resource

        own, _ = resource.getrlimit(resource.RLIMIT_AS)
        limits.extend([] if own == resource.RLIM_INFINITY else [own])
    return min(limit for limit in limits if limit > 0)
