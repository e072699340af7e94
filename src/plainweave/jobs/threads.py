"""One thread of BLAS for a process that trains small networks."""

from importlib import import_module

import threadpoolctl


def limit_threads() -> threadpoolctl.threadpool_limits:
    """Hold BLAS to one thread: small products are slower on two than on one.

    Returns:
        What gives the threads back at the end of a `with` block; without one they are held for good.
    """
    # Only what is loaded can be held, and the compiled engine multiplies with SciPy's BLAS, not NumPy's.
    import_module("scipy.linalg.cython_blas")
    return threadpoolctl.threadpool_limits(1)
