"""Where training runs: in this process or in others, and what is said where there can be none."""

import dataclasses
import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.cli.options import processes
from plainweave.data import Named
from plainweave.engine.team import cores
from plainweave.evidence import gradient_evidence
from plainweave.experiments import environment, run_folder
from plainweave.jobs import pool, stacks
from plainweave.jobs.job import Event
from plainweave.jobs.supervise import _Supervisor
from plainweave.training import Checkpoints
from processes import Process, started, wait_for, workers

TWO = [pw.Experiment(id="a", hidden=(8,), epochs=2), pw.Experiment(id="b", hidden=(9,), epochs=2)]
SCRIPT = """
import pathlib, sys, plainweave as pw
print("begins")
two = [pw.Experiment(id="a", hidden=(8,), epochs=2), pw.Experiment(id="b", hidden=(9,), epochs=2)]
data = "digits" if sys.argv[2:] == ["source"] else pw.load_dataset("digits")
pw.run_experiments(two, data, pathlib.Path(sys.argv[1]), jobs=2)
print("done")
"""
GUARD = 'Put what is to run once under `if __name__ == "__main__":`, or use jobs=1.'


@pytest.fixture
def scrambled(digits: pw.Dataset) -> pw.Dataset:
    labels = np.random.default_rng(0).permutation(digits.train.labels)
    return dataclasses.replace(digits, name="scrambled", train=pw.Examples(digits.train.inputs, labels))


@pytest.fixture
def no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(pool.Pool, "__init__", refused)


def results(out: Path) -> dict[str, bytes]:
    kinds = ("history.csv", "weights.safetensors")
    return {str(path.relative_to(out)): path.read_bytes() for kind in kinds for path in out.rglob(kind)}


@pytest.mark.usefixtures("no_pool")
def test_one_job_needs_no_other_process(tmp_path: Path, digits: pw.Dataset) -> None:
    pw.run_experiments(TWO, Named("digits"), tmp_path)
    pw.run_experiments(TWO[:1], digits, tmp_path / "one run", jobs=8)
    assert len(results(tmp_path)) == 6
    assert gradient_evidence(digits).passed


@pytest.mark.parametrize("is_named", [False, True])
def test_processes_make_the_same_bytes_as_this_one(
    tmp_path: Path, digits: pw.Dataset, is_named: bool
) -> None:
    data = Named("digits") if is_named else digits
    pw.run_experiments(TWO, data, tmp_path / "here")
    pw.run_experiments(TWO, data, tmp_path / "there", jobs=2)
    assert results(tmp_path / "here") == results(tmp_path / "there")
    assert len(results(tmp_path / "here")) == 4


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_data_given_are_the_data_trained_on(tmp_path: Path, scrambled: pw.Dataset, jobs: int) -> None:
    for record in pw.run_experiments(TWO, scrambled, tmp_path, jobs=jobs):
        assert (record.dataset.name, record.dataset.fingerprint) == ("scrambled", scrambled.fingerprint)
        alone, _ = pw.run_experiment(record.experiment, scrambled, 0)
        assert record.history.to_csv() == alone.history.to_csv()


