"""A data set of the user's own: a folder of IDX files under the names of the MNIST family."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from plainweave.arrays import FloatArray, IntArray, RawArray
from plainweave.checks import flag
from plainweave.data.dataset import Dataset
from plainweave.data.examples import Examples
from plainweave.data.idx import read_idx
from plainweave.data.idx_files import RAW, files_of, names_within, where_files_lie
from plainweave.data.labels import as_labels, check_labels
from plainweave.data.paths import as_path
from plainweave.errors import DataError, ShapeError
from plainweave.storage.files import read_bounded

CLASSES_FILE = "classes.txt"
_LARGEST_CLASSES_FILE = 2**20  # bytes
_QMNIST_COLUMNS = 8  # of its labels: class, series, writer and more
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


def load_folder(folder: str | Path, *, turned: bool = False) -> Dataset:
    """Load a folder of IDX files, gzip or plain.

    They are called `train-images-idx*`, `train-labels-idx*`, `t10k-images-idx*` and `t10k-labels-idx*`
    (or `test-` for `t10k-`, or `.idx` for `-idx`). A validation part of its own may be there as
    `validation-images-idx*` and so on, and weights of a part as `train-weights-idx*` and so on. A file may be
    there both plain and as gzip, if both hold the same. Images are (examples, rows, columns) or (examples,
    features). The files may lie in a folder `raw` within, as torchvision leaves them, and all names may begin
    with one and the same word, as in `qmnist-train-images-idx3-ubyte`. Of a folder of several data sets, as
    EMNIST's, `raw/emnist-letters` are those files of `raw` that begin with that word.

    A file `classes.txt` names the classes, one a line; without it there are as many as the largest training
    label says. Labels count from 0. Where `classes.txt` has n names and the labels of all parts go from 1 to
    n, they count from 1: 1 is taken off each. Without names labels above 9 are taken only if every number up
    to the largest is there, from 0 or from 1 on, which is then the first class, as in EMNIST's letters. Of
    labels (examples, 8), as QMNIST has them, the first column is taken. Where the targets are numbers their
    files are called `train-targets-idx*` and so on: (examples,) or (examples, outputs).

    Args:
        folder: that holds them, or that and the word that their names begin with.
        turned: whether rows and columns of the images are to be changed for each other: EMNIST's files have
            their pictures so.

    Raises:
        ConfigurationError: the folder is no path, or turned is neither true nor false.
        DataError: the folder or a file is missing, damaged, or does not fit the others.
    """
    given = as_path("folder", folder)
    turned = flag("turned", turned)
    folder, word = where_files_lie(given)
    names = names_within(folder, word)
    parts = {
        part: _read_part(folder, names, beginnings, turned)
        for part, beginnings in _BEGINNINGS.items()
        if part != _VALIDATION or files_of(names, ["validation-*"])
    }
    _check_alike(folder, parts)
    image_shape = parts[_TRAINING].images.shape[1:]
    class_names, first_label = _classes(folder, parts)
    examples = {
        part: _examples(f"{folder}, {part} part", content, first_label) for part, content in parts.items()
    }
    train = examples[_TRAINING]
    return Dataset(
        name=_name_of(given.resolve()),
        train=train,
        test=examples[_TEST],
        class_names=class_names,
        image_shape=image_shape if len(image_shape) == 2 else None,
        full_scale=255.0 if train.inputs.dtype == np.uint8 else float(train.inputs.max(initial=0)),
        validation=examples.get(_VALIDATION),
    )


def _name_of(folder: Path) -> str:
    named = folder.parent if folder.name == RAW else folder
    return named.name or "data"  # the root of a disk has no name


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


def _read_part(folder: Path, names: Mapping[str, str], beginnings: Sequence[str], turned: bool) -> _Part:
    images_file, images = _read_one(folder, names, [f"{start}-images" for start in beginnings])
    targets_file, targets = _read_one(
        folder, names, [f"{start}-{kind}" for kind in ("labels", "targets") for start in beginnings]
    )
    if images.ndim < 2:
        raise DataError(
            f"{images_file} has 1 dimension; expected (images, rows, columns) or (images, features)."
        )
    if turned and images.ndim != 3:
        raise DataError(
            f"{images_file} has {images.ndim} dimensions; expected (images, rows, columns), for turned is "
            "true."
        )
    images = images.swapaxes(1, 2) if turned else images
    are_labels = bool(files_of(names, [f"{start}-labels" for start in beginnings]))
    if are_labels and targets.dtype.kind in "iu" and targets.shape[1:] == (_QMNIST_COLUMNS,):
        targets = targets[:, 0]
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
        images,
        targets,
        are_labels,
        _read_one(folder, names, weights)[1] if files_of(names, weights) else None,
    )


def _read_one(folder: Path, names: Mapping[str, str], beginnings: Sequence[str]) -> tuple[Path, RawArray]:
    """Return the one file whose name begins so, and what it holds."""
    found = files_of(names, beginnings)
    # Some unpackers put each file into a folder of its name.
    files = [name for name in found if not (folder / names[name]).is_dir()] or found
    if len({name.removesuffix(".gz").replace(".idx", "-idx") for name in files}) != 1:
        expected = " or ".join(f"{start}-idx*" for start in beginnings)
        given = " and ".join(names[name] for name in files) or "no file"
        raise DataError(f"{folder} holds {given}; expected one file {expected}.")
    first, *others = (folder / names[name] for name in files)
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
    every = np.concatenate(list(labels.values()))
    if names is None:
        first = 0 if largest <= 9 else int(every.min())
        if largest > 9 and (first not in (0, 1) or len(np.unique(train)) != largest - first + 1):
            raise DataError(
                f"{folder}: training example {int(train.argmax())} has the label {largest}; expected 0 to 9, "
                f"or every number from 0 or 1 on. For other classes put {CLASSES_FILE} there, with one "
                "class name a line."
            )
        return tuple(str(label) for label in range(first, largest + 1)), first
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
