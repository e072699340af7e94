"""A watcher, which says what a command is at where it would be silent for longer than a second."""

import os
import threading
import time
from types import TracebackType

from plainweave.cli.streams import Stream, terminal_width
from plainweave.doing import step_at_work
from plainweave.errors import harmless

_LOOKS = 0.1  # seconds from a look to the next
_SILENCE = 0.7  # seconds without a word
_BETWEEN = 10.0 - _LOOKS  # seconds from a line to the next of the same step, where lines stay


class Watcher:
    """Says on standard error what is done, with the seconds that it has taken, while its `with` block lasts.

    On a terminal that is a line that gives way to whatever is printed; elsewhere it is a line that stays,
    again after ten seconds.

    Args:
        output, errors: the streams that a command prints on.
        began: when the command began, by time.monotonic(); now if not given.
    """

    def __init__(self, output: Stream | None, errors: Stream | None, began: float | None = None) -> None:
        self._streams = [stream for stream in (output, errors) if stream]
        self._errors = errors
        self._is_live = errors is not None and errors.isatty() and os.environ.get("TERM") != "dumb"
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._shown = ""  # the line that is to give way
        self._last_word = self._began = time.monotonic() if began is None else began
        self._due = self._began + _SILENCE
        self._step = step_at_work()
        self._unsaid = "starting"  # what is said where no step has a name

    def __enter__(self) -> "Watcher":
        for stream in self._streams:
            stream.before_writing = self._give_way
        if self._errors:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._give_way()
        for stream in self._streams:
            stream.before_writing = None

    def _watch(self) -> None:
        while not self._ended.wait(_LOOKS):
            with self._lock:
                if not self._ended.is_set():
                    self._look(time.monotonic())

    def _look(self, now: float) -> None:
        step = step_at_work()
        if step is not self._step:
            self._step, self._began, self._unsaid = step, now, "at work"
            self._due = now if self._shown else min(self._due, now + _SILENCE)
        if now < max(self._due, self._last_word + _SILENCE):
            return
        seconds = now - self._began
        so_far = f", {seconds:.0f} s" if seconds >= 1 else ""
        line = f"... {harmless(step()) if step else self._unsaid}{so_far}"
        if self._is_live:
            self._put_over(line)
            self._due = now + _LOOKS
        else:
            self._put(f"{line}\n")
            self._due = now + _BETWEEN

    def _put_over(self, line: str) -> None:
        """Write a line over the one that stands there, no wider than the terminal."""
        line = line[: terminal_width() - 1]
        if line != self._shown:
            self._put(f"\r{line.ljust(len(self._shown))}")
            self._shown = line

    def _give_way(self) -> None:
        with self._lock:
            if self._shown:
                self._put("\r" + " " * len(self._shown) + "\r")
                self._shown = ""
            self._last_word = time.monotonic()

    def _put(self, text: str) -> None:
        if self._errors:
            self._errors.put(text.encode("ascii", "replace"))
