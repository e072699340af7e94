"""One thread of BLAS for a process that trains small networks."""

from plainweave.engine.threads import limit_threads as limit_threads
