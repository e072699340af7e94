"""Searches whose trials are trained by the workers of a Dask cluster."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import plainweave as pw
from command_line import call
from dask_noise import IGNORED, workers
from plainweave.data import Loaded, Named, source_of
from plainweave.evidence import read_tuning
from plainweave.experiments import Store
from plainweave.jobs import Cluster, Job
from plainweave.jobs.cluster import executor
from plainweave.jobs.cluster.flow import Flow
from plainweave.tuning.on_cluster import on_cluster
from plainweave.tuning.search import open_search
from plainweave.tuning.space import space_of
from plainweave.tuning.trial import Came, Ended, Search

pytest.importorskip("distributed")
pytest.importorskip("optuna")

pytestmark = IGNORED

SPACE = {
    "hidden": {"choices": [[20], [10, 10]], "start": [20]},
    "learning_rate": {"low": 0.001, "high": 1.0, "log": True, "start": 0.001},
    "epochs": 3,
}


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    with workers(2) as cluster:
        yield cluster


def tried(out: Path) -> list[tuple[object, ...]]:
    """What was tried and what came of it, without the seconds."""
    found = read_tuning(out)
    assert found is not None
    return [(one.number, one.state, one.score, one.epochs, one.settings, one.reason) for one in found.trials]


def test_trials_and_proof_are_those_of_one_process(tmp_path: Path, dask: Any) -> None:
    toml = tmp_path / "space.toml"
    toml.write_text(
        'data = "digits"\nsampler = "random"\npruner = "none"\n[defaults]\nepochs = 2\n'
        "hidden = {choices = [[20], [10]]}\n"
        'activation = {choices = ["tanh", ["relu", "tanh"]], start = "tanh"}\n'
    )
    common = ("tune", toml, "--trials", 6, "--seeds", 2, "--out")
    call(*common, tmp_path / "here", "--jobs", 1)
    call(*common, tmp_path / "there", "--cluster", dask.scheduler_address)
    assert tried(tmp_path / "there") == tried(tmp_path / "here")
    assert {"complete", "failed"} == {str(row[1]) for row in tried(tmp_path / "there")}
    here, there = (
        {(record.experiment.id, record.seed): record.history.to_csv() for record in Store(out).records()}
        for out in (tmp_path / "here", tmp_path / "there")
    )
    assert there == here


def test_bad_trials_are_pruned_where_they_are_trained(
    tmp_path: Path, dask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "_PAUSE", 0.0)
    slow = Cluster(dask.scheduler_address, observers=[_slowly])
    space = {"learning_rate": {"choices": [0.1, 1e-6], "start": 0.1}, "hidden": [8], "epochs": 100}
    found = pw.tune(
        space,
        "digits",
        tmp_path,
        trials=5,
        seeds=1,
        sampler="random",
        pruner="successive-halving",
        cluster=slow,
    )
    pruned = [one for one in found.trials if one.state == "pruned"]
    assert pruned
    assert all(one.reason.startswith("pruned at epoch ") and 0 < one.epochs < 100 for one in pruned)
    assert not (tmp_path / "search" / "trial-0.checkpoint").exists()


def test_a_search_that_is_stopped_goes_on_with_the_trials_at_work(tmp_path: Path, dask: Any) -> None:
    space = space_of({**SPACE, "epochs": 60})
    search, data = Search(space, tmp_path / "search", "random", "none"), Loaded(Named("digits"))
    slow = Cluster(dask.scheduler_address, observers=[_slowly])
    study = open_search(search, data)
    events = on_cluster(search, data, [None, None], slow)
    at_work = {event.number for event, _ in zip(events, range(2), strict=False) if isinstance(event, Came)}
    events.close()
    assert at_work <= {0, 1}
    assert all(search.checkpoint(number).exists() for number in at_work)
    ends = [event for event in on_cluster(search, data, [0, 1], slow) if isinstance(event, Ended)]
    assert sorted((end.number, end.epochs) for end in ends) == [(0, 60), (1, 60)]
    for trial in study.get_trials():
        assert sorted(trial.intermediate_values) == list(range(1, 61))
    assert [path.name for path in search.folder.glob("*.checkpoint")] == []


def test_what_workers_are_sent_is_fitted_to_the_data(
    tmp_path: Path, dask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker takes a state for another run's if settings that nobody said are not yet those of the data."""
    table = tmp_path / "homes.csv"
    sizes = [number / 7 for number in range(40)]
    pw.write_table(table, {"size": sizes, "price": [size**2 for size in sizes]})
    data, sent = Loaded(source_of(pw.load_table(table, target="price"))), list[Job]()
    search = Search(space_of({"hidden": {"choices": [[4], [5]]}}), tmp_path / "search", "random", "none")
    open_search(search, data)
    monkeypatch.setattr(Flow, "add", lambda flow, stack: sent.extend(stack.jobs))
    assert list(on_cluster(search, data, [None], Cluster(dask.scheduler_address))) == []
    assert [(job.experiment.loss, job.experiment.learning_rate) for job in sent] == [("squared-error", 0.01)]


def _slowly(epoch: pw.Epoch) -> None:
    time.sleep(0.03)
