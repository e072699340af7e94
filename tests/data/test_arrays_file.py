"""Data sets in NumPy's files: what is read, and what is refused."""

import io
import pickle
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plainweave as pw
from plainweave.data import npy
from plainweave.data.npy import read_npy, read_npz
from plainweave.data.stored import is_stored
from plainweave.errors import DataError
from stored_files import _small_limits  # noqa: F401

STREAM = np.random.default_rng(0)
INPUTS = STREAM.integers(0, 256, (50, 4, 3), dtype=np.uint8)
LABELS = np.arange(50) % 3
NUMBERS = STREAM.normal(size=(50, 2))


def _write(path: Path, arrays: dict[str, Any]) -> Path:
    """Write an .npz file, or a folder of .npy files."""
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        path.mkdir()
        for name, array in arrays.items():
            np.save(path / f"{name}.npy", array)
    return path


@pytest.mark.parametrize("name", ["some.npz", "some"])
@pytest.mark.parametrize(
    "names", [("inputs", "labels"), ("x_train", "y_train"), ("train_images", "train_labels"), ("X", "y")]
)
def test_labels_and_a_fifth_set_apart(tmp_path: Path, name: str, names: tuple[str, str]) -> None:
    path = _write(tmp_path / name, {names[0]: INPUTS, names[1]: LABELS[:, np.newaxis]})
    dataset = pw.load_dataset(path)
    assert (dataset.name, dataset.class_names, dataset.image_shape) == ("some", ("0", "1", "2"), (4, 3))
    assert (len(dataset.train), len(dataset.test), dataset.full_scale) == (40, 10, 255)
    together = np.concatenate([dataset.train.inputs, dataset.test.inputs])
    assert sorted(map(bytes, together)) == sorted(map(bytes, INPUTS.reshape(50, 12)))
    assert pw.load_dataset(str(path)).fingerprint == dataset.fingerprint


@pytest.mark.parametrize("name", ["some.npz", "some"])
def test_all_parts_with_numbers_and_weights(tmp_path: Path, name: str) -> None:
    arrays = {"inputs": INPUTS / 7, "targets": NUMBERS, "weights": np.arange(50.0)}
    arrays |= {f"test_{kind}": array[:9] for kind, array in arrays.items()}
    arrays |= {f"validation_{kind}": array[9:20] for kind, array in list(arrays.items())[:2]}
    dataset = pw.load_dataset(_write(tmp_path / name, arrays))
    assert not dataset.is_classification
    assert dataset.validation is not None
    assert (len(dataset.train), len(dataset.test), len(dataset.validation)) == (50, 9, 11)
    np.testing.assert_array_equal(dataset.test.targets, NUMBERS[:9])
    np.testing.assert_array_equal(dataset.test.weights, np.arange(9.0))
    assert dataset.full_scale == INPUTS.max() / 7


def test_labels_may_be_texts_and_classes_have_names(tmp_path: Path) -> None:
    texts = np.array(["cat", "ape", "bee"])[LABELS]
    of_texts = pw.load_dataset(_write(tmp_path / "a.npz", {"inputs": INPUTS, "labels": texts}))
    assert of_texts.class_names == ("ape", "bee", "cat")
    named = {"inputs": INPUTS, "labels": LABELS, "classes": np.array(["cat", "ape", "bee"])}
    of_numbers = pw.load_dataset(_write(tmp_path / "b.npz", named))
    assert of_numbers.class_names == ("cat", "ape", "bee")
    np.testing.assert_array_equal(
        of_numbers.in_order(("ape", "bee", "cat")).train.labels, of_texts.train.labels
    )
    folder = _write(tmp_path / "c", {"inputs": INPUTS, "labels": LABELS})
    (folder / "classes.txt").write_text("cat\nape\nbee\n")
    assert pw.load_dataset(folder).class_names == ("cat", "ape", "bee")


