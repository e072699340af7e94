"""The compiled code itself: whether it is built, and what it runs on."""

from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def extension() -> ModuleType | None:
    """Return the compiled module, None where it is not built."""
    try:
        return import_module("plainweave.engine._compiled")
    except ImportError:
        return None


def kernels() -> list[str]:
    """Return the instruction sets that the engine can use here, best first; none if it is not built."""
    module = extension()
    return module.kernels() if module else []


def units() -> list[str]:
    """Return what multiplies bfloat16 numbers here, for mixed precision, best first; none if nothing does."""
    module = extension()
    return module.units() if module else []
