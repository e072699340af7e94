"""Experiments and data of one's own: what the user reads speaks of them alone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from command_line import plainweave
from laid_out import unfold

TOML = """
[defaults]
epochs = 2
hidden = [8]

[[experiment]]
id = "one"

[[experiment]]
id = "two"
activation = "relu"

[[experiment]]
id = "chosen"
test = false

[[claim]]
statement = "One is better than two."
measure = "test accuracy"
first = "one"
second = "two"
above = 0
"""
WORDS = ("report", "fashion-mnist", "fashion mnist", "table 1", "thirteen", "published", "paper")


@pytest.mark.parametrize("seeds", [1, 2])
def test_nothing_is_said_of_other_work(
    seeds: int, browser: Browser, tmp_path: Path, idx_folder: Path
) -> None:
    toml, out = tmp_path / "mine.toml", tmp_path / "out"
    toml.write_text(TOML)
    done = plainweave("run", toml, "--data", idx_folder, "--out", out, "--seeds", seeds)
    assert done.returncode == 0, done.stderr
    page = browser.new_page()
    page.goto((out / "page.html").as_uri())
    unfold(page)
    shown = page.title() + page.inner_text("body")
    written = [(out / name).read_text() for name in ("page.md", "summary.json", "study.json", ".plainweave")]
    told = "\n".join([done.stdout, done.stderr, shown, *written]).lower().replace(str(tmp_path).lower(), "")
    assert "one is better than two." in shown.lower()
    assert [word for word in WORDS if word in told] == []
    again = plainweave("page", out)
    assert (again.stdout, again.stderr) == (f"The page: {out}/page.html\n", "")
