"""Whole searches on Optuna: made, stopped, continued, and proven."""

import json
import os
import signal
import subprocess
import time
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import plainweave as pw
from command_line import COMMAND, succeeds
from formats_page import DOCS, code_of
from plainweave.evidence import read_tuning
from plainweave.experiments import Store, read_experiments
from plainweave.page import write_page
from plainweave.tuning import PRUNERS, SAMPLERS, Pruning

optuna: Any = pytest.importorskip("optuna")

SPACE = {
    "hidden": {"choices": [[20], [10, 10]], "start": [20]},
    "learning_rate": {"low": 0.001, "high": 1.0, "log": True, "start": 0.001},
    "batch_size": {"low": 16, "high": 128, "log": True},
    "epochs": 4,
}
TOML = """data = "digits"
[defaults]
hidden = {choices = [[20], [10, 10]], start = [20]}
learning_rate = {low = 0.001, high = 1.0, log = true, start = 0.001}
optimizer = {choices = ["sgd", "adam"]}
momentum = {low = 0.5, high = 0.95}
epochs = 400
"""


def tried(out: Path) -> list[tuple[object, ...]]:
    """What was tried and what came of it, without the seconds."""
    found = read_tuning(out)
    assert found is not None
    return [(one.number, one.state, one.score, one.epochs, one.settings, one.reason) for one in found.trials]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    out = tmp_path_factory.mktemp("tuning") / "out"
    return out, pw.tune(SPACE, "digits", out, trials=8, seeds=3)


def test_the_best_and_the_starting_settings_are_proven_on_fresh_seeds(tuned: tuple[Path, Any]) -> None:
    out, found = tuned
    assert found.start == pw.Experiment(id="start", hidden=[20], learning_rate=0.001, epochs=4)
    runs = [(record.experiment.id, record.seed) for record in Store(out).records()]
    assert runs == [(name, seed) for name in ("start", found.best.id) for seed in range(3)]
    first = found.trials[0]
    assert first.settings == {"hidden": "[20]", "learning_rate": 0.001, "batch_size": 64}
    best = min((one for one in found.trials if one.state == "complete"), key=lambda one: one.score)
    assert found.best.id == f"trial-{best.number}"
    assert found.best.learning_rate == best.settings["learning_rate"]
    assert found.proof.helped is True
    assert found.proof.line.startswith("Tuning helped: test accuracy +")
    gains = [
        Store(out).run(found.best.id, seed).record.test["accuracy"]
        - Store(out).run("start", seed).record.test["accuracy"]
        for seed in range(3)
    ]
    assert found.proof.gain.mean == pytest.approx(sum(gains) / 3)


def test_what_lies_in_the_folder(tuned: tuple[Path, Any]) -> None:
    out, found = tuned
    (best,) = read_experiments(out / "best.toml")
    assert best == found.best
    rows = (out / "trials.csv").read_text().splitlines()
    assert rows[0] == "number,state,score,epochs,seconds,reason,hidden,learning_rate,batch_size"
    assert len(rows) == 9
    page = (out / "page.html").read_text()
    assert "What tuning gained" in page
    assert found.proof.line in page
    assert "search-history-" in page
    assert "search-slices-" in page
    before = (out / "page.md").read_text()
    write_page(out)
    assert (out / "page.md").read_text() == before
    assert sorted(path.name for path in (out / "search").iterdir()) == ["journal", "journal.lock"]


def test_more_trials_go_on_with_a_search_and_the_same_number_makes_none(tmp_path: Path) -> None:
    pw.tune(SPACE, "digits", tmp_path / "once", trials=5, seeds=1)
    pw.tune(SPACE, "digits", tmp_path / "twice", trials=2, seeds=1)
    pw.tune(SPACE, "digits", tmp_path / "twice", trials=5, seeds=1)
    assert tried(tmp_path / "once") == tried(tmp_path / "twice")
    journal = (tmp_path / "twice/search/journal").read_bytes()
    pw.tune(SPACE, "digits", tmp_path / "twice", trials=3, seeds=1)
    assert (tmp_path / "twice/search/journal").read_bytes() == journal


@pytest.mark.parametrize(
    ("space", "more", "words"),
    [
        ({**SPACE, "epochs": 5}, {}, "other settings or ranges"),
        ({**SPACE, "batch_size": {"low": 16, "high": 64}}, {}, "other settings or ranges"),
        (SPACE, {"sampler": "random"}, "another sampler"),
        (SPACE, {"pruner": "none"}, "another pruner"),
    ],
)
def test_a_folder_takes_one_search(
    space: dict[str, object], more: dict[str, Any], words: str, tuned: tuple[Path, Any]
) -> None:
    out, _ = tuned
    with pytest.raises(pw.RecordError) as error:
        pw.tune(space, "digits", out, trials=8, seeds=3, **more)
    assert str(error.value) == f"{out} holds a search with {words}; expected the same. Choose another folder."


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("pruner", PRUNERS)
def test_samplers_and_pruners(sampler: str, pruner: str, tmp_path: Path) -> None:
    found = pw.tune(SPACE, "digits", tmp_path, trials=3, seeds=1, sampler=sampler, pruner=pruner)
    assert len(found.trials) == 3


