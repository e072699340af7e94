"""`train` and `evaluate`."""

import json
from pathlib import Path

import pytest

from command_line import refused, succeeds


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cli") / "run"
    succeeds(
        "train", "--data", "digits", "--hidden", "16x8", "--learning-rate", 0.1, "--epochs", 12, "--out", out
    )
    return out


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
    assert message == (f"{run} holds a run with epochs 12, not 13. Choose another place, or remove it.")


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
        f"{tmp_path / 'run'} is not empty and holds no whole run. Choose another place, or remove it."
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
