"""Trainings with teams among others; as a script, a case in a process of its own, limited or forking."""

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw

_STREAM = np.random.default_rng(0)
_PARTS = pw.split(pw.Examples(_STREAM.normal(size=(96, 9)), _STREAM.integers(0, 3, 96)), seed=0)


def trained(threads: int, seed: int | list[int] = 1, epochs: int = 3) -> bytes:
    """Return the weights of a small network, or of a stack, trained on so many threads."""
    network = pw.Network(9, [20], 3, seed=seed)
    rule = pw.SGD(0.1, momentum=0.9)
    pw.fit(network, _PARTS, rule, epochs=epochs, batch_size=48, threads=threads, engine="compiled")
    return b"".join(array.tobytes() for array in network.parameters.values())


def few_threads() -> None:
    """Train where the system has no memory for the stack of another thread."""
    import resource

    alone, together = trained(1), trained(1, [1, 2, 3])
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**21, resource.RLIM_INFINITY))
    with pytest.raises(RuntimeError):
        threading.Thread(target=print).start()
    assert trained(3) == alone
    assert trained(3, [1, 2, 3]) == together


def forks() -> None:
    """Fork while others train, and train in the child, too."""
    alone, is_over = trained(1), threading.Event()

    def go_on(threads: int) -> None:
        while not is_over.is_set():
            assert trained(threads) == alone

    with ThreadPoolExecutor(4) as pool:
        others = [pool.submit(go_on, threads) for threads in (1, 2, 3, 2)]
        for _ in range(6):
            child = os.fork()
            if not child:
                os._exit(trained(2) != alone)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        is_over.set()
        for other in others:
            other.result()


def ctrl_c() -> None:
    """Stop the training of the main thread while others train to their end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    alone = trained(1, epochs=300)
    with ThreadPoolExecutor(4) as pool:
        others = [pool.submit(trained, threads, 1, 300) for threads in (2, 3, 2, 3)]
        for pause in (0.01, 0.05, 0.1):
            threading.Timer(pause, signal.raise_signal, [signal.SIGINT]).start()
            with pytest.raises(pw.TrainingInterrupted):
                trained(2, epochs=10**6)
        assert all(other.result() == alone for other in others)


if __name__ == "__main__":
    {"few_threads": few_threads, "forks": forks, "ctrl_c": ctrl_c}[sys.argv[1]]()
    print(sys.argv[1], "is well")
