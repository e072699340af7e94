"""The command line as people use it: a process, its exit code, and what it prints."""

import inspect
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import plainweave as pw
from plainweave.cli.train import train
from plainweave.paper import paper_experiments

MAIN = "from plainweave.cli import main; main()"


def plainweave(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "120"},
        timeout=120,
    )


def succeeds(*arguments: object, cwd: Path | None = None) -> str:
    done = plainweave(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*arguments: object, cwd: Path | None = None, code: int = 2) -> str:
    done = plainweave(*arguments, cwd=cwd)
    assert done.returncode == code, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("plainweave: ")
    return lines[0].removeprefix("plainweave: ")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cli") / "run"
    succeeds(
        "train", "--data", "digits", "--hidden", "16x8", "--learning-rate", 0.1, "--epochs", 12, "--out", out
    )
    return out


@pytest.fixture(scope="module")
def reproduction(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cli") / "reproduction"
    printed = succeeds("reproduce", "--data", "digits", "--epochs", 2, "--seeds", 2, "--out", out)
    assert "digits, not Fashion-MNIST" in printed
    assert "report" not in printed.split("The page")[0]
    return out


def test_help_is_for_newcomers() -> None:
    printed = succeeds()
    assert printed == succeeds("--help") == succeeds("-h")
    for command in ("reproduce", "run", "train", "evaluate", "predict", "check", "report", "data"):
        assert command in printed
        assert "Usage: plainweave" in succeeds(command, "--help")
    assert succeeds("--version").startswith("plainweave ")


def test_options_of_train_are_the_settings_of_an_experiment() -> None:
    options = inspect.signature(train).parameters
    for setting in fields(pw.Experiment):
        if setting.name not in ("id", "figure", "report_accuracy", "hidden"):
            assert options[setting.name].default == setting.default, setting.name
    assert options["hidden"].default == "50x50"


def test_train_evaluate_and_train_again(run: Path) -> None:
    record = json.loads((run / "record.json").read_text())
    assert record["experiment"]["hidden"] == [16, 8]
    assert record["test_accuracy"] > 80
    printed = succeeds("evaluate", run)
    assert f"{record['test_accuracy']:.2f}" in printed
    assert f"Test loss: {record['test_loss']:.4f}" in printed
    assert "Test loss" in succeeds("evaluate", run / "weights.safetensors", "--data", "digits")
    before = (run / "weights.safetensors").read_bytes()
    again = succeeds(
        "train", "--data", "digits", "--hidden", "16x8", "--learning-rate", 0.1, "--epochs", 12, "--out", run
    )
    assert "holds this very run, finished" in again
    assert (run / "weights.safetensors").read_bytes() == before
    message = refused(
        "train", "--data", "digits", "--hidden", "16x8", "--learning-rate", 0.1, "--epochs", 13, "--out", run
    )
    assert message == (
        f"{run} holds a run with epochs 12, not 13. Choose another place with --out, or remove it."
    )


def test_a_run_on_ones_own_data_is_tested_with_its_folder(tmp_path: Path, idx_folder: Path) -> None:
    out = tmp_path / "run"
    printed = succeeds(
        "train", "--data", idx_folder, "--hidden", "3", "--epochs", 1, "--batch-size", 8, "--out", out
    )
    hint = printed.rpartition("Try it: plainweave ")[2].split()
    assert hint == ["evaluate", str(out), "--data", str(idx_folder)]
    assert "Test loss" in succeeds(*hint)
    assert refused("evaluate", out) == (
        f"{out} was trained on your folder 'mine'. Give that folder with --data."
    )


def test_train_makes_a_damaged_run_again_and_refuses_a_folder_of_something_else(tmp_path: Path) -> None:
    arguments = ("train", "--data", "digits", "--hidden", "none", "--epochs", 1, "--out", tmp_path / "run")
    weights = tmp_path / "run" / "weights.safetensors"
    succeeds(*arguments)
    before = weights.read_bytes()
    weights.unlink()
    succeeds(*arguments)
    assert weights.read_bytes() == before
    for path in (tmp_path / "run").iterdir():
        path.unlink()
    (tmp_path / "run" / "notes").write_text("mine")
    assert refused(*arguments) == (
        f"{tmp_path / 'run'} is not empty and holds no whole run. "
        "Choose another place with --out, or remove it."
    )


def test_the_same_command_twice_gives_the_same_weights(run: Path, tmp_path: Path) -> None:
    succeeds(
        "train",
        "--data",
        "digits",
        "--hidden",
        "16x8",
        "--learning-rate",
        0.1,
        "--epochs",
        12,
        "--out",
        tmp_path / "b",
    )
    for name in ("weights.safetensors", "history.csv"):
        assert (tmp_path / "b" / name).read_bytes() == (run / name).read_bytes()


def test_every_setting_is_an_option(tmp_path: Path) -> None:
    settings = [
        ("hidden", "9x8", [9, 8]),
        ("activation", "relu,leaky-relu:0.2", ["relu", "leaky-relu:0.2"]),
        ("learning-rate", "0.05", 0.05),
        ("momentum", "0.8", 0.8),
        ("dampening", "0", 0.0),
        ("weight-decay", "0.001", 0.001),
        ("batch-size", "32", 32),
        ("epochs", "2", 2),
        ("patience", "7", 7),
        ("validation-fraction", "0.3", 0.3),
        ("standardize", "per-pixel", "per-pixel"),
        ("initializer", "xavier-uniform", "xavier-uniform"),
        ("dtype", "float64", "float64"),
    ]
    options = [part for name, value, _ in settings for part in (f"--{name}", value)]
    succeeds(
        "train", *options, "--nesterov", "--decay-biases", "--seed", 4, "--data", "digits", "--out",
        tmp_path / "run",
    )  # fmt: skip
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    for name, _, value in settings:
        assert record["experiment"][name.replace("-", "_")] == value
    assert record["experiment"]["nesterov"] is record["experiment"]["decay_biases"] is True
    assert record["seed"] == 4


def test_predict_pictures(run: Path, tmp_path: Path, digits: pw.Dataset) -> None:
    model = pw.load(run / "weights.safetensors")
    right = np.flatnonzero(model.predict(digits.test.inputs) == digits.test.labels)[0]
    pixels = (digits.test.inputs[right].reshape(8, 8) * (255 / 16)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "dark.png")
    Image.fromarray(255 - pixels).save(tmp_path / "light.png")
    probabilities = []
    for background in ("dark", "light"):
        printed = succeeds("predict", run, tmp_path / f"{background}.png", "--background", background)
        rows = [line.split("│")[1:3] for line in printed.splitlines() if line.startswith("│")]
        assert len(rows) == 10
        assert rows[0][0].strip() == str(digits.test.labels[right])
        probabilities.append([float(cell) for _, cell in rows])
    assert succeeds("predict", run, tmp_path / "light.png") == printed  # its corners tell that it is light
    assert probabilities[0] == sorted(probabilities[0], reverse=True)
    assert sum(probabilities[0]) == pytest.approx(100, abs=0.1)
    np.testing.assert_allclose(probabilities[0], probabilities[1], atol=2)


def test_reproduce_leaves_what_it_promises(reproduction: Path) -> None:
    summary = json.loads((reproduction / "summary.json").read_text())
    ids = [each.id for each in paper_experiments()]
    assert [row["id"] for row in summary["rows"]] == ids
    assert summary["dataset"] == "digits"
    for row in summary["rows"]:
        assert list(row)[:9] == [
            "id", "figure", "hidden", "activation", "learning_rate", "weight_decay", "epochs",
            "test_accuracy", "report_accuracy",
        ]  # fmt: skip
        assert row["report_accuracy"] is None
        assert row["test_accuracy"]["n"] == len(row["best_epoch"]) == len(row["diverged"]) == 2
        for seed in range(2):
            files = {path.name for path in (reproduction / "runs" / row["id"] / f"seed-{seed}").iterdir()}
            assert files == {"record.json", "history.csv", "weights.safetensors"}
    gradients = json.loads((reproduction / "gradients.json").read_text())
    assert gradients["passed"] is True
    assert len(gradients["table_1"]["rows"]) == 7
    assert [each["activation"] for each in gradients["whole_network"]] == [
        "tanh",
        "sigmoid",
        "relu",
        "leaky-relu",
    ]
    figures = {path.name for path in (reproduction / "figures").iterdir()}
    assert figures == {f"figure-{number}.{kind}" for number in range(1, 9) for kind in ("png", "svg")}


def test_the_page_on_digits_says_so_everywhere_and_compares_nothing(reproduction: Path) -> None:
    label = "digits, not Fashion-MNIST"
    page = (reproduction / "report.html").read_text()
    for kind, count in (("caption", 4), ("figcaption", 16)):
        captions = [part.split(f"</{kind}>")[0] for part in page.split(f"<{kind}>")[1:]]
        assert [label in " ".join(caption.split()) for caption in captions] == [True] * count
    assert 'id="claims"' not in page
    assert 'id="conventions"' not in page
    text = (reproduction / "report.md").read_text()
    for each in paper_experiments():
        assert f"{each.report_accuracy:.2f}" not in text.split("## Gradients")[0]
    for heading in ("Test accuracy", "Gradients", "Curves"):
        assert f"## {heading} on {label}" in text
    for figure in (reproduction / "figures").glob("*.svg"):
        assert label in figure.read_text().replace("\n", " ")


def test_the_page_is_one_file_and_is_drawn_again_from_records_alone(
    reproduction: Path, tmp_path: Path
) -> None:
    page = (reproduction / "report.html").read_text()
    for reference in ("http://", "https://", 'src="figures'):
        assert reference not in page
    before = {
        path: path.read_bytes()
        for path in reproduction.rglob("*")
        if path.is_file()
        and "runs" not in path.parts
        and path.name not in (".lock", "gradients.json", "learned.json")
    }
    for path in before:
        path.unlink()
    assert f"The page: {reproduction}/report.html" in succeeds("report", reproduction)
    for path, content in before.items():
        assert path.read_bytes() == content, path


def test_reproduce_again_trains_nothing_and_only_some(reproduction: Path, tmp_path: Path) -> None:
    done = plainweave("reproduce", "--data", "digits", "--epochs", 2, "--seeds", 2, "--out", reproduction)
    assert "26 of 26 runs are finished: kept." in done.stderr
    out = tmp_path / "some"
    succeeds("reproduce", "--data", "digits", "--epochs", 1, "--only", "relu,100", "--jobs", 1, "--out", out)
    summary = json.loads((out / "summary.json").read_text())
    assert [row["id"] for row in summary["rows"]] == ["relu", "100"]


def test_killed_and_started_again_it_ends_as_if_never_killed(tmp_path: Path) -> None:
    command = ("reproduce", "--data", "digits", "--seeds", 3, "--epochs", 30, "--only", "tanh,relu,100")
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from plainweave.cli import main; main()",
            *map(str, command),
            "--out",
            killed,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while len(list(killed.glob("runs/*/seed-*/record.json"))) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished = {path: path.read_bytes() for path in killed.glob("runs/*/seed-*/record.json")}
    assert 3 <= len(finished) < 9
    succeeds(*command, "--out", killed)
    for path, content in finished.items():
        assert path.read_bytes() == content, "what was finished was not trained again"
    succeeds(*command, "--out", whole)
    assert (killed / "summary.json").read_bytes() == (whole / "summary.json").read_bytes()
    for path in whole.glob("runs/*/seed-*/weights.safetensors"):
        assert (killed / path.relative_to(whole)).read_bytes() == path.read_bytes()


def test_compare_two_experiments(reproduction: Path) -> None:
    summary = json.loads((reproduction / "summary.json").read_text())
    values = {row["id"]: row["test_accuracy"]["mean"] for row in summary["rows"]}
    printed = succeeds("compare", reproduction, "tanh", "100").splitlines()
    difference = values["tanh"] - values["100"]
    assert printed[0] == f"tanh - 100, test accuracy: {difference:+.2f} points, over 2 seeds of each"
    assert printed[1].startswith("95 % interval (Student's t): ")
    message = refused("compare", reproduction, "tanh", "10")
    assert message.startswith("the experiment is '10'; expected one of tanh, ")


def test_reproduce_refuses_a_class_without_examples_before_it_trains(
    tmp_path: Path, idx_folder: Path
) -> None:
    (idx_folder / "classes.txt").write_text("coat\nbag\nshoe\nhat\n")
    out = tmp_path / "out"
    assert refused("reproduce", "--data", idx_folder, "--out", out) == (
        "mine: class 3 (hat) has no training example; expected at least 1 of each class. "
        "Add one, or leave that class out."
    )
    assert not out.exists()


def test_run_ones_own_experiments_on_ones_own_data(tmp_path: Path, idx_folder: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        '[[experiment]]\nid = "tiny"\nhidden = [3]\nepochs = 2\nbatch_size = 8\n'
    )
    printed = succeeds("run", tmp_path / "mine.toml", "--data", idx_folder, "--out", tmp_path / "out")
    assert "mine, not Fashion-MNIST" in printed
    assert (tmp_path / "out" / "figures" / "tiny.png").exists()
    page = (tmp_path / "out" / "report.html").read_text()
    assert "This folder holds no gradient check." in page


def test_check_prints_tables_or_json() -> None:
    printed = succeeds("check", "--data", "digits")
    assert "Output layer bias [0]" in printed
    assert "NO" not in printed
    evidence = json.loads(succeeds("check", "--data", "digits", "--json"))
    assert evidence["passed"] is True
    assert sum(tensor["checked"] + tensor["kinks"] for tensor in evidence["whole_network"][0]["tensors"]) == (
        64 * 50 + 50 + 50 * 50 + 50 + 50 * 10 + 10
    )


def test_check_ends_with_1_if_a_gradient_is_wrong(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"  # a file, for its processes to run it too
    planted.write_text(
        "from plainweave.network import Tanh\n"
        "from plainweave.cli import main\n"
        "Tanh.backward = lambda self, dy, y: dy * (1 - y)\n"
        "if __name__ == '__main__': main()\n"
    )
    done = subprocess.run(
        [sys.executable, planted, "check", "--data", "digits"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "NO" in done.stdout
    assert done.stderr == ""


def test_what_does_not_fit_in_memory_is_said_in_one_line() -> None:
    # What NumPy raises for an array that no machine has the memory for.
    planted = (
        "import numpy, plainweave.data; from plainweave.cli import main;"
        "plainweave.data.load_dataset = lambda *_: numpy.zeros(1 << 59); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", planted, "check", "--data", "digits"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == (
        "plainweave: the network and the data do not fit in memory. Use a smaller network or less data.\n"
    )


def test_data_show(idx_folder: Path) -> None:
    printed = succeeds("data", "show", "--data", idx_folder)
    assert "mine: 60 training and 20 test examples of 4x3 uint8" in printed
    assert "nothing to fetch" in succeeds("data", "fetch", "digits")


def test_bad_input_is_refused_in_one_line(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no picture")
    digits = ("--data", "digits")
    for arguments, message in [
        (("train", *digits, "--hidden", "50x0"), "hidden is 0; expected a whole number of at least 1."),
        (("train", *digits, "--hidden=-3"), "hidden is -3; expected a whole number of at least 1."),
        (("train", *digits, "--hidden", "big"), "--hidden is 'big'; expected units of each layer"),
        (("train", *digits, "--learning-rate", "fast"), "Invalid value for '--learning-rate'"),
        (("train", *digits, "--learning-rate", "nan"), "learning_rate is nan; expected a number"),
        (("train", *digits, "--activation", "tahn"), "activation is 'tahn'; expected one of tanh"),
        (("train", *digits, "--out", file / "below"), f"{file}/below can't be written: "),
        (("reproduce", *digits, "--out", file), f"{file} can't be written: "),
        (("reproduce", *digits, "--only", "tanhh"), "--only is 'tanhh'; expected one of tanh, tanh-l2"),
        (("train", "--data", tmp_path / "nowhere"), "data is '"),
        (("train", "--data", tmp_path), f"{tmp_path} holds no file; expected one file train-images"),
        (("check", "--data-dir", tmp_path), f"{tmp_path} (data_dir) has no train-images-idx3-ubyte.gz"),
        (("predict", run, file), f"{file} is no picture of a known kind; expected PNG, JPEG"),
        (("predict", tmp_path, file), f"{tmp_path}/weights.safetensors is not there."),
        (("evaluate", file), f"{file} is no whole safetensors file"),
        (("report", tmp_path), f"{tmp_path} holds no runs."),
        (("run", tmp_path / "x.toml", *digits), f"{tmp_path}/x.toml is not there. Give a TOML file."),
        (("data", "fetch", "mnist"), "the data set is 'mnist'; expected one of fashion-mnist, digits."),
        (("nonsense",), "No such command 'nonsense'."),
        (("train", "--nonsense"), "No such option: --nonsense"),
    ]:
        assert refused(*arguments, cwd=tmp_path).startswith(message), arguments
    assert not (tmp_path / "r").exists()