class CodedError(Exception):
    """An error that can be pickled, and not be made again of its message alone."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} ({code})")


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """A source that gives the digits here; in another process what is to be tested."""

    gives: str

    def load(self) -> pw.Dataset:
        digits = pw.load_dataset("digits")
        if self.gives == "letters":
            return dataclasses.replace(digits, name="letters", class_names=tuple("abcdefghij"))
        if multiprocessing.parent_process() is None:
            return digits
        if self.gives == "a coded error":
            raise CodedError(7, "no such table")
        if self.gives == "others":
            return dataclasses.replace(digits, train=digits.test)
        raise pw.DataError("the disk is not there. Mount it.")


def test_names_given_are_kept_where_processes_load_the_data_again(tmp_path: Path) -> None:
    records = pw.run_experiments(TWO, Elsewhere("letters"), tmp_path, jobs=2)
    assert {record.dataset.name for record in records} == {"letters"}
    model = pw.load(run_folder(tmp_path, "a", 0) / "weights.safetensors")
    assert model.class_names == tuple("abcdefghij")


def test_a_source_of_other_data_is_refused(tmp_path: Path, digits: pw.Dataset) -> None:
    with pytest.raises(pw.DataError) as error:
        pw.run_experiments(TWO, Elsewhere("others"), tmp_path, jobs=2)
    others = dataclasses.replace(digits, train=digits.test)
    assert str(error.value) == (
        "digits has changed since it was loaded, or is another data set: its fingerprint is "
        f"{others.fingerprint[:12]}; expected {digits.fingerprint[:12]}. Run it again."
    )
    assert not list(tmp_path.rglob("record.json"))


def test_what_keeps_processes_from_their_data_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(pw.DataError) as error:
        pw.run_experiments(TWO, Elsewhere("nothing"), tmp_path, jobs=2)
    assert str(error.value) == "the disk is not there. Mount it."
    assert capfd.readouterr().err == ""


def test_an_error_that_can_not_be_made_again_here_is_told_by_its_text(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)^Traceback .*CodedError: no such table \(7\)") as error:
        pw.run_experiments(TWO, Elsewhere("a coded error"), tmp_path, jobs=2)
    assert type(error.value) is RuntimeError


def counting(_: object) -> Generator[object, None, None]:
    while True:
        yield "counted"
        time.sleep(0.01)


def test_a_second_stop_while_processes_are_asked_to_end_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    processes = pool.Pool(2, dict)
    values = processes.results([counting, counting])
    assert next(values)[1] == "counted"
    monkeypatch.setattr(pool.CONTEXT.Process, "terminate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        values.close()
    exits = [member.process.exitcode for member in processes._members]
    assert len(exits) == 2
    assert set(exits) == {-signal.SIGKILL}


OF_ONES_OWN = """
import dataclasses, sys, plainweave as pw
{}
two = [pw.Experiment(id="a", hidden=(8,), epochs=2), pw.Experiment(id="b", hidden=(9,), epochs=2)]
digits = pw.load_dataset("digits")
own = dataclasses.replace(digits, train=Own(digits.train.inputs, digits.train.labels))
print(len(pw.run_experiments(two, own, sys.argv[1], jobs=2)))
"""


@pytest.mark.parametrize(
    ("makes", "why"),
    [
        ("class Own(pw.Examples): pass", "'Own'"),
        ("def make():\n    class Own(pw.Examples): pass\n    return Own\nOwn = make()", "Own"),
    ],
)
def test_data_of_a_class_that_other_processes_do_not_know_are_trained_on_here(
    tmp_path: Path, makes: str, why: str
) -> None:
    code, output, errors = ran("-c", OF_ONES_OWN.format(makes), tmp_path)
    assert (code, output) == (0, "2\n")
    said = errors.splitlines()[0]
    assert said.startswith("data, observers or parts can't be handed to other processes (")
    assert why in said  # in the words of this version of Python
    assert said.endswith(": all is trained in this process, one after another.")
    assert not list(tmp_path.glob(".data*"))


PARTS_OF_ONES_OWN = """
import sys, numpy as np, plainweave as pw
from dataclasses import dataclass

@dataclass(frozen=True)
class Bent(pw.Activation):
    name = "bent"
    def value(self, x): return x + np.abs(x) / 2
    def derivative(self, x, y): return 1 + np.sign(x) / 2

class Steep(pw.SquaredError):
    name = "steep"

@dataclass(frozen=True)
class Halves(pw.Schedule):
    name = "halves"
    def __call__(self, epochs): return 0.5 ** np.floor(epochs)

def main():
    inputs = np.random.default_rng(0).normal(size=(100, 3))
    examples = pw.Examples(inputs, inputs[:, 0])
    parts = {"activation": "bent", "loss": "steep", "schedule": "halves"}
    two = [pw.Experiment(id=name, hidden=(4,), epochs=2, learning_rate=0.01, **parts) for name in "ab"]
    records = pw.run_experiments(two, pw.Dataset("mine", examples, examples), sys.argv[1], jobs=2)
    print([sorted(record.test) for record in records])
