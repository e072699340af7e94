"""What a command says of itself where it would be silent, on a terminal and in a pipe."""

import io
import os
import pty
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

import plainweave as pw
from plainweave.cli import watcher
from plainweave.cli.streams import Stream
from plainweave.cli.watcher import Watcher
from plainweave.doing import doing, step_at_work
from plainweave.page import write_page


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "_SILENCE", 0.02)
    monkeypatch.setattr(watcher, "_LOOKS", 0.01)


def printed_on(terminal: bool, what: str = "loading the data") -> str:
    """What is written where a command is silent while it does something, and then prints a line."""
    reading, writing = pty.openpty() if terminal else os.pipe()
    errors = Stream(io.FileIO(writing, "w", closefd=False))
    with Watcher(None, errors):
        with doing(what):
            text = os.read(reading, 4096)
        errors.write(b"loaded\n")
    while not text.endswith(b"\n") or b"loaded" not in text:
        text += os.read(reading, 4096)
    os.close(writing)
    os.close(reading)
    return text.decode("ascii").replace("\r\n", "\n")


def test_on_a_terminal_a_line_says_what_is_done_and_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    *before, shown, blank, said = printed_on(terminal=True).split("\r")
    assert (before, shown) == ([""], "... loading the data")
    assert (blank, said) == (" " * len(shown), "loaded\n")


def test_the_line_is_no_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    assert max(map(len, printed_on(terminal=True, what="x" * 99).split("\r"))) == 39


def test_in_a_pipe_a_line_says_what_is_done_and_stays() -> None:
    assert printed_on(terminal=False, what="loading 日本") == "... loading ??\nloaded\n"


def test_a_terminal_that_can_only_print_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert printed_on(terminal=True) == "... loading the data\nloaded\n"


def test_seconds_are_told_from_the_first_on() -> None:
    reading, writing = os.pipe()
    watching = Watcher(None, Stream(io.FileIO(writing, "w", closefd=False)))
    watching._began -= 1
    with watching:
        assert os.read(reading, 4096) in (b"... starting, 1 s\n", b"... starting, 2 s\n")  # of a slow machine
    os.close(writing)
    os.close(reading)


def test_silence_counts_from_when_the_process_began() -> None:
    reading, writing = os.pipe()
    began = time.monotonic() - 2
    with doing("a thing"), Watcher(None, Stream(io.FileIO(writing, "w", closefd=False)), began):
        assert os.read(reading, 4096).startswith(b"... a thing")
    os.close(writing)
    os.close(reading)


def test_a_quick_command_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "_SILENCE", 10)
    reading, writing = os.pipe()
    with Watcher(None, Stream(io.FileIO(writing, "w", closefd=False))), doing("a thing"):
        pass
    os.close(writing)
    assert os.read(reading, 4096) == b""
    os.close(reading)


def steps_said(work: Callable[[], object]) -> set[str]:
    """What is said to be done, at any moment of some work."""
    said = set()

    def listen(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and (step := step_at_work()) is not None:
            said.add(step())

    sys.setprofile(listen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return said


def test_reading_a_table_is_said(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("size,kind\n" + "1,a\n2,b\n" * 20)
    assert steps_said(lambda: pw.load_table(tmp_path / "table.csv", target="kind")) == {"loading the data"}


def test_drawing_says_how_far_it_has_come(tmp_path: Path) -> None:
    digits = pw.load_dataset("digits")
    pw.run_experiments([pw.Experiment(id=name, hidden=(2,), epochs=1) for name in "ab"], digits, tmp_path)
    said = steps_said(lambda: write_page(tmp_path))
    assert {f"drawing figures: {done} of 2 done" for done in (0, 1)} <= said
    assert said >= {"reading the runs", "writing the page"}


def test_the_innermost_step_is_the_one_at_work() -> None:
    def at_work() -> str:
        step = step_at_work()
        return step() if step else ""

    def fail() -> None:
        with doing(lambda: f"{1 + 1} of 3"):
            raise ValueError(at_work())

    with doing("all"):
        with pytest.raises(ValueError, match="2 of 3"):
            fail()
        assert at_work() == "all"
    assert at_work() == ""
