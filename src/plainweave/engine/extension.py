"""The compiled code itself: whether it is built, what it runs on, and the BLAS that it is handed."""

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


@cache
def gemm(precision: str) -> object:
    """Return SciPy's matrix product for C; None if it takes other types than are known."""
    module = extension()
    name = {"float32": "sgemm", "float64": "dgemm"}[precision]
    product = import_module("scipy.linalg.cython_blas").__pyx_capi__[name]
    return product if module and f'"{getattr(module, name.upper())}"' in repr(product) else None
