"""Checkpoints: the state of a training in files, now and then, to go on from after a stop."""

import time
from collections.abc import Sequence
from pathlib import Path

from plainweave.network import Network
from plainweave.training.checkpoint_file import (
    Identity,
    checkpoint_epoch,
    read_checkpoint,
    write_checkpoint,
)
from plainweave.training.pace import Pace
from plainweave.training.state import TrainingState


class Checkpoints:
    """Keeps the state of each network of a stack in a file of its own.

    Args:
        paths: one for each network; none, and nothing is kept.
        identities: what each network's training is: settings, seed, data, versions. A checkpoint counts
            only for the very same.

    Attributes:
        seconds: between the ends of two writings, at least.
        pause: seconds between two copies of the state, at least.
        rest: as many times as a writing or a copy took, at least, the next one waits.
        trained_before: seconds of training, of all networks, before the start.
    """

    seconds = 5.0
    pause = 0.02
    rest = 50.0

    def __init__(self, paths: Sequence[Path], identities: Sequence[Identity]) -> None:
        self._files = list(zip(paths, identities, strict=True)) if paths else []
        self.trained_before = 0.0
        self._state: TrainingState | None = None  # as it is now: training goes on to change it
        self._copy: TrainingState | None = None  # that is not written yet
        self._began = time.monotonic()
        # A copy costs what its thread computes: on a busy machine it is interrupted, and no dearer for that.
        self._copying = Pace(self.pause, self.rest, time.thread_time)
        self._writing = Pace(self.seconds, self.rest, time.monotonic)

    def load(self, network: Network) -> TrainingState | None:
        """Return the state of a stack to go on from, or None where not all have one of the same epoch.

        Raises:
            RecordError: a checkpoint is of another training, or is damaged.
        """
        epochs = {checkpoint_epoch(path, identity) for path, identity in self._files}
        if len(epochs) != 1 or epochs == {0}:
            return None
        states, seconds = zip(
            *(read_checkpoint(path, identity, network) for path, identity in self._files), strict=True
        )
        self.trained_before = sum(seconds)
        return TrainingState.stacked(states)

    def note(self, state: TrainingState) -> None:
        """Remember a state at the end of an epoch, and write it if it is time.

        It is copied, for training may be stopped within an epoch; after very short epochs, or where copying
        takes long, not every time.

        Raises:
            RecordError: it can't be written.
        """
        self._state = state
        if self._files and self._copying.is_due:
            with self._copying.turn():
                self._copy = state.copy()
        if self._writing.is_due:
            self.write()

    def end(self) -> None:
        """Write the state at the end of training, which is finished but for its results.

        Raises:
            RecordError: it can't be written.
        """
        self._copy = self._state if self._files else None
        self.write()

    def write(self) -> None:
        """Write the state that was copied last, if there is one that is not written yet.

        Raises:
            RecordError: it can't be written.
        """
        if self._copy is None:
            return
        with self._writing.turn():
            trained = self.trained_before + time.monotonic() - self._began
            for model, (path, identity) in enumerate(self._files):
                write_checkpoint(path, self._copy.member(model), identity, trained / len(self._files))
        self._copy = None
