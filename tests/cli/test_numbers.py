"""Commands on data whose targets are numbers, or several labels at once, in a folder of one's own."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import plainweave as pw
from command_line import refused, succeeds

STREAM = np.random.default_rng(0)
IMAGES = STREAM.integers(0, 256, (90, 4, 3), dtype=np.uint8)
BRIGHT = IMAGES.reshape(90, -1) > 128
FAST = ("--hidden", 8, "--epochs", 5, "--batch-size", 8, "--learning-rate", 0.01)


def folder(path: Path, targets: np.ndarray) -> Path:
    path.mkdir()
    for prefix, part in (("train", slice(70)), ("t10k", slice(70, None))):
        pw.write_idx(path / f"{prefix}-images-idx3-ubyte", IMAGES[part])
        pw.write_idx(path / f"{prefix}-targets-idx2-float", targets[part])
    return path


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    return folder(tmp_path / "numbers", BRIGHT[:, :2] * 3.5 + 1)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return folder(tmp_path / "labels", BRIGHT[:, :3].astype(np.float32))


def test_numbers_are_trained_tested_and_predicted(tmp_path: Path, numbers: Path) -> None:
    run = tmp_path / "run"
    printed = succeeds("train", "--data", numbers, "--loss", "huber", *FAST, "--out", run)
    assert printed.endswith(f"Try it: plainweave evaluate {run}\n")
    score = pw.load(run).evaluate(pw.load_dataset(numbers).test)
    assert succeeds("evaluate", run, "--data", numbers).splitlines() == [
        f"Test r2: {score['r2']:.4f}",
        f"Test absolute error: {score['absolute error']:.4g}",
        f"Test loss: {score.loss:.4f}",
    ]
    Image.fromarray(IMAGES[80]).resize((30, 40)).save(tmp_path / "picture.png")
    rows = succeeds("predict", run, tmp_path / "picture.png", "--background", "dark").splitlines()
    assert rows[0] == f"{tmp_path / 'picture.png'}:"
    assert rows[1] == "output\tprediction"
    assert [row.split("\t")[0] for row in rows[2:]] == ["0", "1"]
    assert refused("evaluate", run, "--data", "digits") == (
        f"{run} was trained on 4x3 images; digits has 8x8 images. Give other data."
    )


def test_a_network_of_numbers_is_not_tested_on_classes(
    tmp_path: Path, numbers: Path, idx_folder: Path
) -> None:
    run = tmp_path / "run"
    succeeds("train", "--data", numbers, "--loss", "squared-error", *FAST, "--out", run)
    assert refused("evaluate", run, "--data", idx_folder) == (
        f"{run} predicts numbers, by the loss squared-error; mine has classes. Give other data."
    )


def test_several_labels_at_once_are_trained_and_tested(tmp_path: Path, labels: Path) -> None:
    run = tmp_path / "run"
    succeeds("train", "--data", labels, "--loss", "sigmoid", *FAST, "--out", run)
    score = pw.load(run).evaluate(pw.load_dataset(labels).test)
    assert succeeds("evaluate", run, "--data", labels).splitlines() == [
        f"Test accuracy: {score.accuracy:.2f} %",
        f"Test loss: {score.loss:.4f}",
    ]
    Image.fromarray(IMAGES[80]).save(tmp_path / "picture.png")
    rows = succeeds("predict", run, tmp_path / "picture.png").splitlines()
    assert sorted(row.split("\t")[0] for row in rows[2:]) == ["0", "1", "2"]


def test_a_loss_that_does_not_fit_the_targets_is_refused(tmp_path: Path, numbers: Path) -> None:
    assert refused("train", "--data", numbers, *FAST, "--out", tmp_path / "run") == (
        "training example 0 has targets that sum to 5.5; expected 1, for they are probabilities of the "
        "classes. pw.SigmoidCrossEntropy() takes several classes at once."
    )


def test_info_tells_what_the_compiled_engine_knows() -> None:
    lines = succeeds("info").splitlines()
    heading = "The compiled engine knows these parts; what has another trains on NumPy:"
    if heading not in lines:
        assert lines[-1].startswith("The compiled engine was not built")
        return
    known = dict(line.strip().split(": ") for line in lines[lines.index(heading) + 1 :][:5])
    assert list(known) == ["activations", "layers", "losses", "optimizers", "precisions"]
    assert {"tanh", "relu"} <= set(known["activations"].split(", "))
    assert "softmax" in known["losses"].split(", ")
    assert "sgd" in known["optimizers"].split(", ")
