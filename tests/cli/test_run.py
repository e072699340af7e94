"""`run`, `compare` and `page`."""

import json
import os
import re
import shlex
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from command_line import plainweave, refused, succeeds
from plainweave.cli.results import show_results
from plainweave.evidence import OverSeeds, read_summary
from processes import started, wait_for

STYLES = r"\x1b\[\d*m"
MINE = """
[defaults]
epochs = 2

[[experiment]]
id = "wide"
hidden = [40]

[[experiment]]
id = "deep"
hidden = [10, 10]

[[experiment]]
id = "untested"
hidden = []
test = false

[[claim]]
statement = "Wide is better than deep."
measure = "test accuracy"
first = "wide"
second = "deep"
above = 0
"""


@pytest.fixture(scope="module")
def toml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("experiments") / "mine.toml"
    path.write_text(MINE)
    return path


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, toml: Path) -> Path:
    out = tmp_path_factory.mktemp("study") / "out"
    printed = succeeds("run", toml, "--data", "digits", "--seeds", 2, "--jobs", 2, "--out", out)
    assert "Test accuracy in percent on digits:" in printed
    assert "Validation accuracy in percent on digits, not tested:" in printed
    assert "Wide is better than deep." in printed
    assert printed.splitlines()[-1] == f"The page: {out / 'page.html'}"
    assert "report" not in printed
    return out


def test_the_command_that_made_a_folder_is_kept_in_it(study: Path, toml: Path) -> None:
    command = json.loads((study / "study.json").read_text())["command"]
    assert command == (
        f"plainweave run {shlex.quote(str(toml))} --data digits --seeds 2 --jobs 2 --out {study}"
    )


def test_a_narrow_terminal_has_all_results(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = read_summary(study)
    for name, value in (("COLUMNS", "40"), ("TTY_COMPATIBLE", "1"), ("TERM", "xterm")):
        monkeypatch.setenv(name, value)
    show_results(summary)
    printed = re.sub(STYLES, "", capsys.readouterr().out)
    for row in summary.rows:
        assert row.id[:7] in printed  # a longer one is broken
        accuracy = row.shown
        assert accuracy is not None
        assert accuracy.mean is not None
        assert f"{accuracy.mean:.2f}" in printed
        assert accuracy.high is not None
        assert f"± {accuracy.high - accuracy.mean:.2f}" in printed
    assert "epoch" not in printed  # there is no room for it
    assert "…" not in printed
    claim = replace(summary.claims[0], verdict="undecided", seeds_needed=11)
    show_results(replace(summary, rows=(), claims=(claim,)))
    assert re.sub(STYLES, "", capsys.readouterr().out).splitlines() == [
        "   claim           verdict         seeds",
        "1  Wide is better  undecided           2",
        "   than deep.      (about 11            ",
        "                   seeds)               ",
    ]


def test_one_seed_has_no_columns_of_intervals(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = read_summary(study)
    row = next(row for row in summary.rows if row.test)
    one = OverSeeds(mean=80.0, sd=None, n=1, low=None, high=None, confidence=0.95, unit="%", values=(80.0,))
    row = replace(row, seeds=(0,), test={"accuracy": one}, validation={"accuracy": one})
    show_results(replace(summary, rows=(row,), claims=()))
    assert capsys.readouterr().out.splitlines()[1].split("\t") == ["network", "seeds", "mean", "best epoch"]


def test_compare_two_experiments(study: Path) -> None:
    summary = json.loads((study / "summary.json").read_text())
    means = {row["id"]: row["test"]["accuracy"]["mean"] for row in summary["rows"] if row["test"]}
    printed = succeeds("compare", study, "wide", "deep").splitlines()
    difference = means["wide"] - means["deep"]
    assert refused("compare", study, "wide", "wide") == "both experiments are 'wide'; expected two."
    assert printed[0] == f"wide - deep, test accuracy: {difference:+.2f} points, over 2 seeds of each"
    assert printed[1].startswith("95 % interval (Student's t): ")
    assert refused("compare", study, "wide", "depe") == (
        "the experiment is 'depe'; expected one of wide, deep, untested. Did you mean 'deep'?"
    )


def test_the_page_is_drawn_again_from_records_alone(study: Path) -> None:
    evidence = ("learned.json", "predictions.json", "study.json")  # what no record tells
    notes = (".lock", ".plainweave", *evidence)
    before = {
        path: path.read_bytes()
        for path in study.rglob("*")
        if path.is_file() and "runs" not in path.parts and path.name not in notes
    }
    for path in before:
        path.unlink()
    assert succeeds("page", study) == f"The page: {study / 'page.html'}\n"
    for path, content in before.items():
        assert path.read_bytes() == content, path


def test_run_again_trains_nothing_and_only_some(study: Path, toml: Path, tmp_path: Path) -> None:
    done = plainweave("run", toml, "--data", "digits", "--seeds", 2, "--out", study)
    assert "6 of 6 runs are finished: kept." in done.stderr
    out = tmp_path / "some"
    succeeds("run", toml, "--data", "digits", "--epochs", 1, "--only", "deep, untested", "--out", out)
    summary = json.loads((out / "summary.json").read_text())
    assert [(row["id"], row["epochs"]) for row in summary["rows"]] == [("deep", 1), ("untested", 1)]


def test_run_on_ones_own_data(toml: Path, tmp_path: Path, idx_folder: Path) -> None:
    printed = succeeds("run", toml, "--only", "deep", "--data", idx_folder, "--out", tmp_path / "out")
    assert "Test accuracy in percent on mine:" in printed
    assert (tmp_path / "out" / "figures" / "deep.png").exists()
    for name in ("page.html", "page.md"):
        page = (tmp_path / "out" / name).read_text().lower()
        for word in ("report", "fashion", "gradient check"):
            assert word not in page, f"{name} has {word}"


def test_killed_and_started_again_it_ends_as_if_never_killed(toml: Path, tmp_path: Path) -> None:
    command = ("run", toml, "--data", "digits", "--seeds", 3, "--epochs", 30)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = started(*command, "--out", killed)
    wait_for(lambda: len(list(killed.glob("runs/*/seed-*/record.json"))) >= 3, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    finished = {path: path.read_bytes() for path in killed.glob("runs/*/seed-*/record.json")}
    assert 3 <= len(finished) < 9
    succeeds(*command, "--out", killed)
    for path, content in finished.items():
        assert path.read_bytes() == content, "what was finished was not trained again"
    succeeds(*command, "--out", whole)
    assert (killed / "summary.json").read_bytes() == (whole / "summary.json").read_bytes()
    for path in whole.glob("runs/*/seed-*/weights.safetensors"):
        assert (killed / path.relative_to(whole)).read_bytes() == path.read_bytes()
