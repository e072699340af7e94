"""Commands that train nothing, and what all of them refuse."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import plainweave as pw
from command_line import refused, succeeds, without_steps


def test_predict_pictures(run: Path, tmp_path: Path, digits: pw.Dataset) -> None:
    model = pw.load(run / "weights.safetensors")
    correct = np.flatnonzero(model.predict(digits.test.inputs) == digits.test.labels)[0]
    pixels = (digits.test.inputs[correct].reshape(8, 8) * (255 / 16)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "dark.png")
    Image.fromarray(255 - pixels).save(tmp_path / "light.png")
    probabilities = []
    for background in ("dark", "light"):
        printed = succeeds("predict", run, tmp_path / f"{background}.png", "--background", background)
        rows = [line.split("\t") for line in printed.splitlines()[2:]]
        assert len(rows) == 10
        assert rows[0][0].strip() == str(digits.test.labels[correct])
        probabilities.append([float(cell) for _, cell in rows])
    assert succeeds("predict", run, tmp_path / "light.png") == printed  # its corners tell that it is light
    assert probabilities[0] == sorted(probabilities[0], reverse=True)
    assert sum(probabilities[0]) == pytest.approx(100, abs=0.1)
    np.testing.assert_allclose(probabilities[0], probabilities[1], atol=2)


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
    assert without_steps(done.stderr) == (
        "plainweave: the network and the data do not fit in memory. Use a smaller network or less data.\n"
    )


def test_data_show(idx_folder: Path) -> None:
    printed = succeeds("data", "show", "--data", idx_folder)
    assert "mine: 60 training and 20 test examples of 4x3 uint8" in printed
    assert "nothing to fetch" in succeeds("data", "fetch", "digits")


def test_bad_input_is_refused_in_one_line(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no picture")
    toml = tmp_path / "mine.toml"
    toml.write_text('[[experiment]]\nid = "tiny"\n')
    digits = ("--data", "digits")
    for arguments, message in [
        (("train", *digits, "--hidden", "50x0"), "hidden is 0; expected a whole number of at least 1."),
        (("train", *digits, "--hidden=-3"), "hidden is -3; expected a whole number of at least 1."),
        (("train", *digits, "--hidden", "big"), "--hidden is 'big'; expected units of each layer"),
        (("train", *digits, "--learning-rate", "fast"), "--learning-rate is 'fast'; expected a number."),
        (("train", *digits, "--learning-rate", "nan"), "learning_rate is nan; expected a number"),
        (("train", *digits, "--activation", "tahn"), "activation is 'tahn'; expected one of "),
        (("train", *digits, "--out", file / "below"), f"{file}/below can't be written: "),
        (("run", toml, *digits, "--out", file), f"{file} can't be written: "),
        (("run", toml, *digits, "--only", "tinny"), "only is 'tinny'; expected one of tiny."),
        (("train", "--data", tmp_path / "nowhere"), "data is '"),
        (("train", "--data", tmp_path), f"{tmp_path} holds no file; expected one file train-images"),
        (("check", "--data-dir", tmp_path), f"{tmp_path} (data_dir) has no train-images-idx3-ubyte.gz"),
        (("predict", run, file), f"{file} is no picture of a known kind; expected PNG, JPEG"),
        (("predict", tmp_path, file), f"{tmp_path}/weights.safetensors is not there."),
        (("evaluate", file), f"{file} is no whole safetensors file"),
        (("page", tmp_path), f"{tmp_path} holds no runs."),
        (("run", tmp_path / "x.toml", *digits), f"{tmp_path}/x.toml is not there. Give a TOML file."),
        (("data", "fetch", "mnist"), "the data set is 'mnist'; expected one of fashion-mnist, digits."),
        (("nonsense",), "No such command 'nonsense'."),
        (("train", "--nonsense"), "No such option: --nonsense"),
    ]:
        assert refused(*arguments, cwd=tmp_path).startswith(message), arguments
    assert not (tmp_path / "r").exists()
