"""Folders of IDX files as torchvision, Kaggle, QMNIST and EMNIST have them."""

from pathlib import Path

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import Folder
from refusals import refused

STREAM = np.random.default_rng(0)


def put(folder: Path, names: tuple[str, str], labels: np.ndarray) -> np.ndarray:
    images = STREAM.integers(0, 256, (len(labels), 4, 3), dtype=np.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    pw.write_idx(folder / names[0], images)
    pw.write_idx(folder / names[1], labels)
    return images


def both(
    folder: Path, word: str, labels: np.ndarray, test: str = "t10k", kind: str = "idx1-ubyte"
) -> np.ndarray:
    put(folder, (f"{word}{test}-images-idx3-ubyte", f"{word}{test}-labels-{kind}"), labels)
    return put(folder, (f"{word}train-images-idx3-ubyte", f"{word}train-labels-{kind}"), labels)


def test_the_raw_folder_of_torchvision_is_found(tmp_path: Path) -> None:
    both(tmp_path / "Mine" / "raw", "", np.arange(3, dtype=np.uint8))
    for folder in (tmp_path / "Mine", tmp_path / "Mine" / "raw"):
        dataset = pw.load_dataset(folder)
        assert (dataset.name, dataset.image_shape, dataset.outputs) == ("Mine", (4, 3), 3)


def test_files_may_lie_beside_folders_of_their_names(tmp_path: Path) -> None:
    for part in ("train", "t10k"):
        put(
            tmp_path,
            (f"{part}-images.idx3-ubyte", f"{part}-labels.idx1-ubyte"),
            np.arange(3, dtype=np.uint8),
        )
        (tmp_path / f"{part}-images-idx3-ubyte").mkdir()
    assert pw.load_dataset(tmp_path).outputs == 3


def test_of_qmnists_labels_the_first_column_is_taken(tmp_path: Path) -> None:
    labels = STREAM.integers(0, 4000, (10, 8)).astype(np.int32)
    labels[:, 0] = np.arange(10)
    both(tmp_path, "qmnist-", labels, "test", "idx2-int")
    dataset = pw.load_dataset(tmp_path)
    assert dataset.train.labels.tolist() == list(range(10))
    pw.write_idx(tmp_path / "qmnist-train-labels-idx2-int", labels[:, :7])
    assert refused(lambda: pw.load_dataset(tmp_path)) == (
        f"{tmp_path}/qmnist-train-labels-idx2-int holds int32 of shape (10, 7); expected whole numbers in 1 "
        "dimension."
    )


@pytest.mark.parametrize("first", [0, 1])
def test_emnists_labels_may_begin_at_1_and_its_pictures_be_turned(tmp_path: Path, first: int) -> None:
    images = both(tmp_path, "emnist-letters-", np.arange(first, 27, dtype=np.uint8))
    dataset = Folder(tmp_path, turned=True).load()
    assert dataset.class_names == tuple(str(label) for label in range(first, 27))
    assert dataset.train.labels.tolist() == list(range(27 - first))
    assert dataset.image_shape == (3, 4)
    np.testing.assert_array_equal(dataset.train.inputs.reshape(-1, 3, 4), images.transpose(0, 2, 1))
    assert pw.load_dataset(tmp_path).image_shape == (4, 3)


def test_labels_with_a_gap_need_names(tmp_path: Path) -> None:
    both(tmp_path, "", np.array([1, 2, 4, *range(5, 13)], np.uint8))
    assert refused(lambda: pw.load_dataset(tmp_path)) == (
        f"{tmp_path}: training example 10 has the label 12; expected 0 to 9, or every number from 0 or 1 on. "
        "For other classes put classes.txt there, with one class name a line."
    )


def test_files_of_several_data_sets_are_refused(tmp_path: Path) -> None:
    for word in ("emnist-letters-", "emnist-digits-"):
        both(tmp_path, word, np.arange(3, dtype=np.uint8))
    assert refused(lambda: pw.load_dataset(tmp_path)) == (
        f"{tmp_path} holds files of emnist-digits and emnist-letters; expected those of one data set. Say "
        f"which: {tmp_path / 'emnist-digits'}."
    )


def test_of_several_data_sets_one_is_told_by_the_word_that_its_files_begin_with(tmp_path: Path) -> None:
    raw = tmp_path / "EMNIST" / "raw"
    both(raw, "emnist-digits-", np.arange(3, dtype=np.uint8))
    images = both(raw, "emnist-letters-", np.arange(1, 27, dtype=np.uint8))
    dataset = pw.load_dataset(raw / "emnist-letters")
    assert (dataset.name, dataset.outputs) == ("emnist-letters", 26)
    np.testing.assert_array_equal(dataset.train.inputs, images.reshape(26, -1))
    turned = Folder(raw / "emnist-digits", turned=True).load()
    assert (turned.outputs, turned.image_shape) == (3, (3, 4))
    assert refused(lambda: pw.load_dataset(raw / "emnist-letter")) == (
        f"data is '{raw / 'emnist-letter'}'; expected fashion-mnist or digits, or a folder of IDX files, "
        "pictures or arrays, or an .npz file."
    )
