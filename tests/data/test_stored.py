"""Inputs that stay in their file: what is read is what is there, and never all of it at once."""

import os
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import Standardizer, stored
from plainweave.data.stored import Stored, is_stored
from plainweave.errors import DataError
from stored_files import _small_limits, mapped  # noqa: F401

pytestmark = pytest.mark.usefixtures("_small_limits")
STREAM = np.random.default_rng(0)
INPUTS = STREAM.normal(size=(3000, 5)).astype(np.float32)
LABELS = STREAM.integers(0, 3, 3000)


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        *(("float32", "float32"), ("float64", "float64"), ("float16", "float32"), (">f4", "float32")),
        *(("uint8", "uint8"), ("int16", "int16"), (">i8", "int64"), ("bool", "bool")),
    ],
)
def test_rows_are_those_of_the_file(tmp_path: Path, kind: str, kept: str) -> None:
    array = STREAM.normal(0, 50, (6000, 5)).astype("int8").astype(kind)
    inputs: Any = pw.Examples(mapped(tmp_path, array), np.zeros(6000)).inputs
    assert is_stored(inputs)
    assert inputs.shape == (6000, 5)
    assert inputs.dtype == kept
    rows = STREAM.integers(0, 6000, 700)
    np.testing.assert_array_equal(inputs[rows].toarray(), array[rows])
    np.testing.assert_array_equal(inputs[::3][10:20].toarray(), array[::3][10:20])
    np.testing.assert_array_equal(np.asarray(inputs[:0]), array[:0])
    np.testing.assert_array_equal(np.concatenate([chunk for _, chunk in inputs.chunks()]), array)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(inputs[rows])), array[rows])


def test_a_part_of_each_row_and_pictures_stay_too(tmp_path: Path) -> None:
    whole = mapped(tmp_path, INPUTS)
    some: Any = pw.Examples(whole[500:, 1:4], whole[500:, 0])
    assert is_stored(some.inputs)
    np.testing.assert_array_equal(some.inputs.toarray(), INPUTS[500:, 1:4])
    assert type(some.targets) is np.ndarray
    assert some.targets.base is None
    pictures: Any = pw.Examples(mapped(tmp_path, INPUTS.reshape(1000, 3, 5)), LABELS[:1000]).inputs
    np.testing.assert_array_equal(pictures.toarray(), INPUTS.reshape(1000, 15))


@pytest.mark.parametrize(
    "way", ["small", "by columns", "backwards", "overlapping", "copied on write", "gone", "in memory"]
)
def test_what_is_not_large_and_row_by_row_is_an_array(tmp_path: Path, way: str) -> None:
    array = np.asfortranarray(INPUTS) if way == "by columns" else INPUTS[: 800 if way == "small" else None]
    given = mapped(tmp_path, array)
    if way == "backwards":
        given = given[::-1]
    if way == "overlapping":  # as windows of a series do
        flat = given.reshape(-1)
        given = np.lib.stride_tricks.sliding_window_view(flat, 20, subok=True)[::3]
    if way == "copied on write":
        given = np.load(tmp_path / "inputs.npy", mmap_mode="c")
    if way == "gone":
        (tmp_path / "inputs.npy").unlink()
    if way == "in memory":
        given = np.asarray(given)
    examples = pw.Examples(given, np.zeros(len(given)))
    assert type(examples.inputs) is np.ndarray
    np.testing.assert_array_equal(examples.inputs, given)


def test_a_window_is_what_counts_as_large(tmp_path: Path) -> None:
    rows = stored.WINDOW // 20
    assert Stored.of(mapped(tmp_path, INPUTS[:rows], "small.npy")) is None
    assert Stored.of(mapped(tmp_path, INPUTS[: rows + 1])) is not None


@pytest.mark.parametrize("standardize", ["all-pixels", "per-pixel", "per-image"])
def test_all_that_is_fitted_and_told_is_as_of_an_array(tmp_path: Path, standardize: str) -> None:
    one, other = (pw.Examples(inputs, LABELS) for inputs in (mapped(tmp_path, INPUTS), INPUTS))
    fitted, expected = (Standardizer.fit(standardize, examples) for examples in (one, other))
    np.testing.assert_array_equal(fitted.scale, expected.scale)
    np.testing.assert_array_equal(fitted.shift, expected.shift)
    data = [pw.Dataset("some", examples, examples[:10], ("a", "b", "c")) for examples in (one, other)]
    assert data[0].fingerprint == data[1].fingerprint


def test_a_split_copies_nothing_and_keeps_neighbours_together(tmp_path: Path) -> None:
    examples = pw.Examples(mapped(tmp_path, INPUTS), LABELS)
    parts = pw.split(examples, seed=3)
    assert is_stored(parts.training.inputs)
    validation: Any = parts.validation
    rows = parts.validation_rows
    assert len(rows) == 600
    assert len(np.flatnonzero(np.diff(rows) > 1)) <= 600 // (1024 // 20)
    np.testing.assert_array_equal(validation.inputs.toarray(), INPUTS[rows])
    np.testing.assert_array_equal(validation.targets, LABELS[rows])
    np.testing.assert_array_equal(parts.training.inputs.toarray(), np.delete(INPUTS, rows, 0))
    again = pw.split(examples, seed=3, stratify=True)
    plain = pw.split(pw.Examples(INPUTS, LABELS), seed=3, stratify=True)
    np.testing.assert_array_equal(again.validation_rows, plain.validation_rows)


def test_the_first_number_that_is_too_large_is_named(tmp_path: Path) -> None:
    array = INPUTS.copy()
    array[2000, 3] = array[2100, 0] = np.nan
    with pytest.raises(DataError) as error:
        pw.Examples(mapped(tmp_path, array), LABELS)
    assert str(error.value) == (
        "inputs: example 2000 has nan as its feature 3; expected finite numbers. Leave that example out, or "
        "fill in a number."
    )


@pytest.mark.parametrize("change", ["shorter", "other", "written over", "gone"])
def test_a_file_that_changes_is_told(tmp_path: Path, change: str) -> None:
    path = tmp_path / "inputs.npy"
    examples = pw.Examples(mapped(tmp_path, INPUTS), LABELS)
    if change == "shorter":
        path.write_bytes(path.read_bytes()[:-40])
    if change == "other":
        np.save(tmp_path / "other.npy", INPUTS)
        (tmp_path / "other.npy").replace(path)
    if change == "written over":
        np.save(path, INPUTS + 1)
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**6))  # a clock may be slower than that
    if change == "gone":
        path.unlink()
    with pytest.raises(DataError) as error:
        examples.take(np.arange(5))
    assert str(error.value) == (
        f"{path} can't be read: No such file or directory. Leave it as it is until training ends."
        if change == "gone"
        else f"{path} has changed since it was opened. Load it again."
    )


def test_no_step_before_training_takes_more_than_a_few_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "RUN", 2**18)
    monkeypatch.setattr(stored, "_PIECE", 2**18)
    monkeypatch.setattr(stored, "_BLOCK", 2**19)
    given = mapped(tmp_path, np.zeros((2**18, 32), np.float32) + np.arange(32, dtype=np.float32))
    labels = np.zeros(2**18, np.uint8)
    pw.split(pw.Examples(given, labels))  # what is made once is made now
    tracemalloc.start()
    try:
        examples = pw.Examples(given, labels)
        pw.split(examples, standardize="per-pixel")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    per_example = 40  # rows of the parts, their order, their targets
    assert peak < 8 * 2**18 + per_example * 2**18 < given.nbytes / 2
