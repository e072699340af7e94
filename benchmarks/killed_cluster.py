"""Many short runs on a cluster without a common folder, whose workers and caller are killed and replaced.

    python benchmarks/killed_cluster.py RUNS FOLDER

It needs plainweave[dask]. Every five seconds one of the four workers, that has done some work, is killed by
SIGKILL, and the caller twice. Afterwards the runs are made by one process, and compared: each must be there
once, with the same bytes; and an order that was done more than once must have been so because the process
that did it was killed. The memory of the caller is told.
"""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import plainweave as pw
from plainweave.jobs import Cluster, train_experiments

WORKERS, SEEDS, KILL_EVERY, CALLERS_KILLED = 4, 50, 5.0, 2
COMPARED = ("history.csv", "weights.safetensors")


def experiments(runs: int) -> list[pw.Experiment]:
    """Return experiments of so many runs."""
    return [
        pw.Experiment(id=f"e{number}", hidden=(4 + number % 5,), epochs=2, learning_rate=0.001 * (1 + number))
        for number in range(runs // SEEDS)
    ]


def call(runs: int, folder: Path, address: str) -> None:
    """Be the caller, and tell how much memory it has."""

    def watch() -> None:
        with (folder / "caller.log").open("a") as log:
            while True:
                pages = int(Path("/proc/self/statm").read_text().split()[1])
                print(pages * os.sysconf("SC_PAGE_SIZE") // 2**20, file=log, flush=True)
                time.sleep(1)

    threading.Thread(target=watch, daemon=True).start()
    data = pw.load_dataset("digits")
    train_experiments(experiments(runs), data, folder / "runs", seeds=SEEDS, executor=Cluster(address))


def machine(address: str) -> None:
    """Be a machine with one worker, which is replaced as soon as it is killed."""
    from distributed import Worker
    from distributed.diagnostics.plugin import WorkerPlugin

    class Log(WorkerPlugin):  # type: ignore[misc]
        def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
            if start == "executing" and finish == "memory":
                with Path("done.log").open("a") as log:
                    log.write(f"{os.getpid()} {key}\n")

    async def work() -> None:
        async with Worker(address, nthreads=1, memory_limit=0, local_directory=".") as worker:
            await worker.plugin_add(Log(), name="log")
            await worker.finished()

    while True:
        child = os.fork()
        if not child:
            asyncio.run(work())
            os._exit(0)
        os.waitpid(child, 0)


def scheduler_here() -> tuple[str, tuple[str, ...]]:
    """Return an address of this machine, and what Python is called with to be the scheduler there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dask = (
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-dashboard",
    )
    return f"tcp://127.0.0.1:{port}", dask


class Show:
    """The scheduler, the machines and the caller.

    Args:
        runs: how many.
        folder: in which each machine has its own.
    """

    def __init__(self, runs: int, folder: Path) -> None:
        self._runs, self._folder = runs, folder.absolute()
        self._address, scheduler = scheduler_here()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._scheduler = self._start(self._folder, *scheduler)
        self._machines = [
            self._start(self._folder / f"machine-{number}", __file__, "machine", self._address)
            for number in range(WORKERS)
        ]
        self._killed: set[str] = set()
        self._callers = 0

    def _start(self, folder: Path, *command: str) -> "subprocess.Popen[bytes]":
        folder.mkdir(exist_ok=True)
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(folder), "HOME": str(folder)}
        with (folder / "log").open("a") as log:
            return subprocess.Popen([sys.executable, *command], cwd=folder, env=environment, stderr=log)

    def _caller(self) -> "subprocess.Popen[bytes]":
        return self._start(self._folder, __file__, "call", str(self._runs), str(self._folder), self._address)

    def see_through(self) -> None:
        """Kill until all runs are there."""
        began = killed = time.monotonic()
        caller = self._caller()
        try:
            while caller.poll() is None:
                time.sleep(0.5)
                if time.monotonic() - killed > KILL_EVERY:
                    killed = time.monotonic()
                    self._kill_a_worker()
                share = (self._callers + 1) / (CALLERS_KILLED + 1)
                if self._callers < CALLERS_KILLED and len(list(self._there())) > share * self._runs:
                    caller.kill()
                    caller.wait()
                    self._callers += 1
                    caller = self._caller()
            self._tell(time.monotonic() - began)
        finally:
            for process in (caller, *self._machines, self._scheduler):
                process.kill()
            for pid in self._workers():
                os.kill(pid, signal.SIGKILL)

    def _there(self) -> Iterator[Path]:
        return (self._folder / "runs").glob("runs/*/*/record.json")

    def _workers(self) -> list[int]:
        children = (Path(f"/proc/{one.pid}/task/{one.pid}/children") for one in self._machines)
        return [int(pid) for path in children if path.exists() for pid in path.read_text().split()]

    def _done(self) -> dict[str, list[str]]:
        """Return by which processes each order was done."""
        done: dict[str, list[str]] = defaultdict(list)
        for log in self._folder.glob("machine-*/done.log"):
            for line in log.read_text().splitlines():
                pid, _, key = line.partition(" ")
                done[key].append(pid)
        return done

    def _kill_a_worker(self) -> None:
        have_worked = {pid for pids in self._done().values() for pid in pids}
        if ready := [pid for pid in self._workers() if str(pid) in have_worked]:
            pid = random.choice(ready)
            os.kill(pid, signal.SIGKILL)
            self._killed.add(str(pid))

    def _tell(self, seconds: float) -> None:
        again = {key: pids for key, pids in self._done().items() if len(pids) > 1}
        needless = [key for key, pids in again.items() if len(set(pids) - self._killed) > 1]
        memory = [int(line) for line in (self._folder / "caller.log").read_text().split()]
        told = {
            "seconds": round(seconds),
            "workers killed": len(self._killed),
            "callers killed": self._callers,
            "orders": len(self._done()),
            "orders done again": len(again),
            "of these without a kill": len(needless),
            "memory of the caller, MB, largest of each tenth": [
                max(memory[at * len(memory) // 10 : (at + 1) * len(memory) // 10 + 1]) for at in range(10)
            ],
        }
        print(json.dumps(told, indent=1), flush=True)

    def compare(self) -> None:
        """Make the runs in one process, and compare."""
        one = self._folder / "one"
        pw.run_experiments(experiments(self._runs), "digits", one, seeds=SEEDS)
        there = sorted(path.parent.relative_to(self._folder / "runs") for path in self._there())
        here = sorted(path.parent.relative_to(one) for path in one.glob("runs/*/*/record.json"))
        differing = [
            str(run / name)
            for run in here
            for name in COMPARED
            if (self._folder / "runs" / run / name).read_bytes() != (one / run / name).read_bytes()
        ]
        print(
            f"{len(there)} runs, those of one process: {there == here}; files that differ: {len(differing)}"
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["call", runs, folder, address]:
            call(int(runs), Path(folder), address)
        case ["machine", address]:
            machine(address)
        case [runs, folder]:
            show = Show(int(runs), Path(folder))
            show.see_through()
            show.compare()
