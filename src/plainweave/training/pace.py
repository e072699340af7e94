"""How often something is done beside training, so that it costs no more than a small share of its time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Pace:
    """When something is due again: after a pause, and a rest of as many times what it cost by a clock.

    Args:
        pause: seconds.
        rest: a factor.
        clock: what tells the cost, in seconds.
    """

    def __init__(self, pause: float, rest: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause, self._rest, self._clock = pause, rest, clock
        self._due = time.monotonic() + pause

    @property
    def is_due(self) -> bool:
        """Whether the pause and the rest are over."""
        return time.monotonic() >= self._due

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Do it: what is done within is what it costs."""
        began = self._clock()
        yield
        self._due = time.monotonic() + max(self._pause, self._rest * (self._clock() - began))
