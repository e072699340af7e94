"""What a run was made with: versions and machine, for the record."""

import os
import platform
from pathlib import Path

import numpy as np
import threadpoolctl

from plainweave.version import __version__


def environment() -> dict[str, str | int]:
    """Return the versions and the machine, by name."""
    return {
        "plainweave": __version__,
        "engine": "numpy",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": _blas(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
    }


def _blas() -> str:
    libraries = [library for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"]
    if not libraries:
        return "unknown"
    first = libraries[0]
    return f"{first['internal_api']} {first['version']} ({first.get('architecture', '?')})"


def _processor() -> str:
    """Return the processor's name; Linux keeps it where `platform` does not look."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
