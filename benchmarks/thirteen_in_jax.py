"""The report's thirteen networks in JAX, on two pinned processes: `python benchmarks/thirteen_in_jax.py`.

What `plainweave reproduce` is measured against: the same epochs and validations, compile time included,
but no records, gradient checks or page. Prints the seconds from start to end.
"""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

from measure import with_threads

from plainweave import Experiment
from plainweave.paper import paper_experiments


def main() -> None:
    """Train all, the longest first."""
    started = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    cores = context.Queue()
    for core in range(2):
        cores.put(core)
    experiments = sorted(paper_experiments(), key=lambda each: -sum(each.hidden))
    with ProcessPoolExecutor(2, mp_context=context, initializer=_pin, initargs=(cores,)) as pool:
        for name, accuracy in pool.map(_train, experiments):
            print(f"{name}: best validation accuracy {accuracy:.2f} %", flush=True)
    print(f"{time.perf_counter() - started:.1f} s")


def _pin(cores: "multiprocessing.Queue[int]") -> None:
    os.sched_setaffinity(0, {cores.get()})
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)
    os.environ |= with_threads(1)


def _train(experiment: Experiment) -> tuple[str, float]:
    from jax_sides import train
    from work import Work

    activation = experiment.activation
    assert isinstance(activation, str)
    assert experiment.learning_rate is not None
    assert experiment.dampening is not None
    work = Work(
        hidden=experiment.hidden,
        activation=activation,
        learning_rate=experiment.learning_rate * (1 - experiment.dampening),
        weight_decay=experiment.weight_decay,
    )
    turn = train(work, stacked=True)
    return experiment.id, max(turn(number).accuracy for number in range(1, experiment.epochs + 1))


if __name__ == "__main__":
    main()
