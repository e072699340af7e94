"""Tables on terminals of several widths, and where there is no terminal; and paths that can be opened."""

import re
import sys
from pathlib import Path

import pytest
from rich.table import Table

from plainweave.cli.streams import say_file
from plainweave.cli.tables import new_table, show


def table() -> Table:
    made = new_table(["network"], ["seeds", "mean", "best epoch"])
    made.add_row("[/b]\twide", "3", "88.51", "12 to 20")
    return made


def test_elsewhere_there_is_a_tab_between_cells(capsys: pytest.CaptureFixture[str]) -> None:
    show(table(), less=["best epoch"])
    assert capsys.readouterr().out == ("network\tseeds\tmean\tbest epoch\n[/b] wide\t3\t88.51\t12 to 20\n")


@pytest.mark.parametrize(
    ("columns", "headings"),
    [
        (80, "network seeds mean best epoch"),
        (30, "network seeds mean"),
        (20, "network mean"),
    ],
)
def test_a_narrow_terminal_is_shown_fewer_columns(
    columns: int, headings: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm")
    show(table(), less=["best epoch", "seeds"])
    lines = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out).splitlines()
    assert " ".join(lines[0].split()) == headings
    assert "88.51" in lines[1]


def test_a_terminal_can_open_what_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say_file("The page", Path("out dir/page.html"))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    say_file("The page", Path("out dir/page.html"))
    uri = (Path.cwd() / "out dir/page.html").as_uri()
    assert capsys.readouterr().out == (
        f"The page: out dir/page.html\nThe page: \x1b]8;;{uri}\x1b\\out dir/page.html\x1b]8;;\x1b\\\n"
    )
