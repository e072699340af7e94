"""`train` and `evaluate`."""

import json
from pathlib import Path

import pytest

import plainweave as pw
from command_line import call, plainweave, refused, succeeds


def test_train_evaluate_and_train_again(run: Path) -> None:
    record = json.loads((run / "record.json").read_text())
    assert record["experiment"]["hidden"] == [16, 8]
    assert record["test"]["accuracy"] > 80
    printed = succeeds("evaluate", run)
    assert f"{record['test']['accuracy']:.2f}" in printed
    assert f"Test loss: {record['test']['loss']:.4f}" in printed
    assert "Test loss" in succeeds("evaluate", run / "weights.safetensors", "--data", "digits")
    before = (run / "weights.safetensors").read_bytes()
    again = succeeds(
        "train", "--data", "digits", "--hidden", "16x8", "--learning-rate", 0.1, "--epochs", 12, "--out", run
    )
    assert "holds this very run, finished" in again
    assert (run / "weights.safetensors").read_bytes() == before
    message = refused(
        "train", "--data", "digits", "--hidden", "16x8", "--learning-rate", 0.1, "--epochs", 11, "--out", run
    )
    assert message == (f"{run} holds a run with epochs 12, not 11. Choose another place, or remove it.")


def test_a_run_on_ones_own_data_is_tested_with_its_folder(tmp_path: Path, idx_folder: Path) -> None:
    out = tmp_path / "run"
    printed = succeeds(
        "train", "--data", idx_folder, "--hidden", "3", "--epochs", 1, "--batch-size", 8, "--out", out
    )
    hint = printed.rpartition("Try it: plainweave ")[2].split()
    assert hint == ["evaluate", str(out)]
    assert "Test loss" in succeeds(*hint)
    (out / "data.json").write_text('{"version": 1, "data": 3}')
    assert refused("evaluate", out) == (
        f"{out}/data.json can't be read (data is 3; expected a text.). Remove it, and give --data."
    )
    (out / "data.json").unlink()
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


def test_train_to_more_epochs_goes_on_and_ends_with_the_same_bytes(run: Path, tmp_path: Path) -> None:
    command = ("train", "--data", "digits", "--hidden", "16x8", "--out", tmp_path)
    succeeds(*command, "--epochs", 5)
    done = plainweave(*command, "--epochs", 12)
    assert f"{tmp_path} holds this run of 5 epochs: it goes on to 12.\n" in done.stderr
    assert f"{tmp_path / 'run.checkpoint'} is there: training goes on after epoch 5.\n" in done.stderr
    for name in ("weights.safetensors", "history.csv"):
        assert (tmp_path / name).read_bytes() == (run / name).read_bytes()
    assert "holds this very run, finished" in succeeds(*command, "--epochs", 12)


def test_every_setting_is_an_option(tmp_path: Path) -> None:
    settings = [
        ("hidden", "9x8", [9, 8]),
        ("activation", "relu,leaky-relu:0.2", ["relu", "leaky-relu:0.2"]),
        ("dropout", "0.1,0.2", [0.1, 0.2]),
        ("initializer", "xavier-uniform", "xavier-uniform"),
        ("loss", "softmax:0.1", "softmax:0.1"),
        ("learning-rate", "0.05", 0.05),
        ("schedule", "step:every=5,factor=0.5", "step:every=5,factor=0.5"),
        ("momentum", "0.8", 0.8),
        ("dampening", "0", 0.0),
        ("weight-decay", "0.001", 0.001),
        ("l1", "0.0001", 0.0001),
        ("clip-norm", "5", 5.0),
        ("rate-factors", "scale=2,bias=0.5", {"bias": 0.5, "scale": 2.0}),
        ("decay-factors", "hidden_1=0", {"hidden_1": 0.0}),
        ("batch-size", "32", 32),
        ("epochs", "2", 2),
        ("patience", "7", 7),
        ("min-delta", "0.01", 0.01),
        ("patience-from", "1", 1),
        ("choose-by", "log loss", "log loss"),
        ("validation-fraction", "0.3", 0.3),
        ("class-weight", "0=2,3=0.5", {"0": 2.0, "3": 0.5}),
        ("standardize", "per-pixel", "per-pixel"),
        ("dtype", "float64", "float64"),
    ]
    flags = ["nesterov", "decay-biases", "scale", "stratify"]
    options = [part for name, value, _ in settings for part in (f"--{name}", value)]
    options += [f"--{name}" for name in flags]
    succeeds("train", *options, "--seed", 4, "--data", "digits", "--out", tmp_path / "run")
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    for name, _, value in [*settings, *((name, "", True) for name in flags)]:
        assert record["experiment"][name.replace("-", "_")] == value
    assert record["seed"] == 4


def test_an_optimizer_has_settings_and_defaults_of_its_own(tmp_path: Path) -> None:
    command = ("train", "--data", "digits", "--hidden", "9", "--epochs", 2, "--optimizer", "adamw")
    succeeds(*command, "--beta1", 0.8, "--out", tmp_path / "run")
    experiment = json.loads((tmp_path / "run" / "record.json").read_text())["experiment"]
    assert [experiment[name] for name in ("learning_rate", "weight_decay", "beta1", "beta2", "epsilon")] == [
        *(0.001, 0.01, 0.8, 0.999, 1e-8)
    ]
    assert [experiment[name] for name in ("momentum", "dampening", "nesterov")] == [None] * 3
    assert refused(*command, "--momentum", 0.9, "--out", tmp_path / "other") == (
        "momentum is 0.9 with optimizer adamw; expected none, for it is a setting of sgd. Leave it out."
    )


@pytest.mark.parametrize(
    ("option", "given", "expected"),
    [
        ("hidden", "9x", "units of each layer, as in 50x50, or none"),
        ("dropout", "0.1,much", "a number, or one for each layer, as in 0.2,0.5"),
        ("rate-factors", "bias", "numbers by name, as in bias=2,hidden_1=0.5"),
        ("class-weight", "0=2,1=many", "numbers by name, as in 0=1,1=2.5"),
    ],
)
def test_a_text_that_is_no_setting_is_refused(option: str, given: str, expected: str) -> None:
    assert refused("train", f"--{option}", given) == f"--{option} is {given!r}; expected {expected}."


@pytest.mark.parametrize("given", ["tensorboard", "tensorboard:", "board:here"])
def test_a_text_that_is_no_tracker_is_refused(given: str) -> None:
    with pytest.raises(pw.ConfigurationError) as error:
        call("train", "--track", given)
    assert str(error.value) == (
        f"a tracker is {given!r}; expected tensorboard:DIR, mlflow:DIR_OR_URI or wandb:DIR."
    )


def test_training_without_the_engine_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("plainweave.cli.options.kernels", list)
    call("train", "--data", "digits", "--hidden", "none", "--epochs", 1, "--out", tmp_path / "run")
    assert capsys.readouterr().err.splitlines()[0] == (
        "plainweave: training runs on NumPy: the compiled engine was not built, as plainweave info tells."
    )
