"""Checkpoints: the training state of one network in a file, to go on from after a stop."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from safetensors.numpy import save as serialize

from plainweave.arrays import FloatArray
from plainweave.errors import RecordError
from plainweave.network import Network
from plainweave.storage.files import cannot_write, open_file, write_whole
from plainweave.training.best import BestWeights
from plainweave.training.history import History
from plainweave.training.model import LARGEST_MODEL
from plainweave.training.state import TrainingState

_METADATA, _CHECKSUM = "plainweave.checkpoint", "sha256"
# What reading something else than a checkpoint may end in.
_ERRORS = (
    safetensors.SafetensorError,
    OSError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_BEGINNING = 2**16  # bytes in which a checkpoint names itself
_LARGEST_FILE = 4 * LARGEST_MODEL  # bytes: weights, best weights, velocity and history
_SECONDS = 5.0  # between two checkpoints
_PAUSE = 0.02  # seconds between two copies of the state
_SHARE = 50  # copying, and writing, take at most a fiftieth of the time


class Checkpoints:
    """Keeps the state of each network of a stack in a file of its own.

    Args:
        paths: one for each network.
        identities: what each network's training is: settings, seed, data, versions. A checkpoint counts
            only for the very same.
    """

    def __init__(self, paths: Sequence[Path], identities: Sequence[Mapping[str, Any]]) -> None:
        self.paths, self.identities = paths, identities
        self._seconds = _SECONDS  # until the next one, at least; longer where writing takes long
        self.trained_before = 0.0
        self._now: TrainingState | None = None
        self._latest: TrainingState | None = None
        self._pause = _PAUSE
        self._began = self._written = self._copied = time.monotonic()

    def load(self, network: Network) -> TrainingState | None:
        """Return the state of a stack to go on from, or None where not all have one of the same epoch.

        Raises:
            RecordError: a checkpoint is of another training, or is damaged.
        """
        epochs = {checkpoint_epoch(*each) for each in zip(self.paths, self.identities, strict=True)}
        if len(epochs) > 1 or epochs == {0}:
            return None
        loaded = [
            _load(path, identity, network) for path, identity in zip(self.paths, self.identities, strict=True)
        ]
        self.trained_before = sum(seconds for _, seconds in loaded)
        return TrainingState.stacked([state for state, _ in loaded])

    @property
    def trained(self) -> float:
        """Seconds of training in all, those before the start included."""
        return self.trained_before + time.monotonic() - self._began

    def note(self, state: TrainingState) -> None:
        """Remember a state at the end of an epoch, and write it if it is time.

        It is copied, for training goes on to change it and may be stopped within an epoch; after very short
        epochs, or where copying takes long, not every time.

        Raises:
            RecordError: it can't be written.
        """
        self._now = state
        began = time.monotonic()
        if began - self._copied >= self._pause:
            self._latest = state.copy()
            self._copied = time.monotonic()
            self._pause = max(_PAUSE, _SHARE * (self._copied - began))
        if began - self._written > self._seconds:
            self.write()

    def end(self) -> None:
        """Write the state at the end of training, which is finished but for its results.

        Raises:
            RecordError: it can't be written.
        """
        self._latest = self._now
        self.write()

    def write(self) -> None:
        """Write the state that was noted last, if there is one that is not written yet.

        Raises:
            RecordError: it can't be written.
        """
        if self._latest is None:
            return
        began = time.monotonic()
        seconds = self.trained / len(self.paths)
        for model, (path, identity) in enumerate(zip(self.paths, self.identities, strict=True)):
            write_whole(path, _serialized(self._latest.member(model), identity, seconds))
        self._latest = None
        self._written = time.monotonic()
        self._seconds = max(_SECONDS, _SHARE * (self._written - began))


def checkpoint_epoch(path: Path, identity: Mapping[str, Any]) -> int:
    """Return at the end of which epoch a checkpoint was made, 0 if there is none.

    Raises:
        RecordError: it is of another training, or is damaged.
    """
    return int(_metadata(path, identity)["epoch"]) if path.exists() else 0


def remove_damaged_checkpoint(path: Path) -> str | None:
    """Remove a checkpoint that is not as it was written, and return a line that says so.

    Returns:
        None if there is none, or it is whole: of whatever training.

    Raises:
        RecordError: what lies there was never a checkpoint, or can't be removed.
    """
    if not path.exists():
        return None
    try:
        _tensors(path)
    except _ERRORS as error:
        if not _was_a_checkpoint(path):
            raise RecordError(f"{path} is no checkpoint of plainweave's. Move it.") from error
        try:
            path.unlink()
        except OSError as problem:
            raise cannot_write(path, problem) from problem
        return f"{path} was damaged: that training begins anew."
    return None


def _was_a_checkpoint(path: Path) -> bool:
    """Whether a file that can't be read as one names itself a checkpoint, or is empty."""
    with suppress(OSError), open_file(path, _LARGEST_FILE) as (file, _):
        beginning = file.read(_BEGINNING)
        return not beginning or _METADATA.encode() in beginning
    return False