@pytest.mark.usefixtures("_small_limits")
def test_a_large_file_stays_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "_MAPPED", 2**14)
    inputs = STREAM.normal(size=(4000, 5)).astype(np.float32)
    path = _write(tmp_path / "some", {"inputs": inputs, "labels": np.arange(4000) % 4})
    dataset = pw.load_dataset(path)
    assert is_stored(dataset.train.inputs)
    assert (len(dataset.train), len(dataset.test)) == (3200, 800)
    assert dataset.full_scale == np.abs(inputs).max()
    parts = dataset.split()
    fit = pw.fit(pw.Network(5, [4], 4), parts, pw.SGD(0.1), epochs=1)
    assert len(fit.history) == 1


_EXPECTED = "expected inputs, and labels for classes or targets for numbers."


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"labels": LABELS},
            f"holds 'labels' for the training part; {_EXPECTED}",
        ),
        (
            {"inputs": INPUTS},
            f"holds 'inputs' for the training part; {_EXPECTED}",
        ),
        (
            {"inputs": INPUTS, "labels": LABELS, "test_inputs": INPUTS},
            f"holds 'test_inputs' for the test part; {_EXPECTED}",
        ),
        (
            {"inputs": INPUTS, "label": LABELS},
            "holds 'label'; expected inputs, labels, targets, weights, test_inputs, test_labels, "
            "test_targets, or the like of the validation part. Did you mean 'labels'? Move it elsewhere.",
        ),
        ({"inputs": INPUTS, "x": INPUTS, "labels": LABELS}, "holds 'inputs' and 'x'; expected one of them."),
        (
            {"inputs": INPUTS, "labels": LABELS, "test_inputs": INPUTS, "test_targets": LABELS},
            ": 'labels' and 'test_targets' differ in kind; expected labels, or targets.",
        ),
        (
            {"inputs": INPUTS[:2], "labels": LABELS[:2]},
            "holds 2 examples and none to test on; expected at least 3, or test_inputs and their targets.",
        ),
        (
            {"inputs": INPUTS, "labels": LABELS + 9998},
            "has the label 10000; expected 0 to 9999. Name the classes in classes.txt, or call them targets "
            "where they are numbers.",
        ),
        (
            {"inputs": INPUTS, "labels": np.full(50, np.nan)},
            ", labels: labels: example 0 has nan; expected the number of a class, from 0. "
            "np.unique(labels, return_inverse=True)[1] numbers classes of any kind.",
        ),
        (
            {"inputs": INPUTS, "labels": LABELS - 1},
            ", labels: labels: example 0 has -1; expected the number of a class, from 0. "
            "np.unique(labels, return_inverse=True)[1] numbers classes of any kind.",
        ),
        *(
            (
                {"inputs": INPUTS, "labels": several},
                ", labels: labels have shape (50, 3); expected (examples,). labels.argmax(axis=1) makes them "
                "of one-hot rows.",
            )
            for several in (np.eye(3)[np.arange(50) % 3], np.full((50, 3), "a"))
        ),
        (
            {"arr_0": INPUTS, "inputs": INPUTS, "labels": LABELS},
            "holds 'arr_0'; expected inputs, labels, targets, weights, test_inputs, test_labels, "
            "test_targets, or the like of the validation part. Say what each is: np.savez(file, "
            "inputs=inputs, labels=labels).",
        ),
        (
            {"inputs": INPUTS, "labels": LABELS[:40]},
            ", training part: there are 50 inputs, of shape (50, 12), and targets of shape (40,); expected a "
            "target for each.",
        ),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    for path in (tmp_path / "some.npz", tmp_path / "some"):
        _write(path, arrays)
        if path.suffix or "inputs" in arrays:
            with pytest.raises(DataError) as error:
                pw.load_dataset(path)
            space = "" if message[0] in ":," else " "
            assert str(error.value) == f"{path}{space}{message}"


def _npy(header: str, content: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H", len(text)) + text + content


_HOSTILE = {
    "empty": (b"", "EOF: reading magic string, expected 8 bytes got 0"),
    "other": (
        b"\0" * 100,
        "the magic string is not correct; expected b'\\x93NUMPY', got b" + repr("\0" * 6),
    ),
    "code": (_npy("__import__('os').system('true')"), None),
    "deep": (_npy("(" * 9000), None),
    "long": (_npy(" " * 60000), None),
    "negative": (
        _npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 4), }"),
        "no array has the shape (-1, 4)",
    ),
    "many sides": (_npy(f"{{'descr': '<f4', 'fortran_order': False, 'shape': {(1,) * 90}, }}"), None),
    "version": (_npy("{}", version=(3, 0)), "its format is 3.0; expected 1.0 or 2.0"),
}


