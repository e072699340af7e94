"""Whole searches on Optuna: made, stopped, continued, and proven."""

import json
import os
import signal
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import plainweave as pw
from command_line import succeeds
from formats_page import DOCS, code_of
from plainweave.data import Loaded, Named
from plainweave.evidence import Trial, read_tuning
from plainweave.experiments import Store, read_experiments
from plainweave.page import write_page
from plainweave.training import Checkpoints
from plainweave.tuning import PRUNERS, SAMPLERS, Pruning
from plainweave.tuning.search import _show as show
from plainweave.tuning.search import check_search, make_trials, open_search
from plainweave.tuning.space import space_of
from plainweave.tuning.trial import Came, Search
from plainweave.tuning.tried import tried
from processes import started, workers

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
epochs = 200
"""
OF_LONG_TRIALS = tomllib.loads(TOML)["defaults"]


def told(trials: Iterable[Trial]) -> list[Trial]:
    """What was tried and what came of it, without the seconds."""
    return [replace(trial, seconds=0.0) for trial in trials]


def told_in(out: Path) -> list[Trial]:
    found = read_tuning(out)
    assert found is not None
    return told(found.trials)


def searched(
    out: Path,
    trials: int,
    space: Mapping[str, object] = SPACE,
    sampler: str = "tpe",
    pruner: str = "median",
    jobs: int = 1,
) -> list[Trial]:
    """Search in a folder, without a proof, and return what came of it."""
    made, data = Search(space_of(space), out / "search", sampler, pruner), Loaded(Named("digits"))
    check_search(made, data)
    study = open_search(made, data)
    make_trials(made, data, trials, jobs)
    return told(tried(study))


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    out = tmp_path_factory.mktemp("tuning") / "out"
    return out, pw.tune(SPACE, "digits", out, trials=8, seeds=3)


def test_the_best_and_the_starting_settings_are_proven_on_fresh_seeds(tuned: tuple[Path, Any]) -> None:
    out, found = tuned
    assert found.start == pw.Experiment(id="start", hidden=(20,), learning_rate=0.001, epochs=4)
    runs = [(record.experiment.id, record.seed) for record in Store(out).records()]
    assert runs == [(name, seed) for name in ("start", found.best.id) for seed in range(3)]
    first = found.trials[0]
    assert first.settings == {"hidden": "[20]", "learning_rate": 0.001, "batch_size": 64}
    best = min((one for one in found.trials if one.state == "complete"), key=lambda one: one.score)
    assert found.best.id == f"trial-{best.number}"
    assert found.best.learning_rate == best.settings["learning_rate"]
    assert found.proof.helped is True
    assert found.proof.line.startswith("Tuning helped: test accuracy +")
    tests = {
        name: [Store(out).run(name, seed).record.test or {} for seed in range(3)]
        for name in ("start", found.best.id)
    }
    best, start = (sum(test["accuracy"] for test in tests[name]) / 3 for name in (found.best.id, "start"))
    assert found.proof.gain.mean == pytest.approx(best - start)


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
    once = searched(tmp_path / "once", 5)
    searched(tmp_path / "twice", 2)
    assert searched(tmp_path / "twice", 5) == once
    journal = (tmp_path / "twice/search/journal").read_bytes()
    assert searched(tmp_path / "twice", 3) == once
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
    assert len(searched(tmp_path, 3, sampler=sampler, pruner=pruner)) == 3


def test_settings_that_fail_are_told_and_the_others_go_on(tmp_path: Path) -> None:
    space = {
        "hidden": {"choices": [[20], [10, 10]]},
        "activation": {"choices": ["tanh", ["relu", "tanh"]], "start": "tanh"},
        "epochs": 2,
    }
    found = searched(tmp_path, 16, space, sampler="random")
    failed = {one.reason for one in found if one.state == "failed"}
    assert failed == {
        "activation is ['relu', 'tanh']; expected one name, or a list of 1 for hidden layers of [20] units."
    }
    assert any(one.state == "complete" for one in found)


def test_a_half_written_line_of_the_journal_is_cut_off(tmp_path: Path) -> None:
    searched(tmp_path, 2)
    with (tmp_path / "search/journal").open("ab") as file:
        file.write(b'{"op_code": 5, "wor')
    assert len(searched(tmp_path, 3)) == 3


@pytest.mark.parametrize("content", [b"", b'{"op_c', b'{"op_code":0,"wor'])
def test_a_journal_that_was_cut_within_its_first_line_begins_anew(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    (tmp_path / "search/journal").write_bytes(content)
    assert len(searched(tmp_path, 1)) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("my own notes", 'it does not begin with {"op_code"'),
        ("hello\nworld\n", 'it does not begin with {"op_code"'),
        ('{"op_code"\nworld\n', "Expecting ':' delimiter: line 2 column 1 (char 11)"),
    ],
)
def test_what_is_no_journal_is_refused_and_left_as_it_is(content: str, reason: str, tmp_path: Path) -> None:
    journal = tmp_path / "search/journal"
    journal.parent.mkdir()
    journal.write_text(content)
    with pytest.raises(pw.RecordError) as error:
        pw.tune(SPACE, "digits", tmp_path, trials=2, seeds=1)
    assert str(error.value) == f"{journal} is no journal of a search ({reason}). Choose another folder."
    assert journal.read_text() == content


@pytest.fixture(scope="module")
def never_stopped(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    return searched(tmp_path_factory.mktemp("once"), 6, OF_LONG_TRIALS)


def interrupt() -> None:
    """Do as Ctrl-C does, also where a process was started to ignore it."""
    signal.default_int_handler(signal.SIGINT, None)


def at_an_epoch(monkeypatch: pytest.MonkeyPatch, number: int, do: Callable[[], None]) -> None:
    """Have something done, once, when a trial has told an epoch."""

    def shown(event: object, *others: Any) -> None:
        show(event, *others)
        if isinstance(event, Came) and event.number == number and event.epoch < event.epochs and not done:
            done.append(number)
            do()

    done: list[int] = []
    monkeypatch.setattr("plainweave.tuning.search._show", shown)


def test_a_search_that_was_interrupted_goes_on_without_loss(
    never_stopped: list[Trial], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_an_epoch(monkeypatch, 2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        searched(tmp_path, 6, OF_LONG_TRIALS)
    assert searched(tmp_path, 6, OF_LONG_TRIALS) == never_stopped


def test_a_trial_whose_state_was_damaged_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pause", "rest"):
        monkeypatch.setattr(Checkpoints, name, 0)
    at_an_epoch(monkeypatch, 1, interrupt)
    with pytest.raises(KeyboardInterrupt):
        searched(tmp_path / "stopped", 2)
    (state,) = (tmp_path / "stopped/search").glob("trial-*.checkpoint")
    state.write_bytes(state.read_bytes()[:100])
    assert searched(tmp_path / "stopped", 2) == searched(tmp_path / "once", 2)


def test_a_search_of_which_no_trial_came_to_its_end_says_why(tmp_path: Path) -> None:
    space = {**SPACE, "learning_rate": {"low": 1e30, "high": 1e38, "log": True, "start": 1e38}}
    with pytest.raises(pw.RecordError) as error:
        pw.tune(space, "digits", tmp_path, trials=1, seeds=1)
    assert str(error.value) == (
        "no trial was trained to its end; the last: diverged at epoch 1. Choose other ranges, and another "
        "folder."
    )


def test_a_search_that_was_killed_goes_on_without_loss(never_stopped: list[Trial], tmp_path: Path) -> None:
    (tmp_path / "space.toml").write_text(TOML)
    process = started("tune", "space.toml", "--trials", 6, "--jobs", 1, "--out", ".", cwd=tmp_path)
    journal, deadline = tmp_path / "search/journal", time.monotonic() + 60
    while not (journal.exists() and b'"op_code":7' in journal.read_bytes()):  # an epoch was told
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert searched(tmp_path, 6, OF_LONG_TRIALS) == never_stopped


def test_a_killed_process_costs_no_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def kill() -> None:
        os.kill(workers(os.getpid())[0], signal.SIGKILL)

    at_an_epoch(monkeypatch, 0, kill)
    found = searched(tmp_path, 4, OF_LONG_TRIALS, jobs=2)
    assert "A process was killed, perhaps for want of memory; its trial goes on." in capsys.readouterr().err
    assert [trial.number for trial in found] == [0, 1, 2, 3]
    assert all(trial.state != "failed" for trial in found)


def test_several_processes_make_as_many_trials_as_are_asked_for(tmp_path: Path) -> None:
    space = tmp_path / "space.toml"
    space.write_text(TOML.replace("200", "4"))
    printed = succeeds("tune", space, "--trials", 6, "--seeds", 2, "--jobs", 2, "--out", tmp_path / "out")
    assert [trial.number for trial in told_in(tmp_path / "out")] == list(range(6))
    found = read_tuning(tmp_path / "out")
    assert found is not None
    assert printed.splitlines()[-3:] == [
        f"The page: {tmp_path / 'out/page.html'}",
        f"The best settings: {tmp_path / 'out/best.toml'}",
        found.result,
    ]
    assert json.loads((tmp_path / "out/study.json").read_text())["command"].startswith("plainweave tune ")


def test_the_python_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with redirect_stdout(StringIO()) as printed:
        exec(code_of("In Python", page=DOCS / "tuning.md"), {"pw": pw})
    assert printed.getvalue().startswith("Tuning ")
    names: dict[str, Any] = {"pw": pw, "optuna": optuna, "Pruning": Pruning}
    exec(code_of("In Python", "python objective", DOCS / "tuning.md"), names)
    assert len(names["study"].trials) == 10
