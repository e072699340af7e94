"""A data set of the user's own: a folder of IDX files under the names of the MNIST family."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import cast

import numpy as np

from plainweave.arrays import IntArray, RawArray
from plainweave.data.dataset import Dataset
from plainweave.data.examples import Examples
from plainweave.data.idx import read_idx
from plainweave.data.labels import check_labels
from plainweave.data.paths import as_path
from plainweave.errors import DataError
from plainweave.storage.files import read_bounded

_CLASSES_FILE = "classes.txt"
_LARGEST_CLASSES_FILE = 2**20  # bytes
_TRAIN, _TEST = ("train",), ("t10k", "test")
_PARTS = ("training", "test")


def load_folder(folder: str | Path) -> Dataset:
    """Load a folder of four IDX files, gzip or plain.

    They are called `train-images-idx*`, `train-labels-idx*`, `t10k-images-idx*` and `t10k-labels-idx*`
    (or `test-` for `t10k-`, or `.idx` for `-idx`). A file may be there both plain and as gzip, if both hold
    the same. Images are (examples, rows, columns) or (examples, features).

    A file `classes.txt` names the classes, one a line; without it there are as many as the largest training
    label says, at most 10. Labels count from 0. Where `classes.txt` has n names and the labels of both parts
    go from 1 to n, they count from 1: 1 is taken off each.

    Raises:
        ConfigurationError: the folder is no path.
        DataError: the folder or a file is missing, damaged, or does not fit the others.
    """
    folder = as_path("folder", folder)
    names = _names_within(folder)
    arrays = [_read_part(folder, names, prefixes) for prefixes in (_TRAIN, _TEST)]
    image_shape, test_shape = (images.shape[1:] for images, _ in arrays)
    if test_shape != image_shape:
        raise DataError(
            f"{folder}: training images have shape {image_shape} and test images {test_shape}; "
            "expected the same."
        )
    class_names, first_label = _classes(folder, [labels for _, labels in arrays])
    train, test = (
        _examples(f"{folder}, {part} part", images, labels - labels.dtype.type(first_label))
        for part, (images, labels) in zip(_PARTS, arrays, strict=True)
    )
    return Dataset(
        name=folder.resolve().name or "data",  # the root of a disk has no name
        train=train,
        test=test,
        class_names=class_names,
        image_shape=image_shape if len(image_shape) == 2 else None,
        full_scale=255.0 if train.inputs.dtype == np.uint8 else float(train.inputs.max(initial=0)),
    )


def _examples(where: str, images: RawArray, labels: IntArray) -> Examples:
    try:
        return Examples(images, labels)
    except DataError as error:
        raise DataError(f"{where}: {error}") from error


def _names_within(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{folder} is not a folder. Give one that holds the four IDX files.") from None
    except OSError as error:
        raise DataError(
            f"{folder} can't be read: {error.strerror or error}. Give a folder that holds the four IDX files."
        ) from error


def _read_part(folder: Path, names: Sequence[str], prefixes: Sequence[str]) -> tuple[RawArray, IntArray]:
    """Return images (examples, ...) and labels (examples,)."""
    (images_file, images), (labels_file, labels) = (
        _read_one(folder, names, [f"{prefix}-{kind}" for prefix in prefixes]) for kind in ("images", "labels")
    )
    if images.ndim < 2:
        raise DataError(
            f"{images_file} has 1 dimension; expected (images, rows, columns) or (images, features)."
        )
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{labels_file} holds {labels.dtype} of shape {labels.shape}; "
            "expected whole numbers in 1 dimension."
        )
    if len(images) != len(labels):
        raise DataError(
            f"{images_file} holds {len(images)} images and {labels_file.name} {len(labels)} labels; "
            "expected as many labels as images."
        )
    return images, cast(IntArray, labels)


def _read_one(folder: Path, names: Sequence[str], beginnings: Sequence[str]) -> tuple[Path, RawArray]:
    """Return the one file whose name begins so, and what it holds."""
    files = [name for name in names if any(fnmatchcase(name, f"{start}[-.]idx*") for start in beginnings)]
    if len({name.removesuffix(".gz").replace(".idx", "-idx") for name in files}) != 1:
        expected = " or ".join(f"{start}-idx*" for start in beginnings)
        given = " and ".join(files) or "no file"
        raise DataError(f"{folder} holds {given}; expected one file {expected}.")
    first, *others = (folder / name for name in files)
    array = read_idx(first)
    for other in others:
        if not _same(array, read_idx(other)):
            raise DataError(
                f"{folder} holds {first.name} and {other.name}, and they differ; expected one of them, or "
                "the same in both. Remove one."
            )
    return first, array


def _same(one: RawArray, other: RawArray) -> bool:
    """Whether two arrays are equal in type, shape and every byte."""
    return (
        one.dtype == other.dtype
        and one.shape == other.shape
        and np.array_equal(one.reshape(-1).view(np.uint8), other.reshape(-1).view(np.uint8))
    )


def _classes(folder: Path, labels: Sequence[IntArray]) -> tuple[tuple[str, ...], int]:
    """Return the classes' names and the label of the first, 0 or 1; `labels` are those of both parts."""
    names = _read_names(folder / _CLASSES_FILE)
    train = labels[0]
    largest = int(train.max(initial=0))
    if names is None and largest > 9:
        raise DataError(
            f"{folder}: training example {int(train.argmax())} has the label {largest}; expected 0 to 9. "
            f"For more classes, or labels that count from 1, put {_CLASSES_FILE} there, with one class name "
            "a line."
        )
    if names is None:
        return tuple(str(label) for label in range(largest + 1)), 0
    every = np.concatenate(labels)
    if every.size and every.min() == 1 and every.max() == len(names):
        return names, 1  # no other reading fits: counted from 0 the largest would have no name
    for part, part_labels in zip(_PARTS, labels, strict=True):
        check_labels(
            f"{folder}: {part} example",
            part_labels,
            len(names),
            f", for {_CLASSES_FILE} has {len(names)} names. Labels count from 0 and the first line names 0; "
            f"or all go from 1 to {len(names)} and it names 1.",
        )
    return names, 0


def _read_names(file: Path) -> tuple[str, ...] | None:
    """Return the names of the classes, one a line, or None if there is no such file."""
    try:
        text = read_bounded(file, _LARGEST_CLASSES_FILE).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} can't be read: {error}. Write it as UTF-8.") from error
    except FileNotFoundError:
        if file.is_symlink():
            raise DataError(f"{file} is a link that leads nowhere. Write it, or remove it.") from None
        return None
    except OSError as error:
        raise DataError(
            f"{file} can't be read: {error.strerror or error}. Write one class name a line, or remove it."
        ) from error
    names = [line.strip() for line in re.split(r"\r\n|\r|\n", text.rstrip())]
    if not all(names):
        blank = names.index("") + 1
        raise DataError(
            f"{file}: line {blank} is blank; expected a class name, for line 1 names the first class, line 2 "
            "the second. Write the name, or remove the line."
        )
    return tuple(names)