@pytest.mark.parametrize("kind", _HOSTILE)
def test_damaged_files_are_told(tmp_path: Path, kind: str) -> None:
    content, why = _HOSTILE[kind]
    path = tmp_path / "inputs.npy"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_npy(path)
    if why is not None:
        assert str(error.value) == f"{path} is no whole .npy file: {why}. Write it again with np.save."
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize("shape", ["(2**62,)", "(4611686018427387904, 4)", "(10, 4)", "(0, 4)", "(9, 4)"])
def test_a_header_that_promises_another_size_takes_no_memory(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "inputs.npy"
    path.write_bytes(_npy(f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}", bytes(159)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            read_npy(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


class _Malicious:
    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("a pickle was run",)


def test_nothing_that_is_pickled_is_run(tmp_path: Path) -> None:
    path = tmp_path / "inputs.npy"
    objects = np.empty(1, object)
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, np.lib.format.header_data_from_array_1_0(objects))
    path.write_bytes(content.getvalue() + pickle.dumps(_Malicious()))
    with pytest.raises(DataError) as error:
        read_npy(path)
    assert str(error.value) == (
        f"{path} holds object; expected real numbers, or texts. Write it with np.save(file, "
        "array.astype('float32'))."
    )


def test_archives_that_are_none_or_promise_too_much(tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    path.write_bytes(b"PK\3\4 no archive")
    with pytest.raises(DataError) as error:
        read_npz(path)
    assert str(error.value) == (
        f"{path} is not a whole .npz file (File is not a zip file). Write it again with np.savez."
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inputs.txt", "1")
    with pytest.raises(DataError) as error:
        read_npz(path)
    assert str(error.value) == (
        f"{path}: 'inputs.txt' is no array; expected arrays, each once, as np.savez writes them."
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("inputs.npy", _npy("{}"))
    with pytest.raises(DataError) as error:
        read_npz(path)
    assert str(error.value) == (
        f"{path}: 'inputs.npy' is packed in the way 14; expected 0 or 8, as np.savez and np.savez_compressed "
        "pack. Write it again with one of them."
    )
    np.savez(path, inputs=INPUTS)
    content = path.read_bytes()
    size = struct.pack("<L", 128 + INPUTS.nbytes)
    large = content.replace(size, struct.pack("<L", 2**31))
    assert large != content
    path.write_bytes(large)
    with pytest.raises(DataError):
        read_npz(path)
    path.write_bytes(content[:100] + bytes([content[200] ^ 1]) + content[101:])
    with pytest.raises(DataError):
        read_npz(path)


@pytest.mark.parametrize("point", [0x110000, 2**32 - 1, 0xD800])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("mapped", [False, True])
def test_texts_that_are_none_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: int, order: str, mapped: bool
) -> None:
    texts = np.full((4, 2), "ab", f"{order}U3")
    texts.reshape(-1).view(f"{order}u4")[5] = point
    np.save(tmp_path / "labels.npy", texts)
    if mapped:
        monkeypatch.setattr(npy, "_MAPPED", 0)
    with pytest.raises(DataError) as error:
        read_npy(tmp_path / "labels.npy")
    assert str(error.value) == (
        f"{tmp_path / 'labels.npy'} is no whole .npy file: it has texts of no characters. Write it again "
        "with np.save."
    )


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["<f8", ">f4", "f2", "?", "<U3", ">i2"])
@pytest.mark.parametrize("packed", [False, True])
def test_arrays_are_read_as_they_were_written(tmp_path: Path, kind: str, order: Any, packed: bool) -> None:
    array = np.asarray(STREAM.integers(0, 2, (7, 3, 2)).astype(kind), order=order)
    np.save(tmp_path / "a.npy", array)
    (np.savez_compressed if packed else np.savez)(tmp_path / "a.npz", a=array)
    for again in (read_npy(tmp_path / "a.npy"), read_npz(tmp_path / "a.npz")["a"]):
        np.testing.assert_array_equal(again, array)
        assert again.dtype == array.dtype
