"""The files of one run, in a folder that may hold others too: written together, read once."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from plainweave.errors import PlainweaveError, RecordError
from plainweave.experiments.record import Checksums, RecordFile, RunRecord
from plainweave.storage.files import check_place, is_there, read_bounded, sha256_of, write_together
from plainweave.storage.forms import from_json, to_json
from plainweave.training import WEIGHTS_FILE, History, Model, load
from plainweave.training.checkpoint_file import LARGEST_CHECKPOINT
from plainweave.training.model_file import LARGEST_MODEL, serialized

RECORD_FILE, HISTORY_FILE = "record.json", "history.csv"
CHECKPOINT_FILE = "run.checkpoint"
RUN_FILES = (RECORD_FILE, HISTORY_FILE, WEIGHTS_FILE, CHECKPOINT_FILE)
_LARGEST_FILE = 2**24  # bytes of a record or a history: 200,000 epochs


class DamagedRunError(RecordError):
    """A run's files are not those that its record was written with."""


class RunFiles:
    """The files of one run. What was read of them is not read again; nothing else in the folder is touched.

    Args:
        folder: where they lie, or will.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def checkpoint(self) -> Path:
        """Where the state of its training is kept, and at last the state at its end."""
        return self.folder / CHECKPOINT_FILE

    def holds_last_state(self) -> bool:
        """Whether the checkpoint is the state at the end of the recorded run: no training is at work on it.

        Raises:
            RecordError: the record can't be read.
        """
        if not self.is_recorded() or self.described.files is None or not self.checkpoint.exists():
            return False
        with self._readable():
            return sha256_of(self.checkpoint, LARGEST_CHECKPOINT) == self.described.files.checkpoint

    def is_recorded(self) -> bool:
        """Whether there is a record: of a run that is whole, or was."""
        return is_there(self.folder / RECORD_FILE)

    @cached_property
    def described(self) -> RecordFile:
        """What its record says, whether or not its other files are damaged.

        Raises:
            RecordError: there is no record, or it can't be read.
        """
        with self._readable():
            return from_json(RecordFile, read_bounded(self.folder / RECORD_FILE, _LARGEST_FILE))

    @cached_property
    def record(self) -> RunRecord:
        """The record with its history.

        Raises:
            DamagedRunError: the history is not what the record was written with.
            RecordError: a file is missing or not what `write` writes.
        """
        files = self.described.files
        with self._readable():
            self._check(HISTORY_FILE, files.history if files else None)
            return self.described.with_history(_history(self.folder / HISTORY_FILE))

    def check_weights(self) -> None:
        """Check that the weights are those that the record was written with.

        Raises:
            DamagedRunError: they are not.
        """
        files = self.described.files
        with self._readable():
            self._check(WEIGHTS_FILE, files.weights if files else None)

    def write(self, record: RunRecord, model: Model | bytes, *, anew: bool = False) -> None:
        """Write a finished run; a checkpoint that lies there is taken for the state at its end.

        Args:
            record: of the run.
            model: its best weights, or the content of their file.
            anew: whether no run may be there yet.

        Raises:
            RecordError: the folder can't be written, or a run has appeared there meanwhile.
        """
        history = record.history.to_csv().encode()
        weights = model if isinstance(model, bytes) else serialized(model)
        with self._readable():
            state = sha256_of(self.checkpoint, LARGEST_CHECKPOINT) if self.checkpoint.exists() else None
        described = RecordFile.of(record, Checksums(_digest(history), _digest(weights), state))
        contents: dict[str, str | bytes] = {
            RECORD_FILE: to_json(described),
            HISTORY_FILE: history,
            WEIGHTS_FILE: weights,
        }
        for name in ("described", "record"):
            vars(self).pop(name, None)
        write_together(self.folder, contents, anew=anew)
        vars(self).update(described=described, record=record)

    def check_place(self) -> None:
        """Make the folder, and check that a run to be trained would replace only a run's own files.

        Raises:
            RecordError: files can't find their place there, or without a record there lies what is no history
                or no weights of plainweave's.
        """
        check_place(self.folder, RUN_FILES)
        if self.is_recorded():
            return
        readers: dict[str, Callable[[Path], object]] = {HISTORY_FILE: _history, WEIGHTS_FILE: load}
        for name, read in readers.items():
            path = self.folder / name
            try:
                if path.exists():
                    read(path)
            except (OSError, ValueError, RecordError) as error:
                raise RecordError(
                    f"{path} is in the way: plainweave did not write it, or it is damaged. Move it, or "
                    "choose another folder."
                ) from error

    def _check(self, name: str, digest: str | None) -> None:
        """Hold a file to its checksum; 0.1 kept none, but its weights can at least be loaded or not."""
        path = self.folder / name
        if not is_there(path):
            raise _damaged(path, "is missing")
        if digest is None:
            if name == WEIGHTS_FILE:
                try:
                    load(path)
                except RecordError:
                    raise _damaged(path, "is not what was written") from None
        elif sha256_of(path, LARGEST_MODEL) != digest:
            raise _damaged(path, "is not what was written")

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn what reading a run may end in into the error that says what to do."""
        try:
            yield
        except DamagedRunError:
            raise
        except FileNotFoundError as error:
            raise RecordError(
                f"{self.folder} holds no whole run: {error.filename} is missing. "
                "Remove it to have it trained again."
            ) from error
        except (OSError, ValueError, PlainweaveError) as error:
            raise RecordError(
                f"{self.folder} holds no readable run ({error}). Remove it to have it trained again."
            ) from error


def read_run(folder: Path, *, weights: bool = False) -> RunRecord:
    """Read a run's record.

    Args:
        folder: of the run.
        weights: whether to look at its weights too, that they are those it was written with.

    Raises:
        DamagedRunError: its history or its weights are not what the record was written with.
        RecordError: a file is missing or not what `write_run` writes.
    """
    files = RunFiles(folder)
    record = files.record
    if weights:
        files.check_weights()
    return record


def write_run(folder: Path, record: RunRecord, model: Model | bytes) -> None:
    """Write a finished run into a folder; nothing else there is touched.

    Raises:
        RecordError: the folder can't be written.
    """
    RunFiles(folder).write(record, model)


def _history(path: Path) -> History:
    return History.from_csv(read_bounded(path, _LARGEST_FILE).decode())


def _damaged(path: Path, how: str) -> DamagedRunError:
    return DamagedRunError(f"{path} {how}. The command that made the run makes it again.")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