def _serialized(state: TrainingState, identity: Mapping[str, Any], seconds: float) -> bytes:
    columns = [np.asarray(getattr(state.history, column.name), np.float64) for column in fields(History)]
    tensors = {
        **{f"weights.{name}": value for name, value in state.weights.items()},
        **{f"velocity.{name}": value for name, value in state.velocity.items()},
        **{f"best.{name}": value for name, value in state.best.network.parameters.items()},
        "best_loss": np.asarray(state.best.loss, np.float64).reshape(1),
        "history": np.stack(columns),
    }
    metadata = {
        "identity": identity,
        "epoch": state.epoch,
        "best_epoch": int(state.best.epoch),
        "running": bool(state.running),
        "epochs": int(state.epochs),
        "diverged": int(state.diverged),
        "seconds": seconds,
    }
    contiguous = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    description = json.dumps(metadata)
    return serialize(contiguous, {_METADATA: description, _CHECKSUM: _checksum(description, contiguous)})


def _checksum(description: str, tensors: Mapping[str, FloatArray]) -> str:
    """Return a SHA-256 of all that a checkpoint holds; safetensors has none, and disks rot."""
    digest = hashlib.sha256(description.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        digest.update(tensors[name].tobytes())
    return digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a checkpoint; a pipe is refused, at which safetensors would wait and hear no stop."""
    with open_file(path, _LARGEST_FILE), safetensors.safe_open(path, framework="numpy") as file:
        yield file


def _metadata(path: Path, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a checkpoint says of itself, and hold it to the training that is to go on."""
    try:
        with _opened(path) as file:
            metadata: dict[str, Any] = json.loads((file.metadata() or {})[_METADATA])
            given = dict(metadata["identity"])
            int(metadata["epoch"])
    except _ERRORS as error:
        raise _damaged(path, error) from error
    for name in {**identity, **given}:
        if given.get(name) != identity.get(name):
            raise RecordError(
                f"{path} is of a training with {name} {given.get(name)}; expected {identity.get(name)}. "
                "Remove it to train anew, or choose another --out."
            )
    return metadata


def _tensors(path: Path) -> dict[str, FloatArray]:
    """Read the arrays of a checkpoint.

    Raises:
        One of _ERRORS: they are not as they were written.
    """
    with _opened(path) as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        written = file.metadata()
    if _checksum(written[_METADATA], tensors) != written[_CHECKSUM]:
        raise ValueError("its checksum is not that of its content")
    return tensors


def _load(path: Path, identity: Mapping[str, Any], network: Network) -> tuple[TrainingState, float]:
    metadata = _metadata(path, identity)
    try:
        return _state(metadata, _tensors(path), network), float(metadata["seconds"])
    except _ERRORS as error:
        raise _damaged(path, error) from error


def _state(metadata: Mapping[str, Any], tensors: Mapping[str, FloatArray], network: Network) -> TrainingState:
    """Put a state together.

    Raises:
        ValueError: an array has not the shape or the precision of the network's.
    """

    def part(prefix: str) -> dict[str, FloatArray]:
        found = {name: tensors[f"{prefix}.{name}"] for name in network.parameters}
        for name, value in network.parameters.items():
            if found[name].shape != value.shape[-2:] or found[name].dtype != value.dtype:
                raise ValueError(f"{prefix}.{name} has shape {found[name].shape} and {found[name].dtype}")
        return found

    for name in ("best_epoch", "epochs", "diverged"):
        if not 0 <= int(metadata[name]) <= metadata["epoch"]:
            raise ValueError(f"its {name} is {metadata[name]}")
    history = tensors["history"]
    if history.shape != (len(fields(History)), metadata["epoch"]):
        raise ValueError(f"its history has shape {history.shape}")
    weights = part("weights")
    best = BestWeights(
        network.with_parameters(part("best")),
        np.asarray(tensors["best_loss"][0]),
        np.asarray(int(metadata["best_epoch"])),
    )
    return TrainingState(
        network.with_parameters(weights),
        part("velocity") if f"velocity.{next(iter(weights))}" in tensors else {},
        best,
        History(*([np.asarray(value) for value in column] for column in history)),
        np.asarray(bool(metadata["running"])),
        np.asarray(int(metadata["epochs"])),
        np.asarray(int(metadata["diverged"])),
    )


def _damaged(path: Path, error: Exception) -> RecordError:
    return RecordError(f"{path} is no whole checkpoint ({error}). Remove it to train anew.")
