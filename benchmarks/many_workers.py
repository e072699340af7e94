"""How much processor time an order costs the scheduler and the caller, with as many workers as asked for.

    python benchmarks/many_workers.py WORKERS SECONDS ORDERS

It needs plainweave[dask]. The scheduler is a process; the workers are Dask's own, connected by TCP, but
several hundred in a process, since a machine has no room for as many processes. Caller and scheduler do
what they do in a study: as many of plainweave's orders are on their way as it would send. But a worker
sleeps instead of training, and answers with a report of 30 kB. Processor times are told, without orders and
with them.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from killed_cluster import scheduler_here

import plainweave as pw
from plainweave.data import Loaded
from plainweave.data.source import Named
from plainweave.jobs import Cluster, Failed, Job
from plainweave.jobs.cluster import on_worker
from plainweave.jobs.cluster.order import NoData, Order, Report

IN_A_PROCESS, IDLE = 250, 30.0  # workers; seconds in which nothing is sent
ANSWER = os.urandom(30_000)


class Sleeping:
    """Stands for training: a worker that unpickles an order for `fulfil` sleeps so long, and answers."""

    seconds = 1.0

    def __call__(self, order: Order, dataset: pw.Dataset | None) -> Report | NoData:
        """Sleep, and answer with what a finished run weighs."""
        time.sleep(self.seconds)
        return Report(tuple(Failed(job, "") for job in order.jobs), (ANSWER,))


def work(address: str, count: int, seconds: float) -> None:
    """Be many workers, each with a thread."""
    from distributed import Worker

    Sleeping.seconds = seconds
    on_worker.fulfil = Sleeping()

    async def live() -> None:
        workers = [
            Worker(address, nthreads=1, memory_limit=0, name=f"{os.getpid()}-{n}") for n in range(count)
        ]
        await asyncio.gather(*workers)
        await workers[0].finished()

    asyncio.run(live())


def used(pid: int) -> float:
    """Return the seconds of processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(count: int, seconds: float, orders: int) -> None:
    """Start all, send orders, and tell."""
    from distributed import Client

    address, dask = scheduler_here()
    processes = [subprocess.Popen([sys.executable, *dask], stderr=subprocess.DEVNULL)]
    try:
        for begin in range(0, count, IN_A_PROCESS):
            part = str(min(IN_A_PROCESS, count - begin))
            processes.append(
                subprocess.Popen(
                    [sys.executable, __file__, "work", address, part, str(seconds)], stderr=subprocess.DEVNULL
                )
            )
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=400)
        print(f"{count} workers are connected", file=sys.stderr, flush=True)
        scheduler = processes[0].pid
        time.sleep(10)
        before, began = used(scheduler), time.monotonic()
        time.sleep(IDLE)
        idle = (used(scheduler) - before) / (time.monotonic() - began)
        jobs = [
            Job(pw.Experiment(id="a", hidden=(8,), learning_rate=0.001 * (1 + n)), n) for n in range(orders)
        ]
        before, own, began = used(scheduler), time.process_time(), time.monotonic()
        ends = sum(isinstance(event, Failed) for event in Cluster(address).run(jobs, Loaded(Named("digits"))))
        taken, spent = time.monotonic() - began, used(scheduler) - before
        memory = int(Path(f"/proc/{scheduler}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        told = {
            "workers": count,
            "orders": ends,
            "seconds": round(taken, 1),
            "scheduler, share of a core without orders": round(idle, 4),
            "scheduler, ms an order": round(1e3 * spent / ends, 2),
            "scheduler, ms an order less connections": round(1e3 * (spent - idle * taken) / ends, 2),
            "scheduler, share of a core": round(spent / taken, 3),
            "caller, ms an order": round(1e3 * (time.process_time() - own) / ends, 2),
            "scheduler, MB": round(memory / 2**20),
        }
        print(json.dumps(told, indent=1), flush=True)
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["work", address, count, seconds]:
            work(address, int(count), float(seconds))
        case [count, seconds, orders]:
            measure(int(count), float(seconds), int(orders))
