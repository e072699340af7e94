"""A tracker that counts how many records there are in memory when each run ends."""

import gc

import plainweave as pw
from plainweave.experiments import RunRecord
from plainweave.training.tracker import Rows


def _count() -> int:
    gc.collect()
    return sum(type(thing) is RunRecord for thing in gc.get_objects())


class Held(pw.Tracker):
    """Counts records that came to be after it.

    Attributes:
        counts: at the end of each run.
    """

    def __init__(self) -> None:
        self._before = _count()
        self.counts: list[int] = []

    def begin(self, training: pw.Tracked) -> pw.Log:
        """Return a log that counts at its end."""
        return _Counting(self)

    def count(self) -> None:
        """Count now."""
        self.counts.append(_count() - self._before)


class _Counting(pw.Log):
    def __init__(self, held: Held) -> None:
        self._held = held

    def write(self, rows: Rows) -> None: ...

    def end(self, outcome: pw.Outcome) -> None:
        self._held.count()
