"""Jobs on the workers of a Dask cluster: what every executor must do, and what becomes of workers lost."""

import os
import signal
import socket
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import plainweave as pw
from command_line import call
from dask_noise import IGNORED, workers
from executor_contract import (
    SMALL,
    every_job_begins_and_ends_once,
    one_that_fails_does_not_keep_the_others,
    results,
    settings_that_do_not_fit_the_data_end_all,
)
from plainweave.data import InMemory, Loaded
from plainweave.data.source import Folder
from plainweave.experiments import resumed_epoch, run_experiment, store
from plainweave.jobs import Begun, Cluster, EpochEnded, Finished, Here, Job, Lost, train_experiments
from plainweave.jobs.cluster import executor, versions
from plainweave.training.model_file import serialized
from plainweave.training.tracker import Rows
from records_held import Held

distributed = pytest.importorskip("distributed")

pytestmark = IGNORED


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    with workers(2) as cluster:
        yield cluster


@pytest.fixture
def cluster(dask: Any) -> Cluster:
    return Cluster(dask.scheduler_address)


@pytest.mark.parametrize("address", ["nowhere://127.0.0.1:1", "tls://127.0.0.1:1"])
def test_an_address_that_dask_can_not_use_is_told_in_a_line(digits: pw.Dataset, address: str) -> None:
    """And no client comes to be, which would leave a thread, and whose destructor waits for minutes."""
    before = set(threading.enumerate())
    with pytest.raises(pw.ConfigurationError) as error:
        list(Cluster(address).run([Job(SMALL[0], 0)], InMemory(digits)))
    assert str(error.value) == (
        f"the cluster is {address!r}; expected the address of a scheduler, as in "
        "tcp://10.0.0.1:8786, or local:4 for four workers of this machine."
    )
    assert set(threading.enumerate()) <= before


def names(out: Path) -> list[str]:
    return sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())


