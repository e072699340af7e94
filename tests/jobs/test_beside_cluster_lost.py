"""A cluster whose scheduler dies: it is started anew, with workers of its own, or is not."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import plainweave as pw
from command_line import call
from dask_noise import IGNORED
from plainweave.data import InMemory, Loaded
from plainweave.experiments import run_experiment
from plainweave.jobs import Cluster, EpochEnded, Finished, Job
from plainweave.jobs.cluster import connection, executor
from plainweave.training.model_file import serialized

pytest.importorskip("distributed")

pytestmark = IGNORED

LENGTHS = {"short": 2, "long": 20_000}  # epochs: some seconds, of which a leg is a small part
GONE = "the cluster's scheduler is gone. What is finished is kept: run it again once it is there."


@dataclass
class Machines:
    """A scheduler and a worker, each a process of its own, in a folder of its own."""

    folder: Path
    port: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._start("dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        self._start("dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--death-timeout", "60")

    def _start(self, what: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{what}", *arguments, "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.running.append(
            subprocess.Popen(command, cwd=self.folder, env=environment, stderr=subprocess.DEVNULL)
        )

    def wait(self) -> None:
        """Wait for the scheduler."""
        deadline = time.monotonic() + 60
        with socket.socket() as line:
            while line.connect_ex(("127.0.0.1", self.port)):
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def kill(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.running.clear()


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    monkeypatch.setattr(executor, "_PAUSE", 0.1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    machines = Machines(folder, port)
    machines.start()
    machines.wait()
    yield machines
    machines.kill()


def after_the_first(out: Path, kill: Callable[[], None]) -> None:
    """Kill once a run is finished, and the state of another has come back."""

    def is_under_way() -> bool:
        states = {path.parent for path in out.rglob("run.checkpoint")}
        finished = {path.parent for path in out.rglob("record.json")}
        return bool(finished) and bool(states - finished)

    while not is_under_way():
        time.sleep(0.02)
    kill()


def test_what_is_finished_is_not_trained_again_once_there_is_a_scheduler(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was in flight goes on from the last state that came back."""
    monkeypatch.setattr(connection, "PATIENCE", 5.0)
    monkeypatch.setattr(executor, "_LEG", 0.1)
    toml, out = tmp_path / "mine.toml", tmp_path / "out"
    experiments = (f'id = "{name}"\nhidden = [8]\nepochs = {epochs}\n' for name, epochs in LENGTHS.items())
    toml.write_text("".join(f"[[experiment]]\n{experiment}" for experiment in experiments))
    command = ("run", toml, "--data", "digits", "--out", out, "--cluster", machines.address)
    killing = threading.Thread(target=after_the_first, args=(out, machines.kill), daemon=True)
    killing.start()
    with pytest.raises(pw.PlainweaveError) as error:
        call(*command)
    assert str(error.value) == GONE
    killing.join(60)
    record, state = out / "runs" / "short" / "seed-0" / "record.json", out / "runs" / "long" / "seed-0"
    assert [*out.rglob("record.json")] == [record]
    times = [path.stat().st_mtime_ns for path in (record, state / "run.checkpoint")]
    monkeypatch.setattr(executor, "_LEG", 30.0)
    machines.start()
    machines.wait()
    assert call(*command) == 0
    assert (state / "record.json").exists()
    assert record.stat().st_mtime_ns == times[0], "kept"
    assert (state / "run.checkpoint").stat().st_mtime_ns > times[1], "gone on from"


def done(address: str, digits: pw.Dataset, after_some: Callable[[], None]) -> list[Finished]:
    jobs = [Job(pw.Experiment(id=name, hidden=(8,), epochs=1500), 0) for name in "abc"]
    ends: list[Finished] = []
    is_begun = False
    for event in Cluster(address).run(jobs, Loaded(InMemory(digits))):
        if isinstance(event, Finished):
            ends.append(event)
        elif isinstance(event, EpochEnded) and ends and not is_begun:
            is_begun = True
            after_some()
    return ends


def test_a_scheduler_that_is_started_anew_is_sent_what_was_on_its_way(
    machines: Machines, digits: pw.Dataset
) -> None:
    def restart() -> None:
        machines.kill()
        machines.start()

    ends = done(machines.address, digits, restart)
    assert sorted(end.job.name for end in ends) == ["a seed 0", "b seed 0", "c seed 0"]
    expected = serialized(run_experiment(ends[2].job.experiment, digits, 0)[1])
    assert [end.model for end in ends] == [expected] * 3


def test_a_scheduler_that_does_not_come_back_is_told_of(
    machines: Machines, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 5.0)
    with pytest.raises(pw.PlainweaveError) as error:
        done(machines.address, digits, machines.kill)
    assert str(error.value) == GONE
