"""Nobody's work is destroyed: locks, places, damage, and what kills leave behind."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

import plainweave as pw
from command_line import call
from plainweave.experiments import Store, read_run, run_folder, write_run
from plainweave.experiments.record import rows_digest
from plainweave.storage.files import locked_folder
from plainweave.training import Checkpoints

FAST = ("--data", "digits", "--epochs", "2")
TRAIN = ("train", *FAST, "--hidden", "4", "--out")
TOML = '[defaults]\nhidden = [4]\nepochs = 2\n[[experiment]]\nid = "a"\n[[experiment]]\nid = "b"\n'


def refused(*arguments: object) -> str:
    with pytest.raises(pw.PlainweaveError) as error:
        call(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Another process works in a folder."""
    code = (
        "import sys; from pathlib import Path; from plainweave.storage.files import locked_folder\n"
        "with locked_folder(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        process.communicate()


def test_commands_see_each_others_lock(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, toml = tmp_path / "out", tmp_path / "mine.toml"
    toml.write_text(TOML)
    pw.run_experiments(pw.read_experiments(toml), digits, out)
    commands: dict[str, tuple[object, ...]] = {
        "train": (*TRAIN, tmp_path / "trained"),
        "run": ("run", toml, "--data", "digits", "--out", out),
        "reproduce": ("reproduce", *FAST, "--only", "relu", "--out", out),
        "page": ("page", out),
        "audit": ("audit", "--out", out),
    }
    monkeypatch.setattr("plainweave.data.source.load_dataset", lambda *_: digits)
    call(*commands["train"])
    for folder in (out, tmp_path / "trained"):
        before = files(folder)
        with in_use(folder):
            for command in commands.values():
                if folder in command:
                    assert refused(*command) == (
                        f"{folder} is in use by another plainweave. Wait for it to end, "
                        "or choose another folder."
                    )
        assert files(folder) == before


@pytest.mark.parametrize("kind", ["link", "dangling link", "here", "empty folder", "mounted", "deep"])
def test_train_writes_wherever_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    place, out = tmp_path / "place", tmp_path / "out"
    if "link" in kind:
        out.symlink_to(place)
    if kind == "deep":
        out = place = tmp_path / "not" / "yet" / "there"
    elif kind != "dangling link":
        place.mkdir()
    if kind in ("empty folder", "mounted"):
        out = place
    if kind == "here":
        monkeypatch.chdir(place)
        out = Path()
    if kind == "mounted":
        mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], capture_output=True, check=False)
        if mounted.returncode:
            pytest.skip("mounting is not allowed here")
    try:
        was_link = out.is_symlink()
        call(*TRAIN, out)
        assert out.is_symlink() == was_link
        assert read_run(place, weights=True).experiment.epochs == 2
        assert {path.name for path in place.iterdir()} - {".lock"} == {
            "record.json",
            "history.csv",
            "weights.safetensors",
            "run.checkpoint",
        }
        call(*TRAIN, out)
    finally:
        if kind == "mounted":
            subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize(
    "kind",
    ["root", "long name", "long path", "file", "full", "weights alone", "read-only", "link to itself"],
)
def test_train_refuses_a_place_before_it_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def trained(*_: object, **__: object) -> None:
        raise AssertionError("it was trained")

    monkeypatch.setattr("plainweave.experiments.run.train_by_epochs", trained)
    out, message = tmp_path / "out", "Choose another place."
    if kind == "root":
        out, message = (
            Path("/"),
            "/ is not empty and holds no whole run. Choose another place, or remove it.",
        )
    elif kind == "long name":
        out = tmp_path / ("n" * 256)
        message = f"{out} can't be written: File name too long. {message}"
    elif kind == "long path":
        out = Path("/".join([str(tmp_path), *["n" * 200] * 19]))
        out = out / ("n" * (4090 - len(str(out)) - 1))
        message = f"can't be written: File name too long. {message}"
    elif kind == "file":
        out.write_text("mine")
        message = f"{out} is a file. {message}"
    elif kind == "read-only":
        out = Path("/proc/plainweave")
        message = f"{out} can't be written: No such file or directory. {message}"
    elif kind == "link to itself":
        out.symlink_to(out)
        message = f"{out} can't be written: File exists. {message}"
    else:
        out.mkdir()
        (out / ("weights.safetensors" if kind == "weights alone" else "notes.txt")).write_text("mine")
        message = f"{out} is not empty and holds no whole run. Choose another place, or remove it."
    before = files(tmp_path)
    error = refused(*TRAIN, out)
    assert error.endswith(message)
    assert files(tmp_path) == before


