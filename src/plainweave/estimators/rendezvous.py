"""Where members that are trained on threads meet after an epoch, so that observers see them together."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from threading import BoundedSemaphore, Condition

import numpy as np

from plainweave import tree
from plainweave.arrays import FloatArray
from plainweave.training import History, Stop
from plainweave.training.observers import Epoch, Observer, stop_of


class Rendezvous:
    """Shows observers the epochs of a stack: each once, when all members still trained have ended it.

    Without observers nobody waits. A member that waits leaves its place to another.

    Args:
        observers: what is called with every epoch.
        members: how many are trained.
        threads: how many of them at a time.
    """

    def __init__(self, observers: Sequence[Observer], members: int, threads: int) -> None:
        self._observers, self._places = observers, BoundedSemaphore(threads)
        self._changed = Condition()
        self._running = set(range(members))
        self._here: dict[int, Epoch] = {}
        self._latest: dict[int, Epoch] = {}
        self._history = History()
        self._shown = 0
        self._stop: Stop | None = None

    def end(self, reason: str) -> None:
        """End the training of all members with their next epoch."""
        with self._changed:
            self._stop = self._stop or Stop(reason)
            self._changed.notify_all()

    @contextmanager
    def member(self, number: int) -> Iterator[None]:
        """Hold one of the places while a member is trained; what it raises ends the others."""
        try:
            with self._places:
                yield
            with self._changed:
                self._running.remove(number)
                self._show()
        except BaseException:
            self.end("Another member failed.")
            raise

    def arrive(self, number: int, epoch: Epoch) -> Stop | None:
        """Take a member's epoch, and return whether it is its last when observers have seen those of all."""
        if self._observers:
            self._places.release()
            try:
                self._wait(number, epoch)
            finally:
                self._places.acquire()
        return self._stop

    def _wait(self, number: int, epoch: Epoch) -> None:
        with self._changed:
            shown = self._shown
            self._here[number] = epoch
            self._show()
            self._changed.wait_for(lambda: self._shown > shown or self._stop is not None)

    def _show(self) -> None:
        """Let observers see the epoch if all have ended it."""
        if self._stop is not None or not self._here or self._here.keys() != self._running:
            return
        self._latest |= self._here
        self._append({number: epoch.history for number, epoch in self._here.items()})
        self._here.clear()
        self._shown += 1
        members = [self._latest[number] for number in sorted(self._latest)]
        epoch = Epoch(
            self._shown,
            members[0].epochs,
            self._history,
            tree.stacked([member.network for member in members]),
            np.array([member.learning_rate for member in members]),
            np.array([member.best_epoch for member in members]),
        )
        self._stop = stop_of(self._observers, epoch)
        self._changed.notify_all()

    def _append(self, histories: dict[int, History]) -> None:
        """Add the last epoch of those that had one; what has ended keeps its values.

        With the first comes what was before this training.
        """
        if not self._shown:
            self._history = stacked_history([histories[number] for number in sorted(histories)])
            return
        for columns, part in ((self._history.training, "training"), (self._history.validation, "validation")):
            for name, column in columns.items():
                row = column[-1].copy()
                for place, number in enumerate(sorted(self._latest)):  # one without any epoch has none
                    if number in histories:
                        row[place] = histories[number].values(part, name)[-1]
                column.append(row)


def stacked_history(histories: Sequence[History]) -> History:
    """Return the history of a stack; what a member has no epoch for is not a number."""
    return History(
        _stacked([history.training for history in histories]),
        _stacked([history.validation for history in histories]),
    )


def _stacked(parts: Sequence[Mapping[str, Sequence[FloatArray]]]) -> dict[str, list[FloatArray]]:
    names = max(parts, key=len)  # all are the same, but for one without any epoch
    return {name: side_by_side([part.get(name, []) for part in parts]) for name in names}


def side_by_side(curves: Sequence[Sequence[float] | Sequence[FloatArray]]) -> list[FloatArray]:
    """Return curves of one value an epoch as one of arrays (members,); NaN where a member has ended."""
    return [np.array(row) for row in zip_longest(*curves, fillvalue=np.nan)]
