"""How far work has come, on terminals of several widths and elsewhere."""

import io
import re
from typing import Literal

import pytest
from rich.console import Console
from rich.progress import Progress as Bars

import plainweave as pw
from plainweave.bars import Bar
from plainweave.cli.check import show_gradients
from plainweave.evidence import gradient_evidence
from plainweave.jobs.progress import Progress, _in_words

RESULT = "test accuracy 84.37 %, best epoch 15 of 20, 5 s"


def printed(width: int, terminal: bool) -> list[str]:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=terminal, color_system=None, legacy_windows=False
    )
    with Progress(4000, runs=3, console=console) as progress:
        progress.epoch("sigmoid seed 12 and 7 more", 0, 2000, float("inf"))
        progress.epoch("sigmoid seed 12 and 7 more", 1, 2000, float("inf"))
        first = console.file.getvalue()  # type: ignore[attr-defined]
        progress.epoch("tanh seed 0", 1234, 2000, 0.34567)
        progress._bars.refresh()
        progress.finished("tanh seed 0", {"tanh seed 0": RESULT}, 2000)
    assert "inf" not in first
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    lines = re.split(r"\x1b\[\??\d+[A-Za-z]|\r|\n", text)  # where the cursor is moved a line begins
    return [line.rstrip() for line in lines if line.strip()]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal_or_cut_within_a_number(width: int) -> None:
    lines = printed(width, terminal=True)
    assert max(map(len, lines)) <= width
    assert any("1234/2000 epochs" in line and "best validation loss 0.3457" in line for line in lines), lines
    assert " ".join(f"[1/3] tanh seed 0: {RESULT}".split()) in " ".join(" ".join(lines).split())


def test_a_line_that_is_no_terminals_is_not_broken() -> None:
    assert printed(20, terminal=False) == [f"[1/3] tanh seed 0: {RESULT}"]
    assert len(f"[13/13] leaky-relu seed 0: {RESULT}") <= 80


@pytest.mark.parametrize(("colours", "expected"), [(None, "━━━·········"), ("standard", "━━━╺━━━━━━━━")])
def test_a_bar_shows_how_much_is_to_come_with_colours_and_without(
    colours: Literal["standard"] | None, expected: str
) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system=colours, width=40)
    with Bars(Bar(12), console=console, auto_refresh=False) as bars:
        bars.add_task("", total=8, completed=2)
        bars.refresh()
    drawn = re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", console.file.getvalue())  # type: ignore[attr-defined]
    assert expected in drawn


def test_times_are_said_in_their_two_largest_units() -> None:
    times = {
        0.2: "1 s",
        3: "3 s",
        59.4: "1 min 00 s",
        125: "2 min 05 s",
        3720: "1 h 02 min",
        400000: "111 h 06 min",
    }
    for seconds, words in times.items():
        assert _in_words(seconds) == words


def test_every_name_of_a_tensor_can_be_told_at_sixty_columns(
    digits: pw.Dataset, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    show_gradients(gradient_evidence(digits))
    text = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 60
