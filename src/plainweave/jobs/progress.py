"""How far long work has come: live bars on a terminal, plain lines elsewhere."""

import math
import time
from collections.abc import Mapping

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import ProgressColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from plainweave.bars import Bar
from plainweave.doing import doing
from plainweave.errors import harmless

_WIDE, _NARROW = 100, 76  # columns of a terminal: from there on, all is shown; below, no bar and no clock
_NUMBERS = 48  # columns that epochs and losses take


class Progress:
    """Shows runs done, epochs, the best validation loss of each run at work, and the time left.

    Args:
        total: epochs of all runs.
        runs: how many runs there are.
        console: where to; standard error if not given.
    """

    def __init__(self, total: int, runs: int, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._bars = Bars(
            *_columns(self.console.width),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self._total, self._runs = total, runs
        self._started = time.monotonic()
        self._epochs = 0
        self._finished = 0
        self._at_work: dict[str, tuple[TaskID, int]] = {}
        self._all = self._bars.add_task(f"{runs} runs", total=total, note="")
        self._step = doing(self._at)

    def __enter__(self) -> "Progress":
        self._step.__enter__()
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()
        self._step.__exit__(None, None, None)

    def say(self, line: str) -> None:
        """Print a line above the bars."""
        is_terminal = self.console.is_terminal  # there a line is broken between words, elsewhere not at all
        self.console.print(harmless(line), markup=False, highlight=False, soft_wrap=not is_terminal)

    def epoch(self, run: str, epoch: int, epochs: int, best_validation_loss: float) -> None:
        """Tell that a run has come to the end of an epoch."""
        if run not in self._at_work:
            self._at_work[run] = (self._bars.add_task(run, total=epochs, note=""), 0)
        task, before = self._at_work[run]
        self._at_work[run] = (task, epoch)
        is_known = math.isfinite(best_validation_loss)
        note = f"best validation loss {best_validation_loss:.4f}" if is_known else ""
        self._bars.update(task, completed=epoch, note=note)
        self._advance(epoch - before)

    def finished(self, run: str, results: Mapping[str, str], epochs: int) -> None:
        """Tell what came of a run, or of each of several made together; epochs not needed count as done."""
        task, before = self._at_work.pop(run, (None, 0))
        if task is not None:
            self._bars.remove_task(task)
        self._advance(epochs - before)
        for name, result in results.items():
            self._finished += 1
            self.say(f"[{self._finished}/{self._runs}] {name}: {result}")

    def lost(self, run: str) -> None:
        """Tell that what a run had come to is lost; it may begin again."""
        if run in self._at_work:
            task, before = self._at_work.pop(run)
            self._bars.remove_task(task)
            self._advance(-before)

    def _at(self) -> str:
        """Return how far all runs have come, "training: 12 % of 300 epochs, 1 of 3 runs, 2 min 05 s left"."""
        share = math.floor(100 * self._epochs / max(self._total, 1))
        of_all = [f"{share} % of {self._total:,} epochs", f"{self._finished} of {self._runs} runs"]
        left = self._time_left()
        return f"training: {', '.join([*of_all, *([left] if left else [])])}"

    def _advance(self, epochs: int) -> None:
        self._epochs += epochs
        self._bars.update(
            self._all,
            completed=self._epochs,
            description=f"{self._finished}/{self._runs} runs",
            note=self._time_left(),
        )

    def _time_left(self) -> str:
        elapsed = time.monotonic() - self._started
        if not 0 < self._epochs < self._total:
            return ""
        return f"{_in_words(elapsed * (self._total - self._epochs) / self._epochs)} left"


def _columns(width: int) -> list[ProgressColumn]:
    """Return what a terminal of so many columns has room for."""
    numbers = (TextColumn("{task.completed:.0f}/{task.total:.0f} epochs"), TextColumn("{task.fields[note]}"))
    bar = 24 if width >= _WIDE else 6 if width >= _NARROW else 0
    clock = [TimeElapsedColumn()] if width >= _WIDE else []
    room = width - _NUMBERS - (bar + 1) - 8 * len(clock)
    name = TextColumn("{task.description}", table_column=Column(no_wrap=True, max_width=max(room, 6)))
    return [name, *([Bar(bar)] if bar else []), *numbers, *clock]


def _in_words(seconds: float) -> str:
    """Return a time in the two largest units that it has, "3 s", "2 min 05 s" or "1 h 02 min"."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    if not minutes:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
