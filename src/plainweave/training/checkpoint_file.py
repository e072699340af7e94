"""The file of a checkpoint: what is needed to go on with a training, to the bit, with a checksum."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Protocol, cast

import numpy as np
import safetensors
from safetensors.numpy import save as serialize

from plainweave.arrays import FloatArray, form_of
from plainweave.errors import RecordError
from plainweave.network import Network
from plainweave.storage.files import cannot_write, open_file, write_whole
from plainweave.storage.forms import Range, as_json, from_json, to_json
from plainweave.training.best import BestWeights
from plainweave.training.history import History
from plainweave.training.model_file import LARGEST_MODEL
from plainweave.training.patience import Improvement
from plainweave.training.state import TrainingState

Identity = Mapping[str, object]  # what a training is: settings, seed, data, versions

_VALUES, _HISTORY = "values", "history"  # arrays that are no network's
_METADATA, _CHECKSUM = "plainweave.checkpoint", "sha256"
_ERRORS = (safetensors.SafetensorError, OSError, ValueError)  # where a file is no whole checkpoint
_BEGINNING = 2**16  # bytes in which a checkpoint names itself
LARGEST_CHECKPOINT = 8 * LARGEST_MODEL  # bytes: weights, best weights, an optimizer's slots and the history
_Value = bool | int | float | str | None
_Setting = _Value | tuple[_Value, ...] | dict[str, _Value]


@dataclass(frozen=True)
class _Description:
    """What a checkpoint says, but for its arrays; `TrainingState` says what it means."""

    VERSION: ClassVar[int] = 3
    identity: dict[str, _Setting]
    epoch: int
    history: tuple[str, ...]
    slots: tuple[str, ...]
    steps: int
    best_epoch: int
    improved_epoch: int
    running: bool
    epochs: int
    diverged: int
    planned: int
    loss: str
    seconds: Annotated[float, Range(low=0)]
    stopped: str | None = None


class _Slice(Protocol):
    def get_dtype(self) -> str: ...


class _Arrays(Protocol):
    """The arrays of an open file of safetensors, which has no types of its own."""

    def keys(self) -> list[str]: ...
    def get_slice(self, name: str) -> _Slice: ...
    def get_tensor(self, name: str) -> FloatArray: ...


def write_checkpoint(path: Path, state: TrainingState, identity: Identity, seconds: float) -> None:
    """Write the state of one network, and the seconds that its training took.

    Raises:
        RecordError: it can't be written.
    """
    description = _Description(
        identity=cast(dict[str, _Setting], dict(identity)),
        epoch=state.epoch,
        history=tuple(state.history.names()),
        slots=tuple(state.slots),
        steps=state.steps,
        best_epoch=int(state.best.epoch),
        improved_epoch=int(state.improvement.epoch),
        running=bool(state.running),
        epochs=int(state.epochs),
        diverged=int(state.diverged),
        planned=state.planned,
        loss=state.loss,
        stopped=state.stopped,
        seconds=seconds,
    )
    tensors = {
        **_prefixed("weights", state.weights),
        **_prefixed("best", state.best.network.parameters),
        _VALUES: np.array([state.best.value, state.improvement.value], np.float64),
        _HISTORY: state.history.table(),
    }
    for slot, arrays in state.slots.items():
        tensors |= _prefixed(_slot(slot), arrays)
    contiguous = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    text = to_json(description, indent=None)
    write_whole(path, serialize(contiguous, {_METADATA: text, _CHECKSUM: _checksum(text, contiguous)}))


def _prefixed(prefix: str, arrays: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def _slot(name: str) -> str:
    return f"slot.{name}"


def read_checkpoint(path: Path, identity: Identity, network: Network) -> tuple[TrainingState, float]:
    """Read the state of a network like that, or of one of that stack, and the seconds of its training.

    Raises:
        RecordError: it is of another training, or is damaged.
    """
    description = _description(path, identity)
    try:
        return _state(description, _tensors(path), network), description.seconds
    except _ERRORS as error:
        raise _damaged(path, error) from error


def checkpoint_epoch(path: Path, identity: Identity, apart_from: Collection[str] = ()) -> int:
    """Return at the end of which epoch a checkpoint was made, 0 if there is none.

    Args:
        path: of the checkpoint.
        identity: of the training that is to go on.
        apart_from: names in it that may differ.

    Raises:
        RecordError: it is of another training, or is damaged.
    """
    return _description(path, identity, apart_from).epoch if path.exists() else 0


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
    with suppress(OSError), open_file(path, LARGEST_CHECKPOINT) as (file, _):
        beginning = file.read(_BEGINNING)
        return not beginning or _METADATA.encode() in beginning
    return False


def _checksum(description: str, tensors: Mapping[str, FloatArray]) -> str:
    """Return a SHA-256 of all that a checkpoint holds; safetensors has none, and disks rot."""
    digest = hashlib.sha256(description.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        digest.update(tensors[name].tobytes())
    return digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[tuple[_Arrays, dict[str, str]]]:
    """Open a checkpoint with what it says; at a pipe safetensors would wait and hear no stop.

    Raises:
        One of _ERRORS: it is none.
    """
    with open_file(path, LARGEST_CHECKPOINT), safetensors.safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        if not {_METADATA, _CHECKSUM} <= metadata.keys():
            raise ValueError("it does not say that it is one")
        yield file, metadata


def _description(path: Path, identity: Identity, apart_from: Collection[str] = ()) -> _Description:
    """Read what a checkpoint says, and hold it to the training that is to go on."""
    try:
        with _opened(path) as (_, metadata):
            description = from_json(_Description, metadata[_METADATA])
    except _ERRORS as error:
        raise _damaged(path, error) from error
    given, expected = (
        {name: as_json(value) for name, value in of.items()} for of in (description.identity, identity)
    )
    for name in {**expected, **given}:
        if name not in apart_from and given.get(name) != expected.get(name):
            raise RecordError(
                f"{path} is of a training with {name} {given.get(name)}; expected {expected.get(name)}. "
                "Remove it to train anew, or choose another folder."
            )
    return description


def _tensors(path: Path) -> dict[str, FloatArray]:
    """Read the arrays of a checkpoint.

    Raises:
        One of _ERRORS: they are not as they were written.
    """
    with _opened(path) as (file, metadata):
        names = file.keys()
        for name in names:
            if file.get_slice(name).get_dtype() not in ("F32", "F64"):
                raise ValueError(f"its {name} is of another type")
        tensors = {name: file.get_tensor(name) for name in names}
    if _checksum(metadata[_METADATA], tensors) != metadata[_CHECKSUM]:
        raise ValueError("its checksum is not that of its content")
    return tensors


def _state(description: _Description, tensors: Mapping[str, FloatArray], network: Network) -> TrainingState:
    """Put a state together.

    Raises:
        ValueError: an array is missing, or has not the shape or the precision of the network's.
    """

    def part(prefix: str) -> dict[str, FloatArray]:
        arrays = {name: tensors.get(f"{prefix}.{name}") for name in network.parameters}
        for name, value in network.parameters.items():
            array = arrays[name]
            if array is None or array.shape != value.shape[-2:] or array.dtype != value.dtype:
                raise ValueError(f"its {prefix}.{name} is {form_of(array)}")
        return {name: array for name, array in arrays.items() if array is not None}

    for name in ("best_epoch", "improved_epoch", "epochs", "diverged"):
        if getattr(description, name) > description.epoch:
            raise ValueError(f"its {name} is {getattr(description, name)}")
    for name, shape in ((_HISTORY, (len(description.history), description.epoch)), (_VALUES, (2,))):
        if name not in tensors or tensors[name].shape != shape:
            raise ValueError(f"its {name} is {form_of(tensors.get(name))}")
    best, improved = (np.asarray(value) for value in tensors[_VALUES])
    return TrainingState(
        network=network.with_parameters(part("weights")),
        slots={slot: part(_slot(slot)) for slot in description.slots},
        steps=description.steps,
        best=BestWeights(network.with_parameters(part("best")), best, np.asarray(description.best_epoch)),
        improvement=Improvement(improved, np.asarray(description.improved_epoch)),
        history=History.of_table(list(description.history), tensors[_HISTORY]),
        running=np.asarray(description.running),
        epochs=np.asarray(description.epochs),
        diverged=np.asarray(description.diverged),
        planned=description.planned,
        loss=description.loss,
        stopped=description.stopped,
    )


def _damaged(path: Path, error: Exception) -> RecordError:
    return RecordError(f"{path} is no whole checkpoint ({error}). Remove it to train anew.")
