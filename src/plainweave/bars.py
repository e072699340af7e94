"""A bar that shows how far work has come, in colours and without them."""

from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress import BarColumn, Task
from rich.progress_bar import ProgressBar
from rich.segment import Segment


class Bar(BarColumn):
    """Rich's column with a bar, in which what is to come is dotted where there are no colours to tell it."""

    def render(self, task: Task) -> ProgressBar:
        """Return the bar of a task."""
        return _DottedBar(
            total=task.total,
            completed=task.completed,
            width=self.bar_width,
            pulse=not task.started,
            animation_time=task.get_time(),
        )


class _DottedBar(ProgressBar):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        has_colours = console.color_system is not None and not console.no_color
        if has_colours or self.pulse or not self.total:
            yield from super().__rich_console__(console, options)
            return
        width = min(self.width or options.max_width, options.max_width)
        done = int(width * min(1.0, self.completed / self.total))
        full, empty = ("#", ".") if options.ascii_only else ("━", "·")
        yield Segment(full * done + empty * (width - done))