"""


@pytest.mark.parametrize("place", ["a script", "a module", "nowhere"])
def test_parts_of_ones_own_are_known_in_other_processes(tmp_path: Path, place: str) -> None:
    call = "if __name__ == '__main__': main()\n"
    if place == "nowhere":
        arguments: tuple[object, ...] = ("-c", PARTS_OF_ONES_OWN + call)
    else:
        (tmp_path / "mine.py").write_text(PARTS_OF_ONES_OWN + (call if place == "a script" else ""))
        (tmp_path / "start.py").write_text("import mine\nif __name__ == '__main__': mine.main()\n")
        arguments = (tmp_path / ("mine.py" if place == "a script" else "start.py"),)
    code, output, errors = ran(*arguments, tmp_path / "out")
    assert (code, output) == (0, "[['absolute error', 'loss', 'r2'], ['absolute error', 'loss', 'r2']]\n"), (
        errors
    )
    told = "data, observers or parts can't be handed to other processes ("
    assert errors.startswith(told) == (place == "nowhere")


def ran(*arguments: object, **settings: Any) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **settings,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("source", [(), ("source",)])
def test_a_script_without_a_guard_is_told_to_have_one(tmp_path: Path, source: tuple[str, ...]) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    code, _, errors = ran(script, tmp_path / "out", *source)
    assert code == 1
    assert errors.count("Traceback") == 1, "of the script itself, and not of its processes"
    assert errors.splitlines()[-1] == (
        "plainweave.errors.PlainweaveError: each process runs this script from its beginning, and would "
        f"start processes in turn. {GUARD}"
    )


def test_a_script_that_fails_in_its_processes_is_not_called_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys\nif __name__ != '__main__': sys.exit('I want to be main')\n" + SCRIPT)
    code, _, errors = ran(script, tmp_path / "out", "source")
    assert code == 1
    assert "I want to be main" in errors
    assert errors.splitlines()[-1] == (
        "plainweave.errors.PlainweaveError: a process ended while it was being started; if it said why, that "
        f"stands above. {GUARD}"
    )


def test_a_script_on_standard_input_trains_in_its_own_process(tmp_path: Path) -> None:
    code, output, errors = ran("-", tmp_path / "out", input=SCRIPT)
    assert (code, output) == (0, "begins\ndone\n"), errors
    assert errors.splitlines()[0] == (
        "the script is not in a file (<stdin>): all is trained in this process, one after another."
    )


def _train_two(out: str) -> list[str]:
    records = pw.run_experiments(TWO, "digits", out, jobs=2)
    return [record.experiment.id for record in records]


def test_a_daemonic_process_trains_by_itself(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(_train_two, [str(tmp_path)]) == [["a", "b"]]


def test_a_process_of_joblib_trains_by_itself(tmp_path: Path) -> None:
    script = (
        "import sys, joblib\nfrom test_processes import _train_two\n"
        "calls = [joblib.delayed(_train_two)(f'{sys.argv[1]}/{each}') for each in 'ab']\n"
        "if __name__ == '__main__':\n    print(joblib.Parallel(n_jobs=2)(calls))\n"
    )
    (tmp_path / "script.py").write_text(script)
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py", tmp_path],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        timeout=120,
    )
    assert done.stdout == "[['a', 'b'], ['a', 'b']]\n", done.stderr
    assert (
        "processes of loky can't start others: all is trained in this process, one after another.\n"
    ) in done.stderr


@pytest.mark.parametrize("where", ["Pipe", "Process"])
def test_without_file_handles_or_processes_all_is_trained_here(
    tmp_path: Path,
    digits: pw.Dataset,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    where: str,
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(pool.CONTEXT, where, refused)
    assert len(pw.run_experiments(TWO, digits, tmp_path, jobs=2)) == 2
    assert capsys.readouterr().err.splitlines()[0] == (
        "processes can't be started here: Read-only file system (EROFS): all is trained in this process, one "
        "after another."
    )


def test_processes_that_can_no_longer_be_started_leave_the_rest_to_this_one(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second process can't be started while the first is at work: it ends, and keeps its state."""
    starts = []
    original = pool.CONTEXT.Pipe

    def refused(*_: object, **__: object) -> object:
        starts.append(1)
        if len(starts) > 1:
            raise OSError(errno.EMFILE, "Too many open files")
        return original()

    monkeypatch.setattr(pool.CONTEXT, "Pipe", refused)
    assert len(pw.run_experiments(TWO, digits, tmp_path, jobs=2)) == 2
    assert "Too many open files (EMFILE): all is trained in this process" in capsys.readouterr().err