def test_train_of_a_name_as_long_as_disks_take(tmp_path: Path) -> None:
    out = tmp_path / ("n" * 245)
    call(*TRAIN, out)
    assert read_run(out).seed == 0


@pytest.mark.parametrize("name", ["record.json", "weights.safetensors"])
def test_train_replaces_nothing_that_appeared_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    original = pw.Model.evaluate

    def meanwhile(self: pw.Model, examples: pw.Examples) -> object:
        (tmp_path / "out" / name).write_text("mine")
        (tmp_path / "out" / "notes.txt").write_text("mine")
        return original(self, examples)

    with monkeypatch.context() as patch:
        patch.setattr(pw.Model, "evaluate", meanwhile)
        assert refused(*TRAIN, tmp_path / "out") == (
            f"{tmp_path}/out/{name} has appeared meanwhile, and plainweave did not write it. "
            "Move it, and run the same command again."
        )
    assert (tmp_path / "out" / name).read_text() == "mine"
    (tmp_path / "out" / name).unlink()
    call(*TRAIN, tmp_path / "out")  # from the checkpoint
    assert read_run(tmp_path / "out", weights=True).epochs == 2
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


def flip(path: Path, place: int = -3) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["weights.safetensors", "history.csv"])
@pytest.mark.parametrize("damage", ["a bit", "empty", "cut", "gone"])
def test_a_damaged_run_is_made_again(
    tmp_path: Path, digits: pw.Dataset, capsys: pytest.CaptureFixture[str], name: str, damage: str
) -> None:
    toml = tmp_path / "mine.toml"
    toml.write_text(TOML)
    out, run = tmp_path / "out", run_folder(tmp_path / "out", "a", 0)
    pw.run_experiments(pw.read_experiments(toml), digits, out)
    call(*TRAIN, tmp_path / "trained")
    (run / "notes.txt").write_text("mine")
    before = files(out)
    for folder in (run, tmp_path / "trained"):
        path = folder / name
        whole = path.read_bytes()
        if damage == "a bit":
            flip(path)
        elif damage == "gone":
            path.unlink()
        else:
            path.write_bytes(whole[:-7] if damage == "cut" else b"")
        capsys.readouterr()
        if folder == run:
            pw.run_experiments(pw.read_experiments(toml), digits, out)
        else:
            call(*TRAIN, folder)
        how = "is missing" if damage == "gone" else "is not what was written"
        told = capsys.readouterr().err
        assert f"{path} {how}. The command that made the run makes it again.\n" in told
        assert path.read_bytes() == whole
    after = files(out)
    assert {key for key in before if after[key] != before[key]} <= {"runs/a/seed-0/record.json"}, (
        "its seconds"
    )


def test_a_damaged_run_of_other_settings_is_not_replaced_by_train(tmp_path: Path) -> None:
    call(*TRAIN, tmp_path)
    flip(tmp_path / "weights.safetensors")
    before = files(tmp_path)
    assert refused(*TRAIN, tmp_path, "--momentum", 0.5) == (
        f"{tmp_path} holds a run with momentum 0.9, not 0.5. Choose another place, or remove it."
    )
    assert files(tmp_path) == before


class StopError(Exception):
    """What ends training in these tests."""


def stop_at_3(epoch: pw.Epoch) -> None:
    if epoch.number == 3:
        raise StopError


