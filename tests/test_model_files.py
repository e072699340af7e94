"""Models that meet data of other classes, and model files that are not what they should be."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialize

import plainweave as pw


@pytest.fixture
def path(tmp_path: Path, digits: pw.Dataset) -> Path:
    network = pw.Network(64, [5], 10)
    standardizer = pw.Standardizer.fit("all-pixels", digits.train.inputs)
    pw.save(tmp_path / "model", pw.Model.of(network, standardizer, digits))
    return tmp_path / "model"


def rewrite(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    metadata = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["plainweave"])
    tensors = parse(content)
    change(metadata, tensors)
    path.write_bytes(serialize(tensors, {"plainweave": json.dumps(metadata)}))


def complaint(path: Path) -> str:
    with pytest.raises(pw.RecordError) as error:
        pw.load(path)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(str(path))


@pytest.mark.parametrize("length", [0, 7, 100, 2000])
def test_a_file_cut_short_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    assert complaint(path).startswith(" is no whole safetensors file (")


def test_another_kind_of_file_is_refused(path: Path) -> None:
    path.write_text("no model at all, but long enough to have a header")
    assert complaint(path).startswith(" is no whole safetensors file (")
    path.write_bytes(serialize({"a": np.zeros(3)}))
    assert complaint(path).startswith(" is not of plainweave's model format 1 (its format: None).")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path / "x") == " is not there. Give a model file or a run's folder."


def test_arrays_of_another_shape_are_refused(path: Path) -> None:
    rewrite(path, lambda _, tensors: tensors.update({"output.weight": np.zeros((5, 9), np.float32)}))
    assert complaint(path) == (
        ": output.weight has shape (5, 9); expected (5, 10) by the file's own description. "
        "Train again, or take another copy."
    )


def test_missing_and_surplus_arrays_are_refused(path: Path) -> None:
    rewrite(path, lambda _, tensors: tensors.pop("hidden_1.bias"))
    assert ": hidden_1.bias has shape nothing; expected (1, 5)" in complaint(path)
    rewrite(path, lambda _, tensors: tensors.update({"hidden_1.bias": np.zeros((1, 5), np.float32)}))
    rewrite(path, lambda _, tensors: tensors.update({"extra": np.zeros(1, np.float32)}))
    assert ": extra has shape (1,); expected nothing" in complaint(path)


def test_numbers_that_are_not_finite_are_refused(path: Path) -> None:
    rewrite(path, lambda _, tensors: tensors["output.bias"].__setitem__((0, 0), np.nan))
    assert complaint(path) == (
        ": output.bias holds numbers that are not finite float32s. Train again, or take another copy."
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden", [0]),
        ("hidden", "x"),
        ("activations", ["tanhh"]),
        ("class_names", 3),
        ("standardize", "other"),
        ("image_shape", [3, 3]),
        ("image_shape", "ab"),
        ("image_shape", [64]),
        ("image_shape", [-8, -8]),
        ("full_scale", "bright"),
        ("inputs", None),
        ("format", 2),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(path: Path, key: str, value: object) -> None:
    rewrite(path, lambda metadata, _: metadata.update({key: value}))
    assert complaint(path).endswith(
        "Give a file that plainweave saved." if key == "format" else "Train again, or take another copy."
    )


def test_examples_of_more_classes_than_the_network_has_are_refused(digits: pw.Dataset) -> None:
    standardizer = pw.Standardizer.fit("all-pixels", digits.train.inputs)
    model = pw.Model(pw.Network(64, [5], 3), standardizer, ("a", "b", "c"))
    rows = np.flatnonzero(digits.test.labels < 4)
    first = np.flatnonzero(digits.test.labels[rows] == 3)[0]
    with pytest.raises(pw.DataError) as error:
        model.evaluate(digits.test[rows])
    assert str(error.value) == (
        f"example {first} has the label 3; expected 0 to 2, the network's classes. "
        "Give data of the classes it was trained on."
    )
