"""Trackers: observers that write trainings into a tool which shows and compares many."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Self

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.errors import PlainweaveError
from plainweave.storage.forms import Json
from plainweave.training.observers import Epoch
from plainweave.training.pace import Pace

Rows = Sequence[tuple[int, dict[str, float]]]
_PAUSE = 0.5  # seconds between two writings, at least
_REST = 20.0  # times what the last one took, at least


@dataclass(frozen=True)
class Tracked:
    """A training that is to be tracked.

    Attributes:
        name: as in "wide/seed-0".
        identity: what decides it to the bit but for its length, as hexadecimal digits; "" where that is not
            known: then it is a new one.
        settings: by name, numbers, texts, truth values or lists.
    """

    name: str
    identity: str = ""
    settings: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Attributes:
        status: "stopped" where it may go on.
        results: numbers about all of it by name, as "test_accuracy".
        model: the content of its best weights' file, as `pw.load` reads it; None where there is none.
    """

    status: Literal["finished", "failed", "stopped"]
    results: Mapping[str, float] = field(default_factory=dict)
    model: bytes | None = None


class Log(ABC):
    """One training in a tracker. It opens what it needs when it is first written.

    Attributes:
        held: how many of its epochs the tracker has from an earlier time.
        is_ended: whether the tracker has its outcome from an earlier time.
    """

    held: int = 0
    is_ended: bool = False

    @abstractmethod
    def write(self, rows: Rows) -> None:
        """Write epochs, in order: the number of each, and its scores by name, as history.csv has them."""

    def end(self, outcome: Outcome) -> None:
        """Write how the training ended, and close what is open."""
        return


class Tracker(ABC):
    """An observer that keeps trainings in a tool: those of `fit`, each as a new one, and runs of a study.

    What is to be subclassed: `begin` alone, and a `Log`. In `run_experiments` the calling process writes.

    Attributes:
        name: of the trainings of `fit`, where a subclass takes one.
        settings: of the trainings of `fit`, likewise.
    """

    name: str = "training"
    settings: Mapping[str, Json] = MappingProxyType({})
    _writings: Sequence["Writing"] = ()

    @abstractmethod
    def begin(self, training: Tracked) -> Log:
        """Return the log of a training: a new one, or the one of the same identity, which goes on."""

    def __enter__(self) -> Self:
        self._writings = ()
        return self

    def __call__(self, epoch: Epoch) -> None:
        """Take note of an epoch, and write if it is time."""
        models = np.size(epoch.best_epoch) if np.ndim(epoch.best_epoch) else 0
        if not self._writings:
            names = [f"{self.name}/{number}" for number in range(models)] if models else [self.name]
            self._writings = [Writing(self.begin(Tracked(name, "", self.settings))) for name in names]
        history = epoch.history
        new = [values[self._writings[0].seen :] for values in history.columns()]
        table = np.array(new, np.float64)
        for number, writing in enumerate(self._writings):
            writing.add(len(history), history.names(), table[..., number] if models else table)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        writings, self._writings = self._writings, ()
        status: Literal["finished", "failed", "stopped"] = "finished"
        if kind is not None:
            status = "failed" if issubclass(kind, Exception) else "stopped"
        end_all(writings, status, is_told=kind is None)


class Writing:
    """What is on its way into a log: every epoch once, and not more often than writing is worth.

    Attributes:
        seen: how many epochs it was given.
    """

    def __init__(self, log: Log) -> None:
        self.log, self.seen = log, 0
        self._rows: list[tuple[int, dict[str, float]]] = []
        self._pace: Pace | None = None
        self._is_over = False

    def add(self, last: int, names: Sequence[str], table: FloatArray) -> None:
        """Add the epochs of a table (columns, epochs) that end with this one; those known are left out.

        After the first loss that is not finite there are none.
        """
        for place in range(table.shape[1]):
            number = last - table.shape[1] + 1 + place
            if number <= self.seen or self._is_over:
                continue
            self.seen = number
            values = table[:, place].tolist()
            self._is_over = not all(
                np.isfinite(value)
                for name, value in zip(names, values, strict=True)
                if name.endswith("_loss")
            )
            if number > self.log.held:
                self._rows.append((number, dict(zip(names, values, strict=True))))
        if self._rows and (self._pace is None or self._pace.is_due):
            self._write()

    def end(self, outcome: Outcome) -> None:
        """Write what is left, and how it ended."""
        self._write()
        self.log.end(outcome)

    def _write(self) -> None:
        rows, self._rows = self._rows, []
        self._pace = self._pace or Pace(_PAUSE, _REST)
        if rows:
            with self._pace.turn():
                self.log.write(rows)


def end_all(
    writings: Sequence[Writing], status: Literal["finished", "failed", "stopped"], *, is_told: bool
) -> None:
    """End logs; where something else has ended the training, errors are not told: that tells more."""
    for writing in writings:
        if is_told:
            writing.end(Outcome(status))
        else:
            with suppress(PlainweaveError):
                writing.end(Outcome(status))
