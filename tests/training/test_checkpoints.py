"""The file of a checkpoint: read back to the bit, or refused in a line that says why."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

import plainweave as pw
from plainweave.training import TrainingState, checkpoint_epoch, checkpoint_file
from plainweave.training.checkpoint_file import read_checkpoint, write_checkpoint
from refusals import refused

IDENTITY = {
    "factors": {"bias": 0.5},
    "seed": 3,
    "hidden": [8],
    "learning_rate": 0.5,
    "patience": None,
    "test": True,
    "data": "a",
}
NETWORK = pw.Network(64, [8], 10)


@pytest.fixture
def state(parts: pw.Split) -> TrainingState:
    states: list[TrainingState] = []
    pw.fit(
        pw.Network(64, [8], 10),
        parts,
        pw.SGD(0.5, momentum=0.9),
        epochs=9,
        observers=[lambda epoch: pw.Stop("enough") if epoch.number == 2 else None],
        checkpoint=lambda state: states.append(state.copy()),
    )
    return states[-1]


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what a checkpoint says, without its checksum."""
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    metadata = json.loads(content[8 : 8 + size])["__metadata__"]
    description = json.loads(metadata["plainweave.checkpoint"])
    change(description)
    path.write_bytes(save(load(content), {**metadata, "plainweave.checkpoint": json.dumps(description)}))


def test_a_state_is_read_back_to_the_bit(tmp_path: Path, state: TrainingState) -> None:
    write_checkpoint(tmp_path / "x", state, IDENTITY, 1.5)
    assert checkpoint_epoch(tmp_path / "x", IDENTITY) == 2
    again, seconds = read_checkpoint(tmp_path / "x", IDENTITY, NETWORK)
    assert seconds == 1.5
    for one, other in (
        (state.weights, again.weights),
        (state.slots["velocity"], again.slots["velocity"]),
        (state.best.network.parameters, again.best.network.parameters),
    ):
        for name, value in one.items():
            np.testing.assert_array_equal(value, other[name], strict=True)
    assert (again.best.value, again.best.epoch) == (state.best.value, state.best.epoch)
    assert again.improvement == state.improvement
    assert (again.steps, again.planned, again.stopped) == (state.steps, state.planned, "enough")
    assert again.history.to_csv() == state.history.to_csv()
    assert (again.running, again.epochs, again.diverged) == (state.running, state.epochs, state.diverged)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("version"), "it is of version 1; expected 3"),
        (lambda content: content.update(version=2), "it is of version 2; expected 3"),
        (lambda content: content.update(epoch=-1), "epoch is -1; expected a whole number from 0 to"),
        (lambda content: content.update(seconds=-1), "seconds is -1; expected a number from 0 to inf"),
        (lambda content: content.pop("running"), "expected an object with identity, epoch, history"),
    ],
)
def test_one_of_another_form_is_refused(
    tmp_path: Path, state: TrainingState, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    write_checkpoint(tmp_path / "x", state, IDENTITY, 1.5)
    rewrite(tmp_path / "x", change)
    error = refused(lambda: checkpoint_epoch(tmp_path / "x", IDENTITY))
    assert error.startswith(f"{tmp_path / 'x'} is no whole checkpoint (")
    assert message in error
    assert error.endswith("). Remove it to train anew.")


def test_one_of_another_training_or_network_is_refused(tmp_path: Path, state: TrainingState) -> None:
    write_checkpoint(tmp_path / "x", state, IDENTITY, 1.5)
    assert refused(lambda: checkpoint_epoch(tmp_path / "x", {**IDENTITY, "hidden": [9]})) == (
        f"{tmp_path / 'x'} is of a training with hidden [8]; expected [9]. Remove it to train anew, or "
        "choose another folder."
    )
    assert refused(lambda: read_checkpoint(tmp_path / "x", IDENTITY, pw.Network(64, [9], 10))) == (
        f"{tmp_path / 'x'} is no whole checkpoint (its weights.hidden_1.weight is float32 of shape (64, 8)). "
        "Remove it to train anew."
    )


def test_what_was_changed_has_another_checksum(tmp_path: Path, state: TrainingState) -> None:
    write_checkpoint(tmp_path / "x", state, IDENTITY, 1.5)
    rewrite(tmp_path / "x", lambda content: content.update(best_epoch=1 - content["best_epoch"] % 2))
    assert "its checksum is not that of its content" in refused(
        lambda: read_checkpoint(tmp_path / "x", IDENTITY, NETWORK)
    )


def test_a_copy_of_the_state_copies_no_epoch_one_by_one(parts: pw.Split) -> None:
    # After thousands of epochs it would take longer than many epochs do, and so be made seldom.
    copies = []
    network = pw.Network(64, [4], 10)

    def keep(state: TrainingState) -> None:
        copies.append((state.history.validation_loss[0], state.copy()))

    pw.fit(network, parts, pw.SGD(0.1), epochs=2, checkpoint=keep)
    (value, first), (_, second) = copies
    assert first.history.validation_loss[0] is second.history.validation_loss[0] is value
    assert (len(first.history), len(second.history)) == (1, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda tensors: tensors.pop("slot.velocity.output.bias"),
            "its slot.velocity.output.bias is nothing",
        ),
        (
            lambda tensors: tensors.update({"best.output.bias": np.zeros((1, 9), np.float32)}),
            "its best.output.bias is float32 of shape (1, 9)",
        ),
        (lambda tensors: tensors.update(values=np.zeros(3)), "its values is float64 of shape (3,)"),
        (lambda tensors: tensors.update(history=np.zeros((4, 3))), "its history is float64 of shape (4, 3)"),
    ],
)
def test_one_whose_arrays_do_not_go_together_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: TrainingState,
    change: Callable[[dict[str, Any]], object],
    message: str,
) -> None:
    def changed(tensors: dict[str, Any], metadata: dict[str, str]) -> bytes:
        change(tensors)
        text = metadata["plainweave.checkpoint"]
        return save(tensors, {**metadata, "sha256": checkpoint_file._checksum(text, tensors)})

    monkeypatch.setattr(checkpoint_file, "serialize", changed)
    write_checkpoint(tmp_path / "x", state, IDENTITY, 1.5)
    assert refused(lambda: read_checkpoint(tmp_path / "x", IDENTITY, NETWORK)) == (
        f"{tmp_path / 'x'} is no whole checkpoint ({message}). Remove it to train anew."
    )
