"""A cluster that shrinks while it trains: of itself, where workers have nothing to do, or as it is told."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import plainweave as pw
from dask_noise import IGNORED, workers
from plainweave.data import InMemory, Loaded
from plainweave.experiments import run_experiment
from plainweave.jobs import Begun, Cluster, Finished, Job
from plainweave.training.model_file import serialized

pytest.importorskip("distributed")

from distributed import SchedulerPlugin

pytestmark = IGNORED


@dataclass(frozen=True)
class Slowly:
    """An observer that takes its time, until there is a file."""

    until: Path

    def __call__(self, epoch: pw.Epoch) -> pw.Stop | None:
        time.sleep(0.02)
        return pw.Stop("it was seen") if self.until.exists() else None


class Watch(SchedulerPlugin):  # type: ignore[misc]
    """Sees what becomes of orders and workers.

    Args:
        seen: a file that is made once a worker was removed while others were at work.

    Attributes:
        ends: how often each order was finished, or taken from its worker.
        gone: the orders at work elsewhere, each time when a worker was removed.
    """

    name = "watch"

    def __init__(self, seen: Path) -> None:
        self.seen = seen
        self.ends: Counter[tuple[str, str]] = Counter()
        self.gone: list[int] = []

    def transition(self, key: str, start: str, finish: str, *_: Any, **__: Any) -> None:
        if start == "processing":
            self.ends[str(key), finish] += 1

    def remove_worker(self, scheduler: Any, worker: str, **_: Any) -> None:
        self.gone.append(sum(task.state == "processing" for task in scheduler.tasks.values()))
        if self.gone[-1] > 0:
            self.seen.touch()


def test_a_cluster_that_adapts_ends_workers_that_have_nothing_to_do(
    digits: pw.Dataset, tmp_path: Path
) -> None:
    """While others train; so nothing is done twice."""
    watch = Watch(tmp_path / "seen")
    short = [Job(pw.Experiment(id=f"short-{number}", hidden=(4,), epochs=2), 0) for number in range(8)]
    long = Job(pw.Experiment(id="long", hidden=(4,), epochs=5000), 0)
    with workers(0) as cluster:
        cluster.scheduler.add_plugin(watch)
        cluster.adapt(minimum=0, maximum=3, interval="100 ms", wait_count=2, target_duration="100 ms")
        training = Cluster(cluster.scheduler_address, observers=[Slowly(watch.seen)])
        events = list(training.run([*short, long], Loaded(InMemory(digits))))
        assert any(at_work > 0 for at_work in watch.gone), "a worker went while others trained"
    assert sum(isinstance(event, Finished) for event in events) == 9
    assert [end for end in watch.ends.items() if end[0][1] != "memory" or end[1] > 1] == []


def test_workers_that_are_told_to_end_while_they_train_hand_over(digits: pw.Dataset, tmp_path: Path) -> None:
    """Their orders go to others, as those of a worker that died do; how often is Dask's choice."""
    watch = Watch(tmp_path / "seen")
    jobs = [Job(pw.Experiment(id=name, hidden=(4,), epochs=200), 0) for name in "abc"]
    models: dict[str, bytes] = {}
    with workers(3) as cluster:
        cluster.scheduler.add_plugin(watch)
        begun = 0
        training = Cluster(cluster.scheduler_address, observers=[Slowly(tmp_path / "never")])
        for event in training.run(jobs, Loaded(InMemory(digits))):
            if isinstance(event, Begun):
                begun += 1
                if begun == 3:
                    cluster.scale(1)
            elif isinstance(event, Finished):
                models[event.job.name] = event.model
    assert any(finish != "memory" for _, finish in watch.ends)
    assert models == {job.name: serialized(run_experiment(job.experiment, digits, 0)[1]) for job in jobs}