@pytest.mark.parametrize("damage", ["a bit of the weights", "a bit of its head", "cut", "empty"])
def test_a_damaged_checkpoint_is_told_and_training_begins_anew(
    tmp_path: Path,
    digits: pw.Dataset,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: str,
) -> None:
    monkeypatch.setattr(Checkpoints, "pause", 0)
    experiment = pw.Experiment(id="a", hidden=(4,), epochs=5)
    whole, _ = pw.run_experiment(experiment, digits, 0)
    file = run_folder(tmp_path, "a", 0) / "run.checkpoint"
    with pytest.raises(StopError):
        pw.run_experiment(experiment, digits, 0, observers=[stop_at_3], checkpoint=file)
    content = file.read_bytes()
    if damage.startswith("a bit"):
        flip(file, -3 if damage.endswith("weights") else 12)
    else:
        file.write_bytes(content[: len(content) // 2] if damage == "cut" else b"")
    (record,) = pw.run_experiments([experiment], digits, tmp_path)
    assert f"{file} was damaged: that training begins anew.\n" in capsys.readouterr().err
    assert record.history.to_csv() == whole.history.to_csv()


@pytest.mark.parametrize("kind", ["folder", "link", "pipe or a device", "text", "model"])
def test_what_was_never_a_checkpoint_is_left_alone(tmp_path: Path, digits: pw.Dataset, kind: str) -> None:
    file = run_folder(tmp_path, "a", 0) / "run.checkpoint"
    file.parent.mkdir(parents=True)
    if kind == "folder":
        file.mkdir()
    elif kind == "link":
        file.symlink_to(tmp_path / "elsewhere")
    elif kind == "pipe or a device":
        os.mkfifo(file)
    elif kind == "text":
        file.write_text("mine")
    else:
        file.write_bytes(safetensors.numpy.save({"mine": np.ones(3)}))
    with pytest.raises(pw.RecordError) as error:
        pw.run_experiments([pw.Experiment(id="a", hidden=(4,), epochs=2)], digits, tmp_path)
    if kind in ("folder", "link", "pipe or a device"):
        assert str(error.value) == (
            f"{file} is a {kind}; expected a file that plainweave wrote, or none. Move it, or choose another "
            "folder."
        )
    else:
        assert str(error.value) == f"{file} is no checkpoint of plainweave's. Move it."
    assert file.is_symlink() or file.exists()


def test_weights_that_are_not_the_runs_are_not_used(tmp_path: Path) -> None:
    call(*TRAIN, tmp_path)
    flip(tmp_path / "weights.safetensors")
    assert refused("evaluate", tmp_path) == (
        f"{tmp_path}/weights.safetensors is not what was written. "
        "The command that made the run makes it again."
    )


@pytest.mark.parametrize("code", ["train", "run"])
def test_what_kills_left_half_written_is_cleared(tmp_path: Path, code: str) -> None:
    toml, out = tmp_path / "mine.toml", tmp_path / "out"
    toml.write_text(TOML)
    run = out if code == "train" else run_folder(out, "a", 0)
    run.mkdir(parents=True)
    names = ["run.checkpoint", "record.json", "history.csv", "weights.safetensors"]
    left = [run / f".{name}.0123abc_.partial" for name in names]
    if code == "run":
        left += [out / f".{name}.0123abc_.partial" for name in ("data", ".plainweave")]
        left += [run_folder(out, "long gone", 3) / ".run.checkpoint.0123abc_.partial"]
        left[-1].parent.mkdir(parents=True)
    for path in left:
        path.write_bytes(b"half")
    (run / ".mine.0123abc_.partial").write_text("mine")
    if code == "train":
        (run / ".mine.0123abc_.partial").unlink()
        call(*TRAIN, out)
    else:
        call("run", toml, "--data", "digits", "--out", out, "--jobs", 1)
        assert (run / ".mine.0123abc_.partial").exists()
    assert not [path for path in left if path.exists()]
    assert (run / "record.json").exists()


@pytest.mark.parametrize("at", range(3))
def test_a_kill_between_the_files_of_a_run_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    call(*TRAIN, tmp_path / "whole")
    original = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if target.name == ("record.json", "history.csv", "weights.safetensors")[at]:
            raise StopError
        return original(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(StopError):
            call(*TRAIN, tmp_path / "killed")
    call(*TRAIN, tmp_path / "killed")
    for name in ("history.csv", "weights.safetensors"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert read_run(tmp_path / "killed", weights=True).epochs == 2


@pytest.mark.parametrize("name", ["history.csv", "weights.safetensors"])
def test_a_file_without_a_record_is_not_replaced_by_a_run(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def trained(*_: object, **__: object) -> None:
        raise AssertionError("it was trained")

    monkeypatch.setattr("plainweave.experiments.run.train_by_epochs", trained)
    file = run_folder(tmp_path, "a", 0) / name
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    with pytest.raises(pw.RecordError) as error:
        pw.run_experiments([pw.Experiment(id="a", hidden=(4,), epochs=2)], digits, tmp_path)
    assert str(error.value) == (
        f"{file} is in the way: plainweave did not write it, or it is damaged. Move it, or choose another "
        "folder."
    )
    assert file.read_text() == "mine"


def test_a_run_whose_settings_change_leaves_other_files_alone(tmp_path: Path, digits: pw.Dataset) -> None:
    experiment = pw.Experiment(id="a", hidden=(4,), epochs=2)
    pw.run_experiments([experiment], digits, tmp_path)
    notes = run_folder(tmp_path, "a", 0) / "notes.txt"
    notes.write_text("mine")
    (record,) = pw.run_experiments([replace(experiment, epochs=3)], digits, tmp_path)
    assert record.epochs == 3
    assert notes.read_text() == "mine"


@pytest.mark.parametrize("place", ["runs", "runs/a", "runs/a/seed-0"])
def test_a_file_where_a_folder_is_to_be_is_found_before_training(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr("plainweave.jobs.runner.train_all", lambda *_, **__: pytest.fail("it was trained"))
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("mine")
    with pytest.raises(pw.RecordError) as error:
        pw.run_experiments([pw.Experiment(id="a", hidden=(4,))], digits, tmp_path)
    reason = "File exists" if place == "runs/a/seed-0" else "Not a directory"
    assert str(error.value) == (f"{tmp_path}/runs/a/seed-0 can't be written: {reason}. Choose another place.")
    assert (tmp_path / place).read_text() == "mine"


def test_a_run_of_another_case_is_not_replaced_where_the_disk_takes_both_for_one(
    tmp_path: Path, digits: pw.Dataset
) -> None:
    """A link stands for the disk that ignores case."""
    capital = pw.Experiment(id="Tanh", hidden=(4,), epochs=2)
    pw.run_experiments([capital], digits, tmp_path)
    (tmp_path / "runs" / "tanh").symlink_to(tmp_path / "runs" / "Tanh")
    before = files(tmp_path / "runs" / "Tanh")
    with pytest.raises(pw.RecordError) as error:
        pw.run_experiments([replace(capital, id="tanh")], digits, tmp_path)
    assert str(error.value) == (
        f"{tmp_path}/runs/tanh/seed-0 holds the run of 'Tanh'; expected that of 'tanh'. "
        "Give the experiment another id, or choose another folder."
    )
    assert files(tmp_path / "runs" / "Tanh") == before


def test_a_record_is_as_small_for_ten_million_examples(tmp_path: Path, digits: pw.Dataset) -> None:
    record, model = pw.run_experiment(pw.Experiment(id="a", hidden=(4,), epochs=2), digits, 0)
    many = replace(record, validation_rows=rows_digest(np.arange(2_000_000)))
    write_run(tmp_path, many, model)
    assert (tmp_path / "record.json").stat().st_size < 5000
    assert read_run(tmp_path).validation_rows == many.validation_rows


# What an experiment of 0.1 and 0.2 said.
OLD_SETTINGS = (
    *("id", "hidden", "activation", "learning_rate", "momentum", "dampening", "nesterov", "weight_decay"),
    *("decay_biases", "loss_mean", "batch_size", "epochs", "patience", "validation_fraction", "standardize"),
    *("initializer", "dtype", "test"),
)


def as_of_version_2(content: dict[str, Any]) -> dict[str, Any]:
    """Return what record.json of today would have been before there were other losses."""
    test, best = content.pop("test"), content.pop("best_validation")
    del content["stopped"], content["prepared"], content["files"]["checkpoint"]
    experiment = {name: content["experiment"][name] for name in OLD_SETTINGS}
    scores = {"test_loss": test["loss"], "test_accuracy": test["accuracy"]}
    best_loss = {"best_validation_loss": best["loss"]}
    return {**content, "version": 2, "experiment": experiment, **scores, **best_loss}


def test_runs_of_version_2_are_read_and_kept(tmp_path: Path, digits: pw.Dataset) -> None:
    experiment = pw.Experiment(id="a", hidden=(4,), epochs=2)
    (record,) = pw.run_experiments([experiment], digits, tmp_path)
    run = run_folder(tmp_path, "a", 0)
    (run / "run.checkpoint").unlink()
    old = as_of_version_2(json.loads((run / "record.json").read_text()))
    (run / "record.json").write_text(json.dumps(old))
    again = read_run(run, weights=True)
    assert {**vars(again), "history": None} == {**vars(record), "history": None}
    assert again.best_validation == record.best_validation
    before = files(tmp_path)
    pw.run_experiments([experiment], digits, tmp_path)
    assert files(tmp_path) == before, "finished, and kept"
    (longer,) = pw.run_experiments([replace(experiment, epochs=3)], digits, tmp_path)
    assert longer.epochs == 3, "made anew: there is no state to go on from"


def test_runs_of_0_1_are_read_and_their_weights_looked_at(tmp_path: Path, digits: pw.Dataset) -> None:
    """0.1 listed the rows of the validation part, kept no checksums, and had the paper's numbers."""
    experiment = pw.Experiment(id="a", hidden=(4,), epochs=2)
    (record,) = pw.run_experiments([experiment], digits, tmp_path)
    run = run_folder(tmp_path, "a", 0)
    (run / "run.checkpoint").unlink()
    content = as_of_version_2(json.loads((run / "record.json").read_text()))
    del content["files"], content["version"]
    content["experiment"].update(figure="Fig. 1", report_accuracy=84.3)
    content["validation_rows"] = pw.split(digits.train, seed=0).validation_rows.tolist()
    (run / "record.json").write_text(json.dumps(content))
    before = files(tmp_path)
    assert Store(tmp_path).records()[0].validation_rows == record.validation_rows
    pw.run_experiments([experiment], digits, tmp_path)
    assert files(tmp_path) == before, "finished, and kept"
    (run / "weights.safetensors").write_bytes(before["runs/a/seed-0/weights.safetensors"][:-9])
    pw.run_experiments([experiment], digits, tmp_path)
    after = files(tmp_path)["runs/a/seed-0/weights.safetensors"]
    assert after == before["runs/a/seed-0/weights.safetensors"]


def test_a_users_own_files_in_an_output_folder_stay(tmp_path: Path, digits: pw.Dataset) -> None:
    mine = {"runs/notes.txt": b"mine", "runs/a/notes.txt": b"mine", "seed-0.checkpoint": b"mine"}
    for name, content in mine.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "runs" / "a" / "seed-0.checkpoint").mkdir()
    pw.run_experiments([pw.Experiment(id="a", hidden=(4,), epochs=2)], digits, tmp_path)
    assert mine.items() <= files(tmp_path).items()
    assert (tmp_path / "runs" / "a" / "seed-0.checkpoint").is_dir()


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_of_runs_that_can_not_be_written_is_found_before_training(
    tmp_path: Path, digits: pw.Dataset
) -> None:
    (tmp_path / "runs").mkdir(mode=0o500)
    with pytest.raises(pw.RecordError, match="can't be written: Permission denied"):
        pw.run_experiments([pw.Experiment(id="a", hidden=(4,), epochs=2)], digits, tmp_path)


def test_one_process_may_hold_the_lock_of_a_folder_several_times(tmp_path: Path) -> None:
    with locked_folder(tmp_path), locked_folder(tmp_path):
        pass
    with locked_folder(tmp_path):
        pass


@pytest.mark.parametrize("place", ["train", "run"])
def test_a_model_that_could_not_be_read_again_is_refused_before_it_is_trained(
    tmp_path: Path, digits: pw.Dataset, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Of 18,000 layers the header alone of the model's file is larger than what is read."""
    monkeypatch.setattr(
        "plainweave.experiments.run.train_by_epochs", lambda *_, **__: pytest.fail("it was trained")
    )
    if place == "train":
        message = refused("train", *FAST, "--hidden", "x".join(["1"] * 18_000), "--out", tmp_path)
    else:
        deep = pw.Experiment(id="a", hidden=(1,) * 18_000, epochs=1)
        with pytest.raises(pw.PlainweaveError) as error:
            pw.run_experiments([deep], digits, tmp_path)
        message = str(error.value)
    assert "the model can't be saved: its file has " in message
    assert "a header that names 36,001 layers and 10 classes" in message


def test_what_can_t_be_trained_on_the_data_is_told_before_anything_is_trained(
    tmp_path: Path, digits: pw.Dataset
) -> None:
    good, bad = pw.Experiment(id="good", epochs=1), pw.Experiment(id="bad", loss="squared-error")
    why = "the loss squared-error predicts numbers, and digits has classes; expected a loss of classes, as "
    with pytest.raises(pw.ConfigurationError, match=f"^experiment 'bad': {why}"):
        pw.run_experiments([good, bad], digits, tmp_path / "out")
    command = ("train", "--data", "digits", "--loss", "squared-error", "--out", tmp_path / "out")
    assert refused(*command).startswith(why)
    assert not (tmp_path / "out").exists()
