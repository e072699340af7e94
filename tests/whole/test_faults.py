"""Kills, interrupts, full disks and second processes: nothing that was made is lost."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors

import plainweave as pw
from mortal import die_or_train
from plainweave.data import Named
from plainweave.jobs import stacks
from plainweave.storage.files import locked_folder
from processes import all_end, children, started, wait_for

OFTEN = [sys.executable, str(Path(__file__).parents[1] / "often.py")]
KILLS = int(os.environ.get("PLAINWEAVE_TEST_KILLS", "4"))
REPRODUCE = ("reproduce", "--data", "digits", "--only", "tanh,relu,33x33x33,100", "--seeds", 2)
TRAIN = ("train", "--data", "digits", "--hidden", "200x200", "--learning-rate", 0.1)


def finished(*arguments: object, code: int = 0, **settings: Any) -> str:
    process = started(*arguments, **settings)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == code, errors
    return str(errors)


def results(out: Path) -> dict[str, bytes]:
    """All that must be the same to the byte; records tell seconds too, and so are left out."""
    kinds = ("history.csv", "weights.safetensors", "summary.json")
    return {
        str(path.relative_to(out)): path.read_bytes()
        for kind in kinds
        for path in out.rglob(kind)
        if path.parent.name[0] != "."  # what is being written
    }


def test_reproduce_killed_again_and_again_ends_as_if_never_killed(tmp_path: Path) -> None:
    """In its long form, PLAINWEAVE_TEST_KILLS=50. Each time it comes to its end, it begins anew."""
    command, out = (*REPRODUCE, "--epochs", 400), tmp_path / "killed"
    began = time.monotonic()
    finished(*command, "--out", tmp_path / "whole")
    taken = time.monotonic() - began
    chance, killed, within, ended = random.Random(KILLS), 0, 0, 0
    while killed < KILLS or not ended:
        process = started(*command, "--out", out, main=OFTEN)
        try:
            _, errors = process.communicate(timeout=chance.uniform(0.2, 1) * taken if killed < KILLS else 300)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            killed += 1
            within += any(not file.with_name("record.json").exists() for file in out.rglob("*.checkpoint"))
            continue
        assert process.returncode == 0, errors
        assert results(out) == results(tmp_path / "whole")
        shutil.rmtree(out)
        ended += 1
    print(f"killed {killed} times, {within} with a checkpoint; came to its end {ended} times")
    assert within, "no kill hit a run that could go on"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_train_ends_at_once_and_goes_on_to_the_bit(tmp_path: Path, number: signal.Signals) -> None:
    command = (*TRAIN, "--epochs", 3000)
    process = started(*command, "--out", tmp_path / "run")
    wait_for((tmp_path / "run" / ".lock").exists, process)
    time.sleep(1.5)
    process.send_signal(number)
    began = time.monotonic()
    _, errors = process.communicate(timeout=30)
    assert time.monotonic() - began < 2
    assert process.returncode == 130, errors
    assert errors.splitlines()[-1] == "plainweave: stopped. What was finished is kept: run it again to go on."
    assert (tmp_path / "run" / "run.checkpoint").exists()
    assert "training goes on after epoch" in finished(*command, "--out", tmp_path / "run")
    finished(*command, "--out", tmp_path / "whole")
    assert results(tmp_path / "run") == results(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name[0] != ".") == ["run", "whole"]


def test_reproduce_ends_at_once_with_its_workers_and_goes_on(tmp_path: Path) -> None:
    command = ("reproduce", "--data", "digits", "--only", "relu", "--seeds", 2, "--epochs", 40_000)
    stopped = tmp_path / "stopped"
    files = [stopped / "runs" / "relu" / f"seed-{seed}" / "run.checkpoint" for seed in range(2)]
    process = started(*command, "--out", stopped)
    wait_for(lambda: all(file.exists() for file in files), process)
    before = [epoch_of(file) for file in files]
    time.sleep(0.5)
    workers = children(process.pid)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, errors = process.communicate(timeout=30)
    assert time.monotonic() - began < 2
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    all_end(workers)
    for file, epoch in zip(files, before, strict=True):
        assert epoch_of(file) > epoch, "the state of the last epoch was kept"
    finished(*command, "--out", stopped)
    finished(*command, "--out", tmp_path / "whole")
    assert results(stopped) == results(tmp_path / "whole")


def epoch_of(checkpoint: Path) -> int:
    with safetensors.safe_open(checkpoint, framework="numpy") as file:
        return int(json.loads(file.metadata()["plainweave.checkpoint"])["epoch"])


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    process = started(*REPRODUCE, "--epochs", 5000, "--out", tmp_path)
    wait_for((tmp_path / ".lock").exists, process)
    time.sleep(4)
    workers = children(process.pid)
    process.kill()
    process.communicate()
    all_end(workers)


def test_a_second_process_is_refused_and_a_crash_leaves_no_lock(tmp_path: Path) -> None:
    process = started(*REPRODUCE, "--epochs", 5000, "--out", tmp_path)
    wait_for((tmp_path / ".lock").exists, process)
    time.sleep(0.3)
    message = finished(*REPRODUCE, "--epochs", 5000, "--out", tmp_path, code=2)
    assert message.strip().splitlines()[-1] == (
        f"plainweave: {tmp_path} is in use by another plainweave. Wait for it to end, "
        "or choose another folder."
    )
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    with locked_folder(tmp_path):
        pass


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "train", die_or_train)


@pytest.mark.usefixtures("mortal")
@pytest.mark.parametrize("deaths", [1, 2])
def test_a_killed_process_is_made_good(tmp_path: Path, digits: pw.Dataset, deaths: int) -> None:
    others = [pw.Experiment(id=f"other-{number}", hidden=(4,), epochs=20) for number in range(3)]
    victim = pw.Experiment(id=f"victim-{deaths}", hidden=(8,), epochs=20)
    records = pw.run_experiments([victim, *others], Named("digits"), tmp_path, jobs=2)
    assert [record.experiment.id for record in records] == [victim.id, *(each.id for each in others)]
    alone, _ = pw.run_experiment(victim, digits, 0)
    assert records[0].history.to_csv() == alone.history.to_csv()


@pytest.mark.usefixtures("mortal")
def test_a_run_that_kills_its_process_thrice_is_given_up_and_the_others_go_on(
    tmp_path: Path, digits: pw.Dataset
) -> None:
    others = [pw.Experiment(id=f"other-{number}", hidden=(4,), epochs=20) for number in range(3)]
    victim = pw.Experiment(id="victim-9", hidden=(8,), epochs=20)
    with pytest.raises(pw.PlainweaveError) as error:
        pw.run_experiments([victim, *others], Named("digits"), tmp_path, jobs=2)
    assert str(error.value) == (
        "1 of 4 trainings failed, the first victim-9 seed 0: its process was killed 3 times, perhaps for "
        "want of memory. What is finished is kept: run it again."
    )
    assert (tmp_path / "runs" / "victim-9" / "deaths").read_text() == "xxx"
    assert len(list(tmp_path.rglob("record.json"))) == 3


def test_a_full_disk_is_told_and_the_other_runs_are_kept(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: only the large network's weights do not fit."""
    text = "[defaults]\nepochs = 2\n"
    for name, units in (("small", 4), ("large", 900), ("tiny", 2)):
        text += f'[[experiment]]\nid = "{name}"\nhidden = [{units}]\n'
    (tmp_path / "mine.toml").write_text(text)
    command = ("run", tmp_path / "mine.toml", "--data", "digits", "--out", tmp_path / "out")
    limit = 120_000

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    message = finished(*command, code=2, preexec_fn=limited).strip().splitlines()[-1]
    assert message.startswith("plainweave: 1 of 3 trainings failed, the first large seed 0: ")
    assert "can't be written: File too large" in message
    assert {path.parts[-3] for path in tmp_path.rglob("record.json")} == {"small", "tiny"}
    assert not list(tmp_path.rglob("*.partial"))
    finished(*command)
    assert {path.parts[-3] for path in tmp_path.rglob("record.json")} == {"small", "large", "tiny"}


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=150k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        command = (*TRAIN, "--epochs", 3, "--out", disk / "run")
        message = finished(*command, code=2).strip().splitlines()[-1]
        assert "can't be written: No space left on device. Choose another place." in message
        assert [path.name for path in disk.rglob("*")] == ["run", ".lock"]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_folder_that_becomes_read_only_is_told(tmp_path: Path) -> None:
    out, runs = tmp_path / "out", tmp_path / "out" / "runs"
    process = started(*REPRODUCE, "--epochs", 600, "--out", out)
    wait_for(lambda: bool(list(out.rglob("record.json"))), process)
    if subprocess.run(["mount", "--bind", runs, runs], capture_output=True, check=False).returncode:
        process.kill()
        process.communicate()
        pytest.skip("making a folder read-only for root needs a mount, which is not allowed here")
    try:
        while subprocess.run(
            ["mount", "-o", "remount,bind,ro", runs], capture_output=True, check=False
        ).returncode:
            time.sleep(0.01)  # a file is being written through it
        kept = results(out)
        _, errors = process.communicate(timeout=120)
    finally:
        subprocess.run(["umount", runs], check=True)
    assert process.returncode == 2, errors
    assert "can't be written: Read-only file system" in errors.splitlines()[-1]
    assert "Traceback" not in errors
    assert results(out) == kept
    finished(*REPRODUCE, "--epochs", 600, "--out", out)
    assert kept.items() <= results(out).items()


def test_many_short_runs_keep_memory_and_files_flat(tmp_path: Path, digits: pw.Dataset) -> None:
    """In its long form, PLAINWEAVE_TEST_SOAK=2000."""
    rounds = int(os.environ.get("PLAINWEAVE_TEST_SOAK", "60"))
    tiny = pw.Experiment(id="tiny", hidden=(4,), epochs=1)
    marks = []
    for number in range(rounds):
        pw.run_experiment(replace(tiny, learning_rate=0.1 + number / rounds), digits, number)
        if number in (rounds // 3, rounds - 1):
            marks.append((resident(), len(list(Path("/proc/self/fd").iterdir()))))
    (before, files_before), (after, files_after) = marks
    print(f"{rounds} runs: {before} and {after} KiB, {files_before} and {files_after} open files")
    assert files_after <= files_before
    assert after < before * 1.05


def resident() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])
