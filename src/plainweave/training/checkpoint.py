"""Checkpoints: the training state of one network in a file, to go on from after a stop."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from safetensors.numpy import save as serialize

from plainweave.arrays import FloatArray
from plainweave.errors import RecordError
from plainweave.files import write_whole
from plainweave.network import Network
from plainweave.training.best import BestWeights
from plainweave.training.history import History
from plainweave.training.state import TrainingState

_METADATA = "plainweave.checkpoint"
_SECONDS = 5.0  # between two checkpoints
_SHARE = 50  # of the time since the last one, writing one takes at most a fiftieth


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
        self._latest: TrainingState | None = None
        self._began = self._written = time.monotonic()

    def load(self, network: Network) -> TrainingState | None:
        """Return the state of a stack to go on from, or None where not all have one of the same epoch.

        Raises:
            RecordError: a checkpoint is of another training, or is damaged.
        """
        if not all(path.is_file() for path in self.paths):
            return None
        loaded = [
            _load(path, identity, network) for path, identity in zip(self.paths, self.identities, strict=True)
        ]
        if len({state.epoch for state, _ in loaded}) > 1:
            return None
        self.trained_before = sum(seconds for _, seconds in loaded)
        return TrainingState.stacked([state for state, _ in loaded])

    @property
    def trained(self) -> float:
        """Seconds of training in all, those before the start included."""
        return self.trained_before + time.monotonic() - self._began

    def note(self, state: TrainingState) -> None:
        """Remember a state at the end of an epoch, and write it if it is time.

        Raises:
            RecordError: it can't be written.
        """
        self._latest = state.copy()
        if time.monotonic() - self._written > self._seconds:
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
        self._seconds = max(self._seconds, _SHARE * (self._written - began))


def checkpoint_epoch(path: Path, identity: Mapping[str, Any]) -> int:
    """Return at the end of which epoch a checkpoint was made, 0 if there is none.

    Raises:
        RecordError: it is of another training, or is damaged.
    """
    return int(_metadata(path, identity)["epoch"]) if path.is_file() else 0


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
    return serialize(contiguous, {_METADATA: json.dumps(metadata)})


def _metadata(path: Path, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a checkpoint says of itself, and hold it to the training that is to go on."""
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata: dict[str, Any] = json.loads((file.metadata() or {})[_METADATA])
            given = dict(metadata["identity"])
            int(metadata["epoch"])
    except (safetensors.SafetensorError, OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _damaged(path, error) from error
    for name in {**identity, **given}:
        if given.get(name) != identity.get(name):
            raise RecordError(
                f"{path} is of a training with {name} {given.get(name)}; expected {identity.get(name)}. "
                "Remove it to train anew, or choose another --out."
            )
    return metadata


def _load(path: Path, identity: Mapping[str, Any], network: Network) -> tuple[TrainingState, float]:
    metadata = _metadata(path, identity)
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return _state(metadata, tensors, network), float(metadata["seconds"])
    except (safetensors.SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
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

    history = tensors["history"]
    if history.shape != (len(fields(History)), metadata["epoch"]):
        raise ValueError(f"its history has shape {history.shape}")
    weights = part("weights")
    best = BestWeights.of(
        network.with_parameters(part("best")),
        np.asarray(tensors["best_loss"][0]),
        np.asarray(int(metadata["best_epoch"])),
    )
    return TrainingState(
        weights,
        part("velocity") if f"velocity.{next(iter(weights))}" in tensors else {},
        best,
        History(*([np.asarray(value) for value in column] for column in history)),
        np.asarray(bool(metadata["running"])),
        np.asarray(int(metadata["epochs"])),
        np.asarray(int(metadata["diverged"])),
    )


def _damaged(path: Path, error: Exception) -> RecordError:
    return RecordError(f"{path} is no whole checkpoint ({error}). Remove it to train anew.")
