"""How many records the caller holds: a bounded number, however many runs there are."""

from pathlib import Path

import pytest

import plainweave as pw
from plainweave.experiments import Store, store
from plainweave.jobs import train_experiments
from records_held import Held

SMALL = pw.Experiment(id="a", hidden=(4,), epochs=1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_records_of_many_runs_are_not_held(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    """Nor those that are there from an earlier time."""
    monkeypatch.setattr(store, "_HELD", 3)
    for _ in range(2):
        held = Held()
        train_experiments([SMALL], digits, tmp_path, seeds=12, jobs=jobs, observers=[held])
        assert len(held.counts) == 12
        assert max(held.counts) <= 5, "three, the one that is made, and the one before it"


def test_records_that_were_let_go_are_read_again(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_HELD", 2)
    records = pw.run_experiments([SMALL], digits, tmp_path, seeds=5)
    assert [record.seed for record in records] == [0, 1, 2, 3, 4]
    assert Store(tmp_path).records() == records
    assert all(record.experiment is records[0].experiment for record in records), "one copy of what is alike"
    assert all(record.environment is records[0].environment for record in records)
