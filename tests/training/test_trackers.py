"""Trackers without any tool: what they are told of trainings and of runs, once each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from formats_page import DOCS, code_of
from plainweave.data import Named
from plainweave.experiments import run_folder
from plainweave.jobs import Executor, Here, train_run
from plainweave.training import WEIGHTS_FILE
from plainweave.training.tracker import Rows
from trainings import train

BASE = pw.Experiment(id="base", hidden=(6,), epochs=6)
PAIR = [BASE, replace(BASE, id="other", learning_rate=0.05)]
NAMES = ["training_loss", "training_accuracy", "validation_loss", "validation_accuracy"]


@dataclass
class Kept(pw.Log):
    """A log in memory."""

    training: pw.Tracked
    rows: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    outcomes: list[pw.Outcome] = field(default_factory=list)

    def write(self, rows: Rows) -> None:
        assert rows
        self.rows.extend(rows)
        self.held, self.is_ended = rows[-1][0], False

    def end(self, outcome: pw.Outcome) -> None:
        if outcome.status == "finished" and self.is_ended:
            return
        self.is_ended = outcome.status == "finished"
        self.outcomes.append(outcome)

    @property
    def numbers(self) -> list[int]:
        return [number for number, _ in self.rows]

    @property
    def ends(self) -> list[str]:
        return [outcome.status for outcome in self.outcomes]


class Memory(pw.Tracker):
    """A tracker in memory; it finds a training again by its identity."""

    def __init__(self, name: str = "training") -> None:
        self.name = name
        self.logs: list[Kept] = []

    def begin(self, training: pw.Tracked) -> pw.Log:
        for log in self.logs:
            if training.identity and log.training.identity == training.identity:
                return log
        self.logs.append(Kept(training))
        return self.logs[-1]

    def of(self, name: str) -> Kept:
        (log,) = (log for log in self.logs if log.training.name == name)
        return log


def assert_has_all(log: Kept, history: pw.History) -> None:
    """Assert that a log has every epoch of a history once, in order, to the bit."""
    assert log.numbers == list(range(1, len(history) + 1))
    assert all(list(scores) == history.names() for _, scores in log.rows)
    np.testing.assert_array_equal([list(scores.values()) for _, scores in log.rows], history.table().T)


def test_every_training_of_fit_is_a_new_one_with_all_its_epochs(parts: pw.Split) -> None:
    memory = Memory("mine")
    first = train(parts, observers=[memory])
    assert first.state is not None
    second = train(parts, observers=[memory], epochs=6, start=first.state)
    assert [log.training.name for log in memory.logs] == ["mine", "mine"]
    assert_has_all(memory.logs[0], first.history)
    assert_has_all(memory.logs[1], second.history)
    assert [log.ends for log in memory.logs] == [["finished"]] * 2
    assert list(memory.logs[0].rows[0][1]) == NAMES


def test_members_of_a_stack_have_logs_of_their_own(parts: pw.Split) -> None:
    memory = Memory()
    result = train(parts, seed=[3, 4], observers=[memory])
    assert [log.training.name for log in memory.logs] == ["training/0", "training/1"]
    for number, log in enumerate(memory.logs):
        assert_has_all(log, result.member(number).history)


def test_what_ended_a_training_is_told(parts: pw.Split) -> None:
    memory = Memory()

    def end(epoch: pw.Epoch) -> None:
        if epoch.number == 2:
            raise (KeyboardInterrupt if len(memory.logs) == 1 else ZeroDivisionError)

    with pytest.raises(pw.TrainingInterrupted):
        train(parts, observers=[memory, end])
    with pytest.raises(ZeroDivisionError):
        train(parts, observers=[memory, end])
    assert [log.ends for log in memory.logs] == [["stopped"], ["failed"]]
    assert [log.numbers for log in memory.logs] == [[1, 2]] * 2


@pytest.mark.parametrize("jobs", [1, 2])
def test_runs_are_tracked_whichever_process_trains_them(tmp_path: Path, jobs: int) -> None:
    memory = Memory()
    records = pw.run_experiments(
        PAIR, Named("digits"), tmp_path, seeds=2, jobs=jobs, observers=[memory], threads=1
    )
    assert len(memory.logs) == 4
    for record in records:
        log = memory.of(f"{record.experiment.id}/seed-{record.seed}")
        assert_has_all(log, record.history)
        (outcome,) = log.outcomes
        folder = run_folder(tmp_path, record.experiment.id, record.seed)
        assert (outcome.status, outcome.model) == ("finished", (folder / WEIGHTS_FILE).read_bytes())
        assert record.test is not None
        assert record.best_validation is not None
        assert outcome.results == {
            "epochs": 6,
            "best_epoch": record.best_epoch,
            "seconds": record.seconds,
            "best_validation_loss": record.best_validation["loss"],
            "best_validation_accuracy": record.best_validation["accuracy"],
            "test_loss": record.test["loss"],
            "test_accuracy": record.test["accuracy"],
        }
        assert log.training.settings["seed"] == record.seed
        assert log.training.settings["learning_rate"] == record.experiment.learning_rate


STACK: Sequence[pw.Experiment] = [
    *(replace(BASE, id=f"rate-{number}", learning_rate=0.1 * number) for number in range(1, 4)),
    replace(BASE, id="wild", learning_rate=1e38),
    *(replace(BASE, id=f"patience-{number}", learning_rate=2.0, patience=number) for number in (1, 2)),
]


@pytest.mark.parametrize("executor", [None, Here()], ids=["processes", "an executor of one's own"])
def test_a_stack_stays_one_and_ends_with_the_same_bytes(
    tmp_path: Path, digits: pw.Dataset, executor: Executor | None
) -> None:
    memory = Memory()
    tracked = pw.run_experiments(STACK, digits, tmp_path / "tracked", observers=[memory], executor=executor)
    plain = pw.run_experiments(STACK, digits, tmp_path / "plain", executor=executor)
    for one, other in zip(tracked, plain, strict=True):
        assert one.history.to_csv() == other.history.to_csv()
        assert_has_all(memory.of(f"{one.experiment.id}/seed-0"), one.history)
        folders = (run_folder(tmp_path / name, one.experiment.id, 0) for name in ("tracked", "plain"))
        assert len({(folder / WEIGHTS_FILE).read_bytes() for folder in folders}) == 1
    assert {len(log.rows) for log in memory.logs} > {6}, "some ended early"


def stop_at_4(epoch: pw.Epoch) -> None:
    if epoch.number == 4:
        raise KeyboardInterrupt


def test_a_run_that_goes_on_has_its_epochs_once(tmp_path: Path, digits: pw.Dataset) -> None:
    memory = Memory()
    with pytest.raises(KeyboardInterrupt):
        pw.run_experiments([BASE], digits, tmp_path, observers=[memory, stop_at_4])
    (log,) = memory.logs
    assert log.ends == ["stopped"]
    assert 0 < len(log.rows) < 6
    pw.run_experiments([BASE], digits, tmp_path, observers=[memory])
    assert log.ends == ["stopped", "finished"]
    (longer,) = pw.run_experiments([replace(BASE, epochs=9)], digits, tmp_path, observers=[memory])
    assert log.ends == ["stopped", "finished", "finished"]
    assert_has_all(log, longer.history)
    assert memory.logs == [log]


def test_finished_runs_are_brought_into_a_tracker_once(tmp_path: Path, digits: pw.Dataset) -> None:
    (record,) = pw.run_experiments([BASE], digits, tmp_path / "runs")
    memory = Memory()
    for _ in range(2):
        pw.run_experiments([BASE], digits, tmp_path / "runs", observers=[memory])
    (log,) = memory.logs
    assert_has_all(log, record.history)
    assert log.ends == ["finished"]


def test_one_run_in_a_folder_of_its_own_is_tracked(tmp_path: Path, digits: pw.Dataset) -> None:
    memory = Memory()
    for _ in range(2):
        record, _ = train_run(BASE, digits, tmp_path / "run", observers=[memory])
    (log,) = memory.logs
    assert_has_all(log, record.history)
    assert log.ends == ["finished"]


def test_settings_seed_and_data_tell_runs_apart_and_the_number_of_epochs_does_not(
    tmp_path: Path, digits: pw.Dataset
) -> None:
    memory = Memory()
    others = [BASE, replace(BASE, epochs=2), replace(BASE, hidden=(7,)), replace(BASE, schedule="cosine")]
    for number, experiment in enumerate(others):
        train_run(experiment, digits, tmp_path / str(number), observers=[memory])
    train_run(BASE, digits, tmp_path / "seed", seed=1, observers=[memory])
    assert len(memory.logs) == 4
    assert len({log.training.identity for log in memory.logs}) == 4


def test_a_run_that_fails_is_told(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    memory = Memory()
    monkeypatch.setattr("plainweave.jobs.stacks.serialized", fail)
    with pytest.raises(pw.PlainweaveError):
        pw.run_experiments([BASE], digits, tmp_path, observers=[memory])
    assert [log.ends for log in memory.logs] == [["failed"]]


def test_the_one_that_the_page_shows(
    tmp_path: Path, parts: pw.Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wide = replace(BASE, id="wide", epochs=3)
    network = pw.Network(64, [6], 10)
    digits = Named("digits").load()
    names: dict[str, Any] = {"pw": pw, "wide": wide, "network": network, "parts": parts, "digits": digits}
    exec(code_of("One of your own", page=DOCS / "trackers.md"), names)
    assert len(names["lines"]) == 3
    pw.run_experiments([replace(wide, epochs=5)], digits, "runs", seeds=2, observers=[names["Files"]()])
    for seed in (0, 1):
        lines = (tmp_path / f"wide-seed-{seed}.jsonl").read_text().splitlines()
        assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3, 4, 5]
