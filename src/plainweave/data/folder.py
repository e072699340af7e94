"""A data set of the user's own: a folder of IDX files under the names of the MNIST family."""

import math
from pathlib import Path

import numpy as np

from plainweave.data.dataset import Dataset, Examples
from plainweave.data.idx import read_idx
from plainweave.errors import DataError
from plainweave.files import read_bounded

_CLASSES_FILE = "classes.txt"
_LARGEST_CLASSES_FILE = 2**20  # bytes
_TRAIN, _TEST = ("train",), ("t10k", "test")


def load_folder(folder: str | Path) -> Dataset:
    """Load a folder of four IDX files, gzip or plain.

    They are called `train-images-idx*`, `train-labels-idx*`, `t10k-images-idx*` and `t10k-labels-idx*`
    (or `test-` for `t10k-`). Images are (examples, rows, columns) or (examples, features). A file
    `classes.txt` names the classes, one a line; without it there are as many as the largest training
    label says, at most 10.

    Raises:
        DataError: the folder or a file is missing, damaged, or does not fit the others.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder. Give one that holds the four IDX files.")
    train, image_shape = _read_part(folder, _TRAIN)
    test, test_shape = _read_part(folder, _TEST)
    if test_shape != image_shape:
        raise DataError(
            f"{folder}: training images have shape {image_shape} and test images {test_shape}; "
            "expected the same."
        )
    return Dataset(
        name=folder.resolve().name,
        train=train,
        test=test,
        class_names=_class_names(folder, train),
        image_shape=image_shape if len(image_shape) == 2 else None,
        full_scale=255.0 if train.inputs.dtype == np.uint8 else float(train.inputs.max(initial=0)),
    )


def _read_part(folder: Path, prefixes: tuple[str, ...]) -> tuple[Examples, tuple[int, ...]]:
    images_file, labels_file = (_find(folder, prefixes, kind) for kind in ("images", "labels"))
    images, labels = read_idx(images_file), read_idx(labels_file)
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
    features = math.prod(images.shape[1:])
    try:
        return Examples(images.reshape(len(images), features), labels), images.shape[1:]
    except DataError as error:
        raise DataError(f"{images_file} and {labels_file.name}: {error}") from error


def _find(folder: Path, prefixes: tuple[str, ...], kind: str) -> Path:
    patterns = [f"{prefix}-{kind}-idx*" for prefix in prefixes]
    found = sorted(path for pattern in patterns for path in folder.glob(pattern))
    if len(found) == 1:
        return found[0]
    given = "no file" if not found else " and ".join(path.name for path in found)
    raise DataError(f"{folder} holds {given}; expected one file {' or '.join(patterns)}.")


def _class_names(folder: Path, train: Examples) -> tuple[str, ...]:
    names_file = folder / _CLASSES_FILE
    if names_file.exists():
        try:
            lines = read_bounded(names_file, _LARGEST_CLASSES_FILE).decode("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{names_file} can't be read: {error}. Write it as UTF-8.") from error
        return tuple(line.strip() for line in lines if line.strip())
    largest = int(train.labels.max(initial=0))
    if largest > 9:
        raise DataError(
            f"{folder}: training example {int(train.labels.argmax())} has the label {largest}; expected "
            f"0 to 9. For more classes, put {_CLASSES_FILE} there, with one class name a line."
        )
    return tuple(str(label) for label in range(largest + 1))
