"""Odd but valid data: it works, or one line says why not. Never a NaN, a warning or a traceback."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from odd_data import ODD
from plainweave.evidence import (
    GradientEvidence,
    gradient_evidence,
    gradients,
    what_was_learned,
    write_gradients,
    write_learned,
)
from plainweave.experiments import run_folder, write_run
from plainweave.experiments.run import run_stack
from plainweave.page import write_page
from plainweave.storage.forms import from_json, to_json


@pytest.mark.parametrize(
    "name",
    [
        "one example of a class",
        "one class",
        "all labels equal",
        "a class missing from training",
        "one feature",
        "all numbers zero",
        "constant in training only",
        "sparse, nearly all zero",
        "huge and tiny",
    ],
)
def test_the_gradients_are_right_on_any_data(name: str) -> None:
    odd = ODD[name]
    if len(np.unique(odd.train.labels)) < len(odd.class_names):
        with pytest.raises(pw.DataError, match=r"class \d \(class \d\) has no training example"):
            gradient_evidence(odd)
        return
    evidence = gradient_evidence(odd)
    assert evidence.passed, [
        tensor for check in evidence.whole_network for tensor in check.tensors if not tensor.passed
    ]
    assert from_json(GradientEvidence, to_json(evidence)) == evidence  # all numbers are finite


def test_of_many_classes_the_first_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradients, "_MOST_CLASSES", 3)
    evidence = gradient_evidence(ODD["1,000 classes"])
    assert (evidence.classes, evidence.passed) == (3, True)


@pytest.mark.parametrize(
    "name",
    [
        "three examples to train and validate on",
        "one class",
        "1,000 classes",
        "one feature",
    ],
)
def test_the_page_is_written_on_any_data(name: str, tmp_path: Path) -> None:
    odd = ODD[name]
    tested = pw.Experiment(id="a", hidden=(3,), epochs=2, batch_size=2)
    records = []
    for experiment in (tested, replace(tested, id="b", activation="relu", test=False)):
        record, model = pw.run_experiment(experiment, odd, 0)
        write_run(run_folder(tmp_path, experiment.id, 0), record, model)
        records.append(record)
    if len(odd.class_names) < 10:
        write_gradients(tmp_path, gradient_evidence(odd))
    learned = what_was_learned(tmp_path, records, odd)
    assert learned is not None
    if len(odd.class_names) <= 500:  # of more, the table would fill the page
        assert sum(map(sum, learned.confusion or ())) == len(odd.test)
    write_learned(tmp_path, learned)
    page = write_page(tmp_path)
    assert page.stat().st_size < 4_000_000
    for path in (path for path in tmp_path.rglob("*") if path.suffix in (".json", ".csv")):
        assert "nan" not in path.read_text().lower(), path


def test_a_batch_larger_than_the_data_is_the_data() -> None:
    experiment = pw.Experiment(id="a", hidden=(3,), epochs=1)  # batches of 64, of 16 training examples
    [(record, _)] = run_stack([experiment], ODD["one class"], 0, positions=[0])
    assert np.isfinite(record.history.training_loss[0])


@pytest.mark.parametrize("command", ["train", "reproduce"])
def test_the_command_line_on_black_images_of_one_pixel_and_one_class(command: str, tmp_path: Path) -> None:
    for prefix in ("train", "t10k"):
        pw.write_idx(tmp_path / f"{prefix}-images-idx3-ubyte", np.zeros((81, 1, 1), np.uint8))
        pw.write_idx(tmp_path / f"{prefix}-labels-idx1-ubyte", np.zeros(81, np.uint8))
    main = "from plainweave.__main__ import main; main()"
    options = ["--data", str(tmp_path), "--epochs", "1", "--out", str(tmp_path / "out")]
    more = ["--only", "relu", "--jobs", "1"] if command == "reproduce" else []
    done = subprocess.run(
        [sys.executable, "-c", main, command, *options, *more],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
