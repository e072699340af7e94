"""What observers of a run see: one network, where it is trained as a stack of one."""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

import numpy as np

from plainweave.training import Epoch, History, Observer, Stop
from plainweave.training.observers import as_observers, entered, stop_of


class OfOne:
    """An observer of a stack of one that shows its network to observers as if it trained alone."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._observers = as_observers(observers)
        self._entered = entered(self._observers)
        self._history = History()

    def __enter__(self) -> Self:
        self._entered.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._entered.__exit__(kind, error, trace)

    def __call__(self, epoch: Epoch) -> Stop | None:
        """Show an epoch, and return the first stop that one asks for."""
        self._follow(epoch.history)
        shown = Epoch(
            epoch.number,
            epoch.epochs,
            self._history,
            epoch.network.member(0),
            np.ravel(epoch.learning_rate)[0],
            epoch.best_epoch[0],
        )
        return stop_of(self._observers, shown)

    def _follow(self, history: History) -> None:
        """Take over the epochs that are new."""
        parts = ((history.training, self._history.training), (history.validation, self._history.validation))
        for theirs, own in parts:
            for name, values in theirs.items():
                column = own.setdefault(name, [])
                column.extend(value[0] for value in values[len(column) :])
