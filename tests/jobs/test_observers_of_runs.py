"""Observers of runs: in this process and in others, each run with its own, and what the record says."""

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import Named
from plainweave.experiments import Store, describe_result, read_run, run_folder
from plainweave.jobs import Here, train_run

BASE = pw.Experiment(id="base", hidden=(6,), epochs=6)
PAIR = [BASE, replace(BASE, id="other", learning_rate=0.05)]


class After:
    """Stops after so many epochs that it has seen itself, and notes in which process."""

    def __init__(self, epochs: int, folder: Path | None = None) -> None:
        self.epochs, self.folder, self.seen = epochs, folder, 0

    def __call__(self, epoch: pw.Epoch) -> pw.Stop | None:
        self.seen += 1
        assert self.seen == epoch.number == len(epoch.history)
        assert np.shape(epoch.best_epoch) == np.shape(epoch.learning_rate) == epoch.network.stack == ()
        assert epoch.history.validation_loss[-1].shape == ()
        if self.folder:
            (self.folder / str(os.getpid())).touch()
        return pw.Stop(f"{self.seen} epochs are enough") if self.seen == self.epochs else None


def test_one_run_is_seen_as_a_network_alone_and_a_stop_is_recorded(digits: pw.Dataset) -> None:
    record, model = pw.run_experiment(BASE, digits, 0, observers=[After(3)])
    assert (record.stopped, record.epochs) == ("3 epochs are enough", 3)
    assert describe_result(record, 10).endswith(
        f", best epoch {record.best_epoch} of 3, stopped (3 epochs are enough), {record.seconds:.0f} s"
    )
    short, other = pw.run_experiment(replace(BASE, epochs=3), digits, 0)
    assert record.history.to_csv() == short.history.to_csv()
    assert record.test == short.test
    for name, value in model.network.parameters.items():
        np.testing.assert_array_equal(value, other.network.parameters[name])


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_run_has_observers_of_its_own_in_whichever_process(
    tmp_path: Path, digits: pw.Dataset, jobs: int
) -> None:
    after, seen_in = After(2, tmp_path / "seen"), tmp_path / "seen"
    seen_in.mkdir()
    data = Named("digits")
    records = pw.run_experiments(PAIR, data, tmp_path / "out", seeds=2, jobs=jobs, observers=[after])
    assert [record.stopped for record in records] == ["2 epochs are enough"] * 4
    assert after.seen == 0, "the one given is copied"
    assert (str(os.getpid()) in {path.name for path in seen_in.iterdir()}) == (jobs == 1)
    again = Store(tmp_path / "out").records()
    assert [record.stopped for record in again] == ["2 epochs are enough"] * 4
    kept = pw.run_experiments(PAIR, data, tmp_path / "out", seeds=2)
    assert [record.epochs for record in kept] == [2] * 4, "a run that was stopped is finished"


def test_a_stopped_run_goes_on_to_more_epochs(tmp_path: Path, digits: pw.Dataset) -> None:
    record, _ = train_run(BASE, digits, tmp_path / "out", observers=[After(2)])
    assert (record.stopped, record.epochs) == ("2 epochs are enough", 2)
    longer = replace(BASE, epochs=7)
    record, _ = train_run(longer, digits, tmp_path / "out")
    assert (record.stopped, record.epochs) == (None, 7)
    whole, _ = pw.run_experiment(longer, digits, 0)
    assert read_run(tmp_path / "out").history.to_csv() == whole.history.to_csv()


def test_ready_made_observers_watch_runs(tmp_path: Path, digits: pw.Dataset) -> None:
    record, _ = pw.run_experiment(BASE, digits, 0, observers=[pw.CSVFile(tmp_path / "growing.csv")])
    assert (tmp_path / "growing.csv").read_text() == record.history.to_csv()
    (record,) = pw.run_experiments(
        [BASE], digits, tmp_path / "out", observers=[pw.CSVFile(tmp_path / "run.csv")]
    )
    assert (tmp_path / "run.csv").read_text() == record.history.to_csv()


def test_observers_see_all_epochs_of_a_run_that_goes_on(tmp_path: Path, digits: pw.Dataset) -> None:
    pw.run_experiment(BASE, digits, 0, checkpoint=tmp_path / "kept")
    lengths: list[tuple[int, int]] = []
    pw.run_experiment(
        replace(BASE, epochs=8),
        digits,
        0,
        checkpoint=tmp_path / "kept",
        observers=[lambda epoch: lengths.append((epoch.number, len(epoch.history)))],
    )
    assert lengths == [(7, 7), (8, 8)]


def raise_at_2(epoch: pw.Epoch) -> None:
    if epoch.number == 2:
        raise ZeroDivisionError("mine")


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_an_observer_raises_is_raised(tmp_path: Path, jobs: int) -> None:
    with pytest.raises(ZeroDivisionError, match="mine"):
        pw.run_experiments(PAIR, Named("digits"), tmp_path, jobs=jobs, observers=[raise_at_2])
    assert not list(tmp_path.rglob("record.json"))


SCRIPT = """
import sys, plainweave as pw
seen = []
two = [pw.Experiment(id=name, hidden=(4,), epochs=2) for name in "ab"]
if __name__ == "__main__":
    watch = lambda epoch: seen.append(epoch.number)
    pw.run_experiments(two, "digits", sys.argv[1], jobs=2, observers=[watch])
    print(seen)
"""


def test_what_can_not_be_handed_to_other_processes_watches_here(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py", tmp_path / "out"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout == "[1, 2, 1, 2]\n"
    assert done.stderr.startswith("data, observers or parts can't be handed to other processes (")


def test_observers_that_can_not_be_had_are_refused(tmp_path: Path, digits: pw.Dataset) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        pw.run_experiments(PAIR, digits, tmp_path, observers=[After(1)], executor=Here())
    assert str(error.value) == (
        "observers are given beside an executor; expected one of them. Give them to the executor, as in "
        "Here(observers=[...])."
    )
    with pytest.raises(TypeError) as refused:
        pickle.dumps(sys.__stderr__)
    with pytest.raises(pw.ConfigurationError) as error:
        pw.run_experiments(PAIR, digits, tmp_path, observers=[pw.Lines(sys.__stderr__)])
    assert str(error.value) == (
        f"observers can't be copied for each run ({refused.value}); expected "
        "functions, or objects of plain values. Open what can't be copied where it is used."
    )
    with pytest.raises(pw.ConfigurationError) as error:
        pw.run_experiments(PAIR, digits, tmp_path, observers=[3])  # type: ignore[list-item]
    assert str(error.value) == "observers is [3]; expected a list of functions, as in [print]."
    assert not list(tmp_path.rglob("*.*"))


def test_an_executor_has_observers_itself(tmp_path: Path, digits: pw.Dataset) -> None:
    executor = Here(observers=[After(2)])
    records = pw.run_experiments(PAIR, digits, tmp_path, executor=executor)
    assert [record.stopped for record in records] == ["2 epochs are enough"] * 2
    assert not list(run_folder(tmp_path, "base", 0).glob("*.checkpoint"))
