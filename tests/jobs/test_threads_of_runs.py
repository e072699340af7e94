"""Runs on any number of threads are the same bytes, and processes share the cores."""

from pathlib import Path
from typing import Any

import pytest

import plainweave as pw
from command_line import call, refused, succeeds
from plainweave.engine import compiled, kernels, team
from plainweave.engine.program import Work
from plainweave.experiments import read_threads

WIDE = pw.Experiment(id="wide", hidden=(60, 40), epochs=2, learning_rate=0.05)
FILES = ("weights.safetensors", "history.csv")


@pytest.fixture
def of_eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "cores", lambda: 8)
    monkeypatch.setattr(team, "_share", None)


@pytest.mark.usefixtures("of_eight_cores")
def test_small_steps_take_one_thread_and_large_ones_all_cores() -> None:
    assert team.threads_that_pay(400, 64) == 1
    assert team.threads_that_pay(40_000, 64) == 2
    assert team.threads_that_pay(1_000_000, 256) == 8


@pytest.mark.usefixtures("of_eight_cores")
def test_processes_share_the_cores() -> None:
    for processes, share in ((1, 8), (2, 4), (3, 2), (8, 1), (20, 1)):
        team.share_cores(processes)
        assert team.threads_that_pay(1_000_000, 256) == share


@pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here")
@pytest.mark.parametrize("jobs", [1, 2])
def test_runs_are_the_same_bytes(jobs: int, tmp_path: Path) -> None:
    data = pw.load_dataset("digits")
    for threads in (None, 1, 3):
        pw.run_experiments([WIDE], data, tmp_path / str(threads), seeds=2, jobs=jobs, threads=threads)
    for seed in (0, 1):
        for name in FILES:
            place = Path("runs", "wide", f"seed-{seed}", name)
            one, *others = ((tmp_path / each / place).read_bytes() for each in ("1", "3", "None"))
            assert all(other == one for other in others)


@pytest.mark.skipif(not kernels(), reason="the compiled engine is not built here")
def test_a_run_takes_the_threads_that_are_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taken, init = list[int | None](), compiled.CompiledProgram.__init__

    def watched(self: compiled.CompiledProgram, work: Work, *given: Any) -> None:
        taken.append(work.threads)
        init(self, work, *given)

    monkeypatch.setattr(compiled.CompiledProgram, "__init__", watched)
    data = pw.load_dataset("digits")
    pw.run_experiment(WIDE, data, 0, threads=2)
    pw.run_experiments([WIDE], data, tmp_path / "many", threads=3)
    pw.run_study([WIDE], data, tmp_path / "study", threads=4)
    pw.run_experiment(WIDE, data, 0)
    assert taken == [2, 3, 4, None]


def test_threads_of_the_command_line(tmp_path: Path) -> None:
    for threads in (1, 2):
        settings = ("--hidden", "30", "--epochs", 2, "--threads", threads, "--out", tmp_path / str(threads))
        succeeds("train", "--data", "digits", *settings)
    for name in FILES:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    line = refused("train", "--data", "digits", "--threads", 0, "--out", tmp_path / "none")
    assert line == "--threads is 0; expected a whole number of at least 1."


class _EnoughError(Exception):
    """Ends a command where it would train."""


def test_threads_of_a_file_count_where_the_command_line_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    taken = list[tuple[object, object]]()

    def run_study(*_: object, jobs: int, threads: int | None, **__: object) -> None:
        taken.append((jobs, threads))
        raise _EnoughError

    monkeypatch.setattr("plainweave.cli.run.run_study", run_study)
    for module in ("run", "options"):
        monkeypatch.setattr(f"plainweave.cli.{module}.cores", lambda: 8)
    plain, threaded = tmp_path / "plain.toml", tmp_path / "threaded.toml"
    plain.write_text('[[experiment]]\nid = "a"\n')
    threaded.write_text('threads = 3\n[[experiment]]\nid = "a"\n')
    for file in (plain, threaded):
        for given in ((), ("--jobs", 1), ("--threads", 4), ("--threads", 20), ("--jobs", 5, "--threads", 2)):
            with pytest.raises(_EnoughError):
                call("run", file, *given)
    assert taken[:5] == [(8, None), (1, None), (2, 4), (1, 20), (5, 2)]
    assert taken[5:] == [(2, 3), (1, 3), (2, 4), (1, 20), (5, 2)]
    assert capsys.readouterr().err.splitlines()[-1] == (
        "plainweave: up to 5 networks at once, each on 2 threads, on a machine of 8 cores."
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("0", "threads is 0; expected a whole number of at least 1."),
        ("257", "threads is 257; expected at most 256."),
        ("true", "threads is True; expected a whole number of at least 1."),
        ('"2"', "threads is '2'; expected a whole number of at least 1."),
    ],
)
def test_threads_of_a_file_that_are_none_are_refused(given: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'threads = {given}\n[[experiment]]\nid = "a"\n')
    with pytest.raises(pw.ConfigurationError) as caught:
        read_threads(path)
    assert str(caught.value) == f"{path}: {message}"


def test_threads_are_no_part_of_what_decides_a_run(tmp_path: Path) -> None:
    data = "data = 'digits'\n[[experiment]]\nid = 'a'\nhidden = [9]\nepochs = 1\n"
    path, times = tmp_path / "mine.toml", set()
    for threads in (1, 2):
        path.write_text(f"threads = {threads}\n{data}")
        succeeds("run", path, "--out", tmp_path / "out", "--jobs", 1)
        times.add((tmp_path / "out" / "runs" / "a" / "seed-0" / "record.json").stat().st_mtime_ns)
    assert len(times) == 1
