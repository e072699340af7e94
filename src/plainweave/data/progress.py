"""How far long work on files has come: a bar on a terminal, a line now and then elsewhere."""

import time

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from plainweave.bars import Bar
from plainweave.data.notes import is_first_process

_FEWEST = 500  # files; fewer are read before anybody looks
_BETWEEN = 10.0  # seconds from a line to the next


class Counter:
    """Counts files on standard error, while its `with` block lasts; nothing is shown of few, or in a worker.

    Args:
        what: is done, as in "Reading pictures".
        total: the number of files.
    """

    def __init__(self, what: str, total: int) -> None:
        console = Console(stderr=True)
        is_shown = total >= _FEWEST and is_first_process()
        self._what, self._total, self._done = what, total, 0
        self._writes_lines = is_shown and not console.is_terminal
        self._next_line = time.monotonic() + _BETWEEN
        self._bar = Progress(
            TextColumn("{task.description}"),
            Bar(),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
            disable=not (is_shown and console.is_terminal),
        )
        self._task = self._bar.add_task(what, total=total)

    def __enter__(self) -> "Counter":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def count(self) -> None:
        """Count one more."""
        self._done += 1
        self._bar.advance(self._task)
        if self._writes_lines and time.monotonic() >= self._next_line:
            self._next_line += _BETWEEN
            self._bar.console.print(f"{self._what}: {self._done:,} of {self._total:,}", soft_wrap=True)
