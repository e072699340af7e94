"""What a run was made with: versions and machine, for the record."""

import platform
from pathlib import Path

import numpy as np
import threadpoolctl

from plainweave.engine import kernels
from plainweave.engine.team import cores
from plainweave.version import __version__


def environment() -> dict[str, str | int]:
    """Return the versions and the machine, by name."""
    return {
        "plainweave": __version__,
        "engine": _engine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": _blas(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": cores(),
    }


def _engine() -> str:
    """Return the engine that trains plain networks, and the instruction sets it can use, best first."""
    instruction_sets = kernels()
    return f"compiled ({', '.join(instruction_sets)})" if instruction_sets else "numpy"


def _blas() -> str:
    """Return NumPy's BLAS; SciPy brings one of its own."""
    libraries = [library for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"]
    if not libraries:
        return "unknown"
    libraries.sort(key=lambda library: "numpy" not in library["filepath"])
    first = libraries[0]
    kernel, threads = first.get("architecture", "?"), first["num_threads"]
    return f"{first['internal_api']} {first['version']} ({kernel}), threads: {threads}"


def _processor() -> str:
    """Return the processor's name; Linux keeps it where `platform` does not look."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
