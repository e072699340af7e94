"""An observer that shows on a terminal or in a notebook how far training has come."""

from importlib.util import find_spec

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from plainweave.bars import Bar
from plainweave.training.lines import line_of, scores_of
from plainweave.training.observers import Epoch

_BAR = 20  # columns of a terminal


class ProgressBar:
    """Shows a bar with the epochs, the last scores and the time left; where nothing can move, lines.

    A bar moves on a terminal, and in a notebook where ipywidgets is installed.

    Args:
        console: where to; standard error if not given.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self._bar: Progress | None = None

    def __enter__(self) -> "ProgressBar":
        console = self._console or Console(stderr=True)
        is_live = find_spec("ipywidgets") is not None if console.is_jupyter else console.is_terminal
        self._bar = _bar(console, is_live)
        self._bar.start()
        return self

    def __call__(self, epoch: Epoch) -> None:
        """Move to the end of an epoch."""
        bar = self._bar or self.__enter__()._bar
        assert bar is not None
        if bar.disable:
            bar.console.print(line_of(epoch), markup=False, highlight=False, soft_wrap=True)
        history = epoch.history
        name, columns = ("validation", history.validation) if history.validation else ("", history.training)
        scores = f"{name} {scores_of(columns)}".lstrip()
        bar.update(bar.task_ids[0], total=epoch.epochs, completed=epoch.number, scores=scores)
        if epoch.number == epoch.epochs:
            self.__exit__()

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _bar(console: Console, is_live: bool) -> Progress:
    scores = TextColumn(
        "{task.fields[scores]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)
    )
    bar = Progress(
        TextColumn("epoch"),
        MofNCompleteColumn(),
        Bar(_BAR),
        scores,
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
        disable=not is_live,
    )
    bar.add_task("", total=None, scores="")
    return bar