def test_a_system_without_semaphores_has_processes(tmp_path: Path) -> None:
    script = (
        "import _multiprocessing, sys, plainweave as pw\n"
        "del _multiprocessing.SemLock\n"
        "two = [pw.Experiment(id=name, hidden=(8,), epochs=2) for name in 'ab']\n"
        "print(len(pw.run_experiments(two, 'digits', sys.argv[1], jobs=2)))"
    )
    code, output, errors = ran("-c", script, tmp_path)
    assert (code, output) == (0, "2\n"), errors
    assert "in this process" not in errors


def test_ctrl_c_in_this_process_keeps_what_was_reached(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Checkpoints, "pause", 0)
    monkeypatch.setattr(Checkpoints, "rest", 0)
    monkeypatch.setattr(stacks, "_PAUSE", 0)
    long = [dataclasses.replace(each, epochs=9) for each in TWO]
    pw.run_experiments(long, digits, tmp_path / "whole")
    with monkeypatch.context() as patch:
        calls = 0
        original = _Supervisor._handle

        def interrupted(self: _Supervisor, event: Event) -> None:
            nonlocal calls
            calls += 1
            if calls == 17:  # each begins, has nine epochs and ends: at the fifth epoch of the second
                raise KeyboardInterrupt
            original(self, event)

        patch.setattr(_Supervisor, "_handle", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pw.run_experiments(long, digits, tmp_path / "stopped")
    assert len(list((tmp_path / "stopped").rglob("record.json"))) == 1
    assert len(list((tmp_path / "stopped").rglob("run.checkpoint"))) == 2, "of one the end, of one its half"
    pw.run_experiments(long, digits, tmp_path / "stopped")
    assert results(tmp_path / "stopped") == results(tmp_path / "whole")


def training(tmp_path: Path) -> Process:
    """A command that trains two networks, for long."""
    text = "[defaults]\nepochs = 100_000\n" + '[[experiment]]\nid = "a"\n[[experiment]]\nid = "b"\n'
    (tmp_path / "mine.toml").write_text(text + "hidden = [40]\n")
    return started("run", tmp_path / "mine.toml", "--data", "digits", "--jobs", 2, "--out", tmp_path / "out")


@pytest.mark.parametrize("delay", [0, 0.05, 0.3, 0.8])
def test_ctrl_c_while_processes_start_leaves_no_traceback(tmp_path: Path, delay: float) -> None:
    process = training(tmp_path)
    wait_for(lambda: workers(process.pid), process)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors.splitlines()[-1] == "plainweave: stopped. What was finished is kept: run it again to go on."
    assert "Traceback" not in errors


def test_a_stopped_process_does_not_keep_ctrl_c_from_working(tmp_path: Path) -> None:
    process = training(tmp_path)
    wait_for(lambda: len(list(tmp_path.rglob("run.checkpoint"))) == 2, process)
    at_work = workers(process.pid)
    os.kill(at_work[0], signal.SIGSTOP)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=pool._GRACE + 25)
    assert process.returncode == 130, errors
    assert errors.splitlines()[-1] == "plainweave: stopped. What was finished is kept: run it again to go on."
    assert not any(Path(f"/proc/{each}").exists() for each in at_work)


@pytest.mark.parametrize(
    ("allowed", "quota", "expected"),
    [
        ({0, 1, 2, 3}, None, 4),
        ({5}, None, 1),
        (set(range(128)), "400000 100000\n", 4),
        (set(range(128)), "150000 100000\n", 2),
        (set(range(128)), "1000 100000\n", 1),
        ({0, 1}, "800000 100000\n", 2),
        ({0, 1}, "max 100000\n", 2),
        ({0, 1}, "nonsense", 2),
    ],
)
def test_only_cores_that_may_be_used_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: set[int], quota: str | None, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: allowed)
    module_of_cores = sys.modules[cores.__module__]  # a function of the package has the module's name
    monkeypatch.setattr(module_of_cores, "_QUOTA", tmp_path / "cpu.max")
    if quota:
        (tmp_path / "cpu.max").write_text(quota)
    assert cores() == expected
    assert environment()["cores"] == expected
    assert processes() == expected
    assert processes(3) == 3