def processes(dask: Any) -> list[int]:
    """The workers' own: those of their nannies are this one."""
    with distributed.Client(dask, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


def test_every_job_begins_and_ends_once(digits: pw.Dataset, cluster: Cluster) -> None:
    every_job_begins_and_ends_once(cluster, digits)


def test_a_folder_of_runs_is_the_same_as_of_one_process(tmp_path: Path, cluster: Cluster) -> None:
    """Its last states are there, too, so that each run can go on to more epochs."""
    pw.run_experiments(SMALL, "digits", tmp_path / "here", seeds=2)
    pw.run_experiments(SMALL, "digits", tmp_path / "there", seeds=2, executor=cluster)
    assert results(tmp_path / "there") == results(tmp_path / "here")
    assert names(tmp_path / "there") == names(tmp_path / "here")


def test_records_of_many_runs_are_not_held(
    tmp_path: Path, digits: pw.Dataset, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the orders that they came of."""
    monkeypatch.setattr(store, "_HELD", 3)
    monkeypatch.setattr(executor, "_FEWEST", 4)
    held = Held()
    train_experiments([SMALL[0]], digits, tmp_path, seeds=40, executor=cluster, observers=[held])
    assert len(held.counts) == 40
    assert max(held.counts) <= 12, "three, and those that have come back and are not written"


def test_workers_without_the_files_are_sent_the_data(
    tmp_path: Path, cluster: Cluster, idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stand in another folder, where there is no such path."""
    monkeypatch.chdir(idx_folder.parent)
    there = pw.run_experiments(SMALL, Folder(Path(idx_folder.name)), tmp_path / "there", executor=cluster)
    here = pw.run_experiments(SMALL, idx_folder, tmp_path / "here")
    assert [record.dataset for record in there] == [record.dataset for record in here]
    assert results(tmp_path / "there") == results(tmp_path / "here")


def test_settings_that_do_not_fit_the_data_end_all(digits: pw.Dataset, cluster: Cluster) -> None:
    settings_that_do_not_fit_the_data_end_all(cluster, digits)


def test_one_that_fails_does_not_keep_the_others(digits: pw.Dataset, cluster: Cluster) -> None:
    one_that_fails_does_not_keep_the_others(cluster, digits)


def test_other_versions_are_refused(
    digits: pw.Dataset, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = versions.versions()
    monkeypatch.setattr(executor, "versions", lambda: {**own, "plainweave": "0.0.9"})
    with pytest.raises(pw.PlainweaveError) as error:
        list(cluster.run([Job(SMALL[0], 0)], Loaded(InMemory(digits))))
    assert str(error.value).endswith(
        f" has plainweave {own['plainweave']}; expected 0.0.9, as here. Install the same versions on all "
        "machines of the cluster."
    )


def test_workers_that_are_killed_cost_what_they_were_at_alone(
    tmp_path: Path, digits: pw.Dataset, cluster: Cluster, dask: Any
) -> None:
    """One is killed every time some more runs are there; each run is kept once, and nothing else differs."""
    experiments = [
        replace(SMALL[0], id=f"e{number}", learning_rate=0.01 * (1 + number)) for number in range(6)
    ]
    jobs = [Job(experiment, seed) for experiment in experiments for seed in range(20)]
    finished: list[Finished] = []
    killed = 0
    for event in replace(cluster, observers=[_slowly]).run(jobs, Loaded(InMemory(digits))):
        assert isinstance(event, Begun | EpochEnded | Finished)
        if isinstance(event, Finished):
            finished.append(event)
            if killed < 3 and len(finished) > 20 * (killed + 1):
                os.kill(processes(dask)[0], signal.SIGKILL)
                killed += 1
    assert killed == 3
    assert sorted(event.job.name for event in finished) == sorted(job.name for job in jobs)
    here = Here().run(jobs, Loaded(InMemory(digits)))
    models = {event.job.name: event.model for event in here if isinstance(event, Finished)}
    assert {event.job.name: event.model for event in finished} == models


def _slowly(epoch: Any) -> None:
    time.sleep(0.01)


def test_a_training_goes_on_in_legs(
    tmp_path: Path, digits: pw.Dataset, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each its state has come back, and is written where the caller keeps it."""
    monkeypatch.setattr(executor, "_LEG", 0.2)
    job = Job(pw.Experiment(id="long", hidden=(8,), epochs=60), 0)
    path = tmp_path / "state"
    seen: set[bytes] = set()
    keeping = replace(cluster, checkpoint=lambda _: path, observers=[_slowly])
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.02):
            if path.exists():
                seen.add(path.read_bytes())

    looking = threading.Thread(target=look)
    looking.start()
    events = list(keeping.run([job], Loaded(InMemory(digits))))
    stop.set()
    looking.join()
    assert len(seen) > 2
    (end,) = [event for event in events if isinstance(event, Finished)]
    assert sum(isinstance(event, Begun) for event in events) == 1
    assert end.model == serialized(run_experiment(job.experiment, digits, 0)[1])


def test_trackers_are_told_while_workers_train(
    tmp_path: Path, digits: pw.Dataset, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By events, over several legs; stacks stay stacks, and at the end nothing is missing."""
    monkeypatch.setattr(executor, "_LEG", 0.3)
    monkeypatch.setattr(executor, "_PAUSE", 0.0)
    tracker = _Rows()
    slow = replace(cluster, observers=[_slowly])
    long = pw.Experiment(id="long", hidden=(8,), epochs=60)
    (record,) = pw.run_experiments([long], digits, tmp_path / "a", executor=slow, observers=[tracker])
    pair = [replace(long, id=name, epochs=2, learning_rate=rate) for name, rate in (("x", 0.1), ("y", 0.2))]
    pw.run_experiments(pair, digits, tmp_path / "b", executor=cluster, observers=[tracker])
    writings, *others = tracker.writings.values()
    assert len(writings) > 1, "it is told before the end, too"
    assert [row for rows in writings for row in rows] == [
        (epoch, dict(zip(record.history.names(), scores, strict=True)))
        for epoch, scores in enumerate(record.history.table().T.tolist(), start=1)
    ]
    assert [[number for rows in other for number, _ in rows] for other in others] == [[1, 2], [1, 2]]


class _Rows(pw.Tracker):
    """A tracker that keeps what it is told, by the name of the run."""

    def __init__(self) -> None:
        self.writings: dict[str, list[Rows]] = {}

    def begin(self, training: pw.Tracked) -> pw.Log:
        return _RowsOfOne(self.writings.setdefault(training.name, []))


class _RowsOfOne(pw.Log):
    def __init__(self, writings: list[Rows]) -> None:
        self.writings = writings

    def write(self, rows: Rows) -> None:
        self.writings.append(list(rows))


def test_a_stop_keeps_the_states_from_which_the_next_one_goes_on(
    tmp_path: Path, digits: pw.Dataset, cluster: Cluster
) -> None:
    jobs = [Job(pw.Experiment(id=name, hidden=(8,), epochs=100_000), 0) for name in "ab"]
    keeping = replace(cluster, checkpoint=lambda job: tmp_path / job.experiment.id)

    def epoch(job: Job) -> int:
        return resumed_epoch(tmp_path / job.experiment.id, job.experiment, digits.fingerprint, 0)

    kept = {"a": 0, "b": 0}
    for _ in range(2):
        events: Generator[Any, None, None] = keeping.run(jobs, Loaded(InMemory(digits)))
        seen: dict[str, int] = {}
        for event in events:
            if isinstance(event, EpochEnded):
                seen[event.jobs[0].name] = event.epoch
            if len(seen) == 2:
                break
        events.close()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
        assert all(seen[f"{name} seed 0"] > kept[name] for name in "ab")
        kept = {job.experiment.id: epoch(job) for job in jobs}


def greet(listening: socket.socket, words: bytes) -> None:
    with suppress(OSError):  # it was closed
        while True:
            listening.accept()[0].sendall(words)


@pytest.mark.parametrize("says", [None, b"", b"SSH-2.0-OpenSSH_9.2p1\r\n"], ids=["nobody", "dumb", "banner"])
def test_a_scheduler_that_is_not_there(
    digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch, says: bytes | None
) -> None:
    """Or something else; no thread is left of it, and later work goes on."""
    monkeypatch.setattr("plainweave.jobs.cluster.connection.PATIENCE", 0.5)
    before = set(threading.enumerate())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if says is not None:
            taken.listen()
        if says:
            greeting = threading.Thread(target=greet, args=(taken, says), daemon=True)
            greeting.start()
            before.add(greeting)
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(pw.PlainweaveError) as error:
            list(Cluster(address).run([Job(SMALL[0], 0)], Loaded(InMemory(digits))))
    assert str(error.value) == (
        f"the cluster at {address} can't be reached. Start its scheduler, as with dask scheduler, and "
        "give the address that it tells."
    )
    assert set(threading.enumerate()) <= before


def test_the_command_trains_on_workers_of_this_machine(tmp_path: Path) -> None:
    toml = tmp_path / "mine.toml"
    toml.write_text('[[experiment]]\nid = "a"\nhidden = [4]\nepochs = 2\n')
    common = (toml, "--data", "digits", "--seeds", 2, "--out")
    call("run", *common, tmp_path / "here", "--jobs", 1)
    call("run", *common, tmp_path / "there", "--cluster", "local:1")
    assert len(results(tmp_path / "there")) == 4
    assert results(tmp_path / "there") == results(tmp_path / "here")


def test_a_cluster_that_has_no_worker_yet_grows(tmp_path: Path, digits: pw.Dataset) -> None:
    """It begins without, and knows by the orders that wait how far to grow."""
    with workers(0) as cluster:
        cluster.adapt(minimum=0, maximum=2, interval="100 ms")
        executor = Cluster(cluster.scheduler_address)
        pw.run_experiments(SMALL, digits, tmp_path / "there", seeds=4, executor=executor)
    pw.run_experiments(SMALL, digits, tmp_path / "here", seeds=4)
    assert results(tmp_path / "there") == results(tmp_path / "here")


def test_a_run_that_takes_its_worker_with_it_is_lost(
    digits: pw.Dataset, cluster: Cluster, dask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask.scheduler, "allowed_failures", 0)
    job = Job(SMALL[0], 0)
    assert list(replace(cluster, observers=[_die]).run([job], Loaded(InMemory(digits)))) == [Lost(job)]


def _die(epoch: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