def test_settings_that_fail_are_told_and_the_others_go_on(tmp_path: Path) -> None:
    space = {
        "hidden": {"choices": [[20], [10, 10]]},
        "activation": {"choices": ["tanh", ["relu", "tanh"]], "start": "tanh"},
        "epochs": 2,
    }
    found = pw.tune(space, "digits", tmp_path, trials=16, seeds=1, sampler="random")
    failed = {one.reason for one in found.trials if one.state == "failed"}
    assert failed == {
        "activation is ['relu', 'tanh']; expected one name, or a list of 1 for hidden layers of [20] units."
    }
    assert any(one.state == "complete" for one in found.trials)


def test_a_half_written_line_of_the_journal_is_cut_off(tmp_path: Path) -> None:
    pw.tune(SPACE, "digits", tmp_path, trials=2, seeds=1)
    with (tmp_path / "search/journal").open("ab") as file:
        file.write(b'{"op_code": 5, "wor')
    assert len(pw.tune(SPACE, "digits", tmp_path, trials=3, seeds=1).trials) == 3


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    (tmp_path / "search/journal").write_text("hello\nworld\n")
    with pytest.raises(pw.RecordError) as error:
        pw.tune(SPACE, "digits", tmp_path, trials=2, seeds=1)
    assert str(error.value) == (
        f"{tmp_path / 'search/journal'} is no journal of a search (Expecting value: line 1 column 1 "
        f"(char 0)). "
        "Choose another folder."
    )


def begun(out: Path, space: Path, jobs: int) -> subprocess.Popen[str]:
    command = [*COMMAND, "tune", str(space), "--trials", "6", "--seeds", "1", "--jobs", str(jobs)]
    return subprocess.Popen([*command, "--out", str(out)], stderr=subprocess.PIPE, text=True)


def wait_for_trial(out: Path) -> None:
    """Wait until a trial has told an epoch."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        journal = out / "search/journal"
        if journal.exists() and b'"op_code":7' in journal.read_bytes():
            return
        time.sleep(0.02)
    raise AssertionError("no trial has begun")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_search_that_was_stopped_goes_on_without_loss(stop: signal.Signals, tmp_path: Path) -> None:
    space = tmp_path / "space.toml"
    space.write_text(TOML)
    whole = ["tune", space, "--trials", 6, "--seeds", 1, "--jobs", 1, "--out"]
    succeeds(*whole, tmp_path / "once")
    process = begun(tmp_path / "twice", space, jobs=1)
    wait_for_trial(tmp_path / "twice")
    process.send_signal(stop)
    _, said = process.communicate()
    if stop == signal.SIGINT:
        assert process.returncode == 130
        assert (
            said.splitlines()[-1] == "plainweave: stopped. What was finished is kept: run it again to go on."
        )
        assert list((tmp_path / "twice/search").glob("trial-*.checkpoint"))
    succeeds(*whole, tmp_path / "twice")
    assert tried(tmp_path / "once") == tried(tmp_path / "twice")


def test_several_processes_make_as_many_trials_as_are_asked_for(tmp_path: Path) -> None:
    space = tmp_path / "space.toml"
    space.write_text(TOML.replace("400", "4"))
    printed = succeeds("tune", space, "--trials", 6, "--seeds", 2, "--jobs", 2, "--out", tmp_path / "out")
    assert [row[0] for row in tried(tmp_path / "out")] == list(range(6))
    found = read_tuning(tmp_path / "out")
    assert found is not None
    assert printed.splitlines()[-3:] == [
        f"The page: {tmp_path / 'out/page.html'}",
        f"The best settings: {tmp_path / 'out/best.toml'}",
        found.result,
    ]
    assert json.loads((tmp_path / "out/study.json").read_text())["command"].startswith("plainweave tune ")
    printed = succeeds(
        "run", tmp_path / "out/best.toml", "--seeds", 1, "--jobs", 1, "--out", tmp_path / "run"
    )
    assert found.best in printed


def test_a_killed_process_costs_no_trial(tmp_path: Path) -> None:
    space = tmp_path / "space.toml"
    space.write_text(TOML)
    process = begun(tmp_path / "out", space, jobs=2)
    wait_for_trial(tmp_path / "out")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    workers = [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(int(workers[0]), signal.SIGKILL)
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert "A process was killed, perhaps for want of memory; its trial goes on." in said
    assert [row[0] for row in tried(tmp_path / "out")] == list(range(6))
    assert all(row[1] != "failed" for row in tried(tmp_path / "out"))


def test_the_python_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with redirect_stdout(StringIO()) as printed:
        exec(code_of("In Python", page=DOCS / "tuning.md"), {"pw": pw})
    assert printed.getvalue().startswith("Tuning ")
    names: dict[str, Any] = {"pw": pw, "optuna": optuna, "Pruning": Pruning}
    exec(code_of("In Python", "python objective", DOCS / "tuning.md"), names)
    assert len(names["study"].trials) == 10
