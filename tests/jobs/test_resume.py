"""Stopped training goes on, and ends with the very bytes of training that was never stopped."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import Named
from plainweave.experiments import RunRecord, identity, run_folder
from plainweave.experiments.run import run_stack
from plainweave.experiments.stack import optimizer_of
from plainweave.training import Checkpoints, Observer, TrainingState, checkpoint_epoch

BASE = pw.Experiment(
    id="base", hidden=(8, 6), activation=("relu", "tanh"), learning_rate=0.5, dampening=0.9, epochs=9
)
GRIDS = {
    "one": [BASE],
    "no momentum": [replace(BASE, momentum=0.0, dampening=0.0)],
    "nesterov": [replace(BASE, dampening=0.0, nesterov=True, learning_rate=0.05)],
    "numpy engine": [replace(BASE, dtype="float64")],
    "per image": [replace(BASE, standardize="per-image")],
    "a stack": [
        BASE,
        replace(BASE, id="wild", learning_rate=1e38),
        replace(BASE, id="impatient", learning_rate=2.0, patience=2),
        replace(BASE, id="decayed", weight_decay=1e-3, loss_mean="batch-and-classes"),
    ],
}


@pytest.fixture(autouse=True)
def every_state_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Checkpoints, "pause", 0)
    monkeypatch.setattr(Checkpoints, "rest", 0)


class StopError(Exception):
    """What ends training in these tests."""


def stop_at(last: int) -> Observer:
    def observer(epoch: pw.Epoch) -> None:
        if epoch.number == last:
            raise StopError

    return observer


def assert_same(first: list[tuple[RunRecord, pw.Model]], second: list[tuple[RunRecord, pw.Model]]) -> None:
    for (one, model), (two, other) in zip(first, second, strict=True):
        assert {**vars(one), "history": 0, "seconds": 0} == {**vars(two), "history": 0, "seconds": 0}
        assert one.history.to_csv() == two.history.to_csv()
        for name, value in model.network.parameters.items():
            np.testing.assert_array_equal(value, other.network.parameters[name])


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("stops", [[2], [2, 3, 8], [9]])
def test_training_goes_on_to_the_bit(
    tmp_path: Path, digits: pw.Dataset, grid: list[pw.Experiment], stops: list[int]
) -> None:
    positions = range(len(grid))
    whole = run_stack(grid, digits, 3, positions=positions)
    files = [tmp_path / each.id for each in grid]
    for last in stops:
        with pytest.raises(StopError):
            run_stack(grid, digits, 3, positions=positions, observers=[stop_at(last)], checkpoints=files)
        of_base = identity(grid[0], digits.fingerprint, 3)
        assert checkpoint_epoch(files[0], of_base) == last - 1, "the epoch that had ended is kept"
    assert_same(run_stack(grid, digits, 3, positions=positions, checkpoints=files), whole)


def test_members_stopped_at_different_epochs_begin_anew_together(tmp_path: Path, digits: pw.Dataset) -> None:
    grid = [BASE, replace(BASE, id="other", learning_rate=0.1)]
    files = [tmp_path / each.id for each in grid]
    for each, file, last in zip(grid, files, (3, 5), strict=True):
        with pytest.raises(StopError):
            pw.run_experiment(each, digits, 0, observers=[stop_at(last)], checkpoint=file)
    whole = run_stack(grid, digits, 0, positions=[0, 1])
    assert_same(run_stack(grid, digits, 0, positions=[0, 1], checkpoints=files), whole)


def test_a_stop_within_an_epoch_keeps_the_epochs_before(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plainweave.engine.engine.obstacle", lambda _: "NumPy's steps can be counted")
    slow = replace(BASE, dtype="float64")
    whole = run_stack([slow], digits, 0, positions=[0])
    steps = 0
    original = pw.SGD.step

    def interrupted(self: pw.SGD, *arguments: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == 18 * 4 + 7:  # 18 steps an epoch
            raise KeyboardInterrupt
        original(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(pw.SGD, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pw.run_experiment(slow, digits, 0, checkpoint=tmp_path / "kept")
    assert checkpoint_epoch(tmp_path / "kept", identity(slow, digits.fingerprint, 0)) == 4
    assert_same([pw.run_experiment(slow, digits, 0, checkpoint=tmp_path / "kept")], whole)


def test_a_run_goes_on_where_a_stop_left_it(tmp_path: Path, digits: pw.Dataset) -> None:
    folder = run_folder(tmp_path, "base", 0)
    checkpoint = folder / "run.checkpoint"
    with pytest.raises(StopError):
        pw.run_experiment(BASE, digits, 0, observers=[stop_at(5)], checkpoint=checkpoint)
    (record,) = pw.run_experiments([BASE], Named("digits"), tmp_path)
    alone, _ = pw.run_experiment(BASE, digits, 0)
    assert record.history.to_csv() == alone.history.to_csv()


@pytest.mark.parametrize(
    ("change", "name", "given", "expected"),
    [
        ({"learning_rate": 0.1}, "learning_rate", 0.5, 0.1),
        ({"schedule": "cosine"}, "schedule", "constant", "cosine"),
        ({"rate_factors": {"bias": 2}}, "rate_factors.bias", None, 2.0),
        ({"hidden": (8,), "activation": "relu"}, "hidden", [8, 6], [8]),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused(
    tmp_path: Path, digits: pw.Dataset, change: dict[str, object], name: str, given: object, expected: object
) -> None:
    file = tmp_path / "kept"
    with pytest.raises(StopError):
        pw.run_experiment(BASE, digits, 0, observers=[stop_at(3)], checkpoint=file)
    with pytest.raises(pw.RecordError) as error:
        pw.run_experiment(replace(BASE, **change), digits, 0, checkpoint=file)  # type: ignore[arg-type]
    assert str(error.value) == (
        f"{file} is of a training with {name} {given}; expected {expected}. "
        "Remove it to train anew, or choose another folder."
    )


@pytest.mark.parametrize("name", ["data", "plainweave", "engine", "numpy", "scipy", "blas"])
def test_a_checkpoint_of_other_data_or_another_version_is_refused(
    tmp_path: Path, digits: pw.Dataset, name: str
) -> None:
    network = BASE.network(64, 10, [0])
    state = TrainingState.begin(network, optimizer_of([BASE], 10), BASE.epochs, BASE.loss)
    made = {**identity(BASE, digits.fingerprint, 0), name: "another"}
    kept = Checkpoints([tmp_path / "kept"], [made])
    kept.note(state)
    kept.write()
    with pytest.raises(pw.RecordError, match=f"is of a training with {name} another; expected "):
        pw.run_experiment(BASE, digits, 0, checkpoint=tmp_path / "kept")


@pytest.mark.parametrize("damage", ["cut", "changed", "a bit", "empty", "another file", "a folder"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, digits: pw.Dataset, damage: str) -> None:
    file = tmp_path / "kept"
    with pytest.raises(StopError):
        pw.run_experiment(BASE, digits, 0, observers=[stop_at(3)], checkpoint=file)
    content = file.read_bytes()
    if damage == "a folder":
        file.unlink()
        file.mkdir()
    elif damage == "another file":
        pw.save(file, pw.run_experiment(replace(BASE, epochs=1), digits, 0)[1])
    else:
        bit = content[:-5] + bytes([content[-5] ^ 4]) + content[-4:]
        damaged = {
            "cut": content[:-9],
            "changed": content[:9] + b"x" + content[10:],
            "a bit": bit,
            "empty": b"",
        }
        file.write_bytes(damaged[damage])
    with pytest.raises(pw.RecordError) as error:
        pw.run_experiment(BASE, digits, 0, checkpoint=file)
    assert str(error.value).startswith(f"{file} is no whole checkpoint (")
    assert str(error.value).endswith("). Remove it to train anew.")


def test_a_checkpoint_is_written_only_now_and_then(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    monkeypatch.setattr(Checkpoints, "write", lambda self: written.append(self))
    pw.run_experiment(replace(BASE, epochs=30), digits, 0, checkpoint=tmp_path / "kept")
    assert len(written) == 1, "thirty epochs of digits take less than five seconds: only the end is kept"


def test_seconds_are_counted_over_stops(tmp_path: Path, digits: pw.Dataset) -> None:
    file = tmp_path / "kept"
    with pytest.raises(StopError):
        pw.run_experiment(BASE, digits, 0, observers=[stop_at(5)], checkpoint=file)
    with file.open("rb") as handle:
        header = handle.read(int.from_bytes(handle.read(8), "little"))
    before = json.loads(json.loads(header)["__metadata__"]["plainweave.checkpoint"])["seconds"]
    assert before > 0
    record, _ = pw.run_experiment(BASE, digits, 0, checkpoint=file)
    assert record.seconds > before


def test_training_that_has_ended_is_kept_until_its_results_are(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pw.Model, "evaluate", stopped)
    with pytest.raises(KeyboardInterrupt):
        pw.run_experiment(BASE, digits, 0, checkpoint=tmp_path / "kept")
    assert checkpoint_epoch(tmp_path / "kept", identity(BASE, digits.fingerprint, 0)) == BASE.epochs
