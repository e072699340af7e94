"""A data set of the user's own: a folder of IDX files under the names of the MNIST family."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import cast

import numpy as np

from plainweave.arrays import FloatArray, IntArray, RawArray
from plainweave.data.dataset import Dataset
from plainweave.data.examples import Examples
from plainweave.data.idx import read_idx
from plainweave.data.labels import as_labels, check_labels
from plainweave.data.paths import as_path
from plainweave.errors import DataError, ShapeError
from plainweave.storage.files import read_bounded

CLASSES_FILE = "classes.txt"
_LARGEST_CLASSES_FILE = 2**20  # bytes
# How the names of each part's files begin.
_TRAINING, _TEST, _VALIDATION = "training", "test", "validation"
_BEGINNINGS = {_TRAINING: ("train",), _TEST: ("t10k", "test"), _VALIDATION: ("validation",)}


@dataclass(frozen=True)
class _Part:
    """What a part's files hold: images (examples, ...), targets (examples, ...), weights (examples,)."""

    images: RawArray
    targets: RawArray
    are_labels: bool
    weights: RawArray | None


def load_folder(folder: str | Path) -> Dataset:
    """Load a folder of IDX files, gzip or plain.

    They are called `train-images-idx*`, `train-labels-idx*`, `t10k-images-idx*` and `t10k-labels-idx*`
    (or `test-` for `t10k-`, or `.idx` for `-idx`). A validation part of its own may be there as
    `validation-images-idx*` and so on, and weights of a part as `train-weights-idx*` and so on. A file may be
    there both plain and as gzip, if both hold the same. Images are (examples, rows, columns) or (examples,
    features).

    A file `classes.txt` names the classes, one a line; without it there are as many as the largest training
    label says, at most 10. Labels count from 0. Where `classes.txt` has n names and the labels of all parts
    go from 1 to n, they count from 1: 1 is taken off each. Where the targets are numbers their files are
    called `train-targets-idx*` and so on: (examples,) or (examples, outputs).

    Raises:
        ConfigurationError: the folder is no path.
        DataError: the folder or a file is missing, damaged, or does not fit the others.
    """
    folder = as_path("folder", folder)
    names = _names_within(folder)
    parts = {
        part: _read_part(folder, names, beginnings)
        for part, beginnings in _BEGINNINGS.items()
        if part != _VALIDATION or _files(names, ["validation-*"])
    }
    _check_alike(folder, parts)
    image_shape = parts[_TRAINING].images.shape[1:]
    class_names, first_label = _classes(folder, parts)
    examples = {
        part: _examples(f"{folder}, {part} part", content, first_label) for part, content in parts.items()
    }
    train = examples[_TRAINING]
    return Dataset(
        name=folder.resolve().name or "data",  # the root of a disk has no name
        train=train,
        test=examples[_TEST],
        class_names=class_names,
        image_shape=image_shape if len(image_shape) == 2 else None,
        full_scale=255.0 if train.inputs.dtype == np.uint8 else float(train.inputs.max(initial=0)),
        validation=examples.get(_VALIDATION),
    )


def _check_alike(folder: Path, parts: Mapping[str, _Part]) -> None:
    """Check that all parts have images of the training part's shape, and the same kind of targets."""
    training = parts[_TRAINING]
    for part, content in parts.items():
        if content.images.shape[1:] != training.images.shape[1:]:
            raise DataError(
                f"{folder}: training images have shape {training.images.shape[1:]} and {part} images "
                f"{content.images.shape[1:]}; expected the same."
            )
        if content.are_labels != training.are_labels:
            given, expected = ("labels", "targets") if content.are_labels else ("targets", "labels")
            raise DataError(
                f"{folder}: the {part} part has {given} and the training part {expected}; expected labels in "
                "all parts, for classes, or targets, for numbers."
            )


def _examples(where: str, part: _Part, first_label: int) -> Examples:
    targets = part.targets - part.targets.dtype.type(first_label) if first_label else part.targets
    try:
        targets = as_labels(targets) if part.are_labels else targets
        return Examples(part.images, targets, cast(FloatArray | None, part.weights))
    except (DataError, ShapeError) as error:
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


def _read_part(folder: Path, names: Sequence[str], beginnings: Sequence[str]) -> _Part:
    images_file, images = _read_one(folder, names, [f"{start}-images" for start in beginnings])
    targets_file, targets = _read_one(
        folder, names, [f"{start}-{kind}" for kind in ("labels", "targets") for start in beginnings]
    )
    if images.ndim < 2:
        raise DataError(
            f"{images_file} has 1 dimension; expected (images, rows, columns) or (images, features)."
        )
    are_labels = any(targets_file.name.startswith(f"{start}-labels") for start in beginnings)
    if are_labels and (targets.ndim != 1 or targets.dtype.kind not in "iu"):
        raise DataError(
            f"{targets_file} holds {targets.dtype} of shape {targets.shape}; "
            "expected whole numbers in 1 dimension."
        )
    if len(images) != len(targets):
        kind = "labels" if are_labels else "targets"
        raise DataError(
            f"{images_file} holds {len(images)} images and {targets_file.name} {len(targets)} {kind}; "
            f"expected as many {kind} as images."
        )
    weights = [f"{start}-weights" for start in beginnings]
    return _Part(
        images, targets, are_labels, _read_one(folder, names, weights)[1] if _files(names, weights) else None
    )


def _files(names: Sequence[str], beginnings: Sequence[str]) -> list[str]:
    return [name for name in names if any(fnmatchcase(name, f"{start}[-.]idx*") for start in beginnings)]


def _read_one(folder: Path, names: Sequence[str], beginnings: Sequence[str]) -> tuple[Path, RawArray]:
    """Return the one file whose name begins so, and what it holds."""
    files = _files(names, beginnings)
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


def _classes(folder: Path, parts: Mapping[str, _Part]) -> tuple[tuple[str, ...], int]:
    """Return the classes' names and the label of the first, 0 or 1; of numbers none, and 0."""
    names = read_names(folder / CLASSES_FILE)
    if not parts[_TRAINING].are_labels:
        if names is not None:
            raise DataError(
                f"{folder} holds {CLASSES_FILE} and targets; expected labels for the classes. Call the "
                f"files of targets labels, or remove {CLASSES_FILE}."
            )
        return (), 0
    labels = {part: cast(IntArray, content.targets) for part, content in parts.items()}
    train = labels[_TRAINING]
    largest = int(train.max(initial=0))
    if names is None and largest > 9:
        raise DataError(
            f"{folder}: training example {int(train.argmax())} has the label {largest}; expected 0 to 9. "
            f"For more classes, or labels that count from 1, put {CLASSES_FILE} there, with one class name "
            "a line."
        )
    if names is None:
        return tuple(str(label) for label in range(largest + 1)), 0
    every = np.concatenate(list(labels.values()))
    if every.size and every.min() == 1 and every.max() == len(names):
        return names, 1  # no other reading fits: counted from 0 the largest would have no name
    for part, part_labels in labels.items():
        check_labels(
            f"{folder}: {part} example",
            part_labels,
            len(names),
            f", for {CLASSES_FILE} has {len(names)} names. Labels count from 0 and the first line names 0; "
            f"or all go from 1 to {len(names)} and it names 1.",
        )
    return names, 0


def read_names(file: Path) -> tuple[str, ...] | None:
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
