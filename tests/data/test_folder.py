"""Folders that hold targets, weights or a validation part."""

from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from command_line import succeeds
from refusals import refused

STREAM = np.random.default_rng(0)
SIZES = {"train": 30, "t10k": 10, "validation": 6}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three parts with weights, of two numbers for each example."""
    for part, size in SIZES.items():
        images = STREAM.integers(0, 256, (size, 4, 3), dtype=np.uint8)
        pw.write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", images)
        pw.write_idx(tmp_path / f"{part}-targets-idx2-double", STREAM.normal(size=(size, 2)))
        pw.write_idx(tmp_path / f"{part}-weights-idx1-float", np.linspace(0, 1, size, dtype=np.float32))
    return tmp_path


def relabel(folder: Path, prefix: str, labels: np.ndarray) -> None:
    next(folder.glob(f"{prefix}-targets*")).unlink()
    pw.write_idx(folder / f"{prefix}-labels-idx1-ubyte", labels)


def test_a_folder_may_hold_numbers_weights_and_a_validation_part(folder: Path) -> None:
    dataset = pw.load_dataset(folder)
    assert (dataset.is_classification, dataset.outputs, dataset.image_shape) == (False, 2, (4, 3))
    assert dataset.validation is not None
    for prefix, examples in zip(SIZES, (dataset.train, dataset.test, dataset.validation), strict=True):
        images = pw.read_idx(folder / f"{prefix}-images-idx3-ubyte.gz")
        np.testing.assert_array_equal(examples.inputs, images.reshape(len(images), 12))
        np.testing.assert_array_equal(examples.targets, pw.read_idx(folder / f"{prefix}-targets-idx2-double"))
        np.testing.assert_array_equal(examples.weights, np.linspace(0, 1, len(images), dtype=np.float32))
    before = dataset.fingerprint
    (folder / "t10k-weights-idx1-float").unlink()
    assert pw.load_dataset(folder).test.weights is None
    assert pw.load_dataset(folder).fingerprint != before


def test_one_number_for_each_example_may_be_in_one_dimension_and_whole(folder: Path) -> None:
    for prefix, size in SIZES.items():
        next(folder.glob(f"{prefix}-targets*")).unlink()
        pw.write_idx(folder / f"{prefix}-targets-idx1-int", np.arange(-2, size - 2))
    dataset = pw.load_dataset(folder)
    assert (dataset.is_classification, dataset.outputs) == (False, 1)
    assert dataset.train.targets.min() == -2


def test_labels_of_the_validation_part_count_as_those_of_the_others(folder: Path) -> None:
    (folder / "classes.txt").write_text("a\nb\nc\n")
    for prefix, size in SIZES.items():
        relabel(folder, prefix, (np.arange(size) % 3 + 1).astype(np.uint8))
    dataset = pw.load_dataset(folder)
    assert dataset.validation is not None
    assert dataset.validation.labels.tolist() == [0, 1, 2, 0, 1, 2]
    pw.write_idx(folder / "validation-labels-idx1-ubyte", np.array([1, 2, 3, 3, 1, 4], np.uint8))
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder}: training example 2 has the label 3; expected 0 to 2, for classes.txt has 3 names. Labels "
        "count from 0 and the first line names 0; or all go from 1 to 3 and it names 1."
    )


def test_what_does_not_go_together_in_a_folder_is_refused(folder: Path) -> None:
    (folder / "classes.txt").write_text("a\nb\n")
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder} holds classes.txt and targets; expected labels for the classes. Call the files of targets "
        "labels, or remove classes.txt."
    )
    (folder / "classes.txt").unlink()
    relabel(folder, "validation", np.zeros(6, np.uint8))
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder}: the validation part has labels and the training part targets; expected labels in all "
        "parts, for classes, or targets, for numbers."
    )
    pw.write_idx(folder / "validation-targets-idx1-float", np.zeros(5, np.float32))
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder} holds validation-labels-idx1-ubyte and validation-targets-idx1-float; expected one file "
        "validation-labels-idx* or validation-targets-idx*."
    )
    (folder / "validation-labels-idx1-ubyte").unlink()
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder}/validation-images-idx3-ubyte.gz holds 6 images and validation-targets-idx1-float 5 "
        "targets; expected as many targets as images."
    )
    pw.write_idx(folder / "validation-targets-idx1-float", np.zeros(6, np.float32))
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder.name}: training examples have 2 targets each and validation examples 1; expected the same "
        "number."
    )
    (folder / "validation-images-idx3-ubyte.gz").unlink()
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder} holds no file; expected one file validation-images-idx*."
    )


def test_weights_and_targets_of_a_folder_are_checked(folder: Path) -> None:
    pw.write_idx(folder / "train-weights-idx1-float", np.full(30, -1, np.float32))
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder}, training part: weights: example 0 has -1; expected 0 to 1e+15. A weight of 0 leaves an "
        "example out."
    )
    pw.write_idx(folder / "train-weights-idx1-float", np.ones(29, np.float32))
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder}, training part: weights have shape (29,); expected (30,), one for each example."
    )
    (folder / "train-weights-idx1-float").unlink()
    pw.write_idx(folder / "train-targets-idx2-double", np.full((30, 2), np.nan))
    assert refused(lambda: pw.load_dataset(folder)) == (
        f"{folder}, training part: targets: example 0 has nan as its target 0; expected finite numbers. "
        "Leave that example out, or fill in a number."
    )


def test_labels_below_0_are_refused(idx_folder: Path) -> None:
    pw.write_idx(idx_folder / "train-labels-idx1-ubyte", np.full(60, -1, np.int8))
    assert refused(lambda: pw.load_dataset(idx_folder)) == (
        f"{idx_folder}, training part: labels: example 0 has -1; expected the number of a class, from 0. "
        "np.unique(labels, return_inverse=True)[1] numbers classes of any kind."
    )


def test_the_command_shows_numbers_and_validation_parts(folder: Path) -> None:
    dataset = pw.load_dataset(folder)
    assert succeeds("data", "show", "--data", folder) == (
        f"{folder.name}: 30 training, 10 test and 6 validation examples of 4x3 uint8, each with 2 numbers as "
        f"targets\nSHA-256 of all examples: {dataset.fingerprint}\n"
    )
    for prefix, size in SIZES.items():
        relabel(folder, prefix, (np.arange(size) % 3).astype(np.uint8))
    *_, last = succeeds("data", "show", "--data", folder).splitlines()
    assert last.split() == ["2", "2", "10", "3", "2"]
