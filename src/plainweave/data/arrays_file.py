"""A data set of the user's own in NumPy's files: a folder of .npy files, or one .npz.

A .npy file of inputs may be larger than memory: it stays where it is, see `Stored`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from plainweave.arrays import FloatArray, RawArray
from plainweave.checks import did_you_mean
from plainweave.data.dataset import Dataset
from plainweave.data.examples import Examples
from plainweave.data.folder import CLASSES_FILE, read_names
from plainweave.data.labels import as_labels
from plainweave.data.npy import Array, read_npy, read_npz
from plainweave.data.random_part import set_apart
from plainweave.data.stored import is_stored
from plainweave.errors import DataError, ShapeError, shown
from plainweave.randomness import test_generator

_MOST_UNNAMED = 10_000  # classes
_TEST_SHARE = 0.2  # of the examples, where there are none to test on
_CLASSES = "classes"
_TRAIN, _TEST, _VALIDATION = "training", "test", "validation"
_PARTS = {"train": _TRAIN, "test": _TEST, "validation": _VALIDATION, "val": _VALIDATION}
# What is in an array, by the last or the first word of its name; some are of Keras's and MedMNIST's files.
_INPUTS, _LABELS, _TARGETS, _EITHER, _WEIGHTS = "inputs", "labels", "targets", "labels or targets", "weights"
_KINDS = {
    **dict.fromkeys(("inputs", "images", "x"), _INPUTS),
    **{"labels": _LABELS, "targets": _TARGETS, "y": _EITHER, "weights": _WEIGHTS},
}
_WORDS = re.compile(
    rf"(?:({'|'.join(_PARTS)})_)?({'|'.join(_KINDS)})(?:_({'|'.join(_PARTS)}))?", re.IGNORECASE
)


@dataclass(frozen=True)
class _Named:
    """An array and the name that it has for people."""

    name: str
    array: Array


@dataclass(frozen=True)
class _Found:
    """The arrays of a data set by part and kind, and the names of its classes where they are given."""

    where: Path
    arrays: dict[tuple[str, str], _Named]
    class_names: tuple[str, ...] | None


def is_arrays(path: Path) -> bool:
    """Whether a path is one of an .npz file, or of a folder that holds inputs as a .npy file."""
    if path.suffix == ".npz":
        return True
    return any(_place_of(file.stem) == (_TRAIN, _INPUTS) for file in path.glob("*.npy"))


def load_arrays(path: Path) -> Dataset:
    """Load a folder of .npy files, or an .npz file.

    The arrays are called `inputs`, (examples, features) or (examples, rows, columns), and `labels` where
    targets are classes or `targets` where they are numbers; `test_inputs`, `validation_inputs` and so on are
    those of the other parts, and `weights` tell how much examples count. `y_train` is labels where it holds
    whole numbers or texts. Labels are whole numbers from 0, or texts. A file `classes.txt` in the folder, one
    name a line, or an array `classes` of texts in the .npz file, names classes of whole numbers. Without
    examples to test on a fifth is set apart, by chance and always the same.

    Raises:
        DataError: a file is missing, damaged or of another kind, or does not fit the others.
    """
    found = _of_npz(path) if path.suffix == ".npz" else _of_folder(path)
    parts = [part for part in (_TRAIN, _TEST, _VALIDATION) if any(part == at for at, _ in found.arrays)]
    targets = {part: _targets(found, part) for part in dict.fromkeys((_TRAIN, *parts))}
    names, targets = _as_classes(found, targets)
    examples = {part: _examples(found, part, array) for part, array in targets.items()}
    train, test = examples[_TRAIN], examples.get(_TEST)
    if test is None:
        train, test = _set_apart(found.where, train, bool(names))
    sides = found.arrays[_TRAIN, _INPUTS].array.shape[1:]
    return Dataset(
        name=path.resolve().name.removesuffix(".npz") or "data",
        train=train,
        test=test,
        class_names=names,
        image_shape=sides if len(sides) == 2 else None,
        full_scale=_full_scale(train),
        validation=examples.get(_VALIDATION),
        target_name="" if names else "target",
    )


def _of_npz(path: Path) -> _Found:
    arrays = read_npz(path)
    names = arrays.pop(_CLASSES, None)
    if names is not None and (names.dtype.kind != "U" or names.ndim != 1):
        raise DataError(
            f"{path}, {_CLASSES}: {names.dtype} of shape {names.shape}; expected texts (classes,)."
        )
    return _Found(path, _placed(path, arrays), None if names is None else tuple(names.tolist()))


def _of_folder(path: Path) -> _Found:
    files = {file.stem: file for file in sorted(path.glob("*.npy"))}
    _placed(path, dict.fromkeys(files, np.empty(0)))  # a name that is not known is told before files are read
    arrays = {name: read_npy(file) for name, file in files.items()}
    return _Found(path, _placed(path, arrays), read_names(path / CLASSES_FILE))


def _placed(where: Path, arrays: Mapping[str, Array]) -> dict[tuple[str, str], _Named]:
    """Return arrays by part and kind."""
    placed: dict[tuple[str, str], _Named] = {}
    for name, array in arrays.items():
        place = _place_of(name)
        if place is None:
            known = ("inputs", "labels", "targets", "weights", "test_inputs", "test_labels", "test_targets")
            raise DataError(
                f"{where} holds {name!r}; expected {', '.join(known)}, or the like of the validation part."
                f"{did_you_mean(name, known)} {_advice_on(name)}"
            )
        if place in placed:
            raise DataError(f"{where} holds {placed[place].name!r} and {name!r}; expected one of them.")
        placed[place] = _Named(name, array)
    return placed


def _advice_on(name: str) -> str:
    """Return what to do with an array whose name is not known; np.savez makes one where it is told none."""
    if re.fullmatch(r"arr_\d+", name):
        return "Say what each is: np.savez(file, inputs=inputs, labels=labels)."
    return "Move it elsewhere."


def _place_of(name: str) -> tuple[str, str] | None:
    """Return the part and the kind that a name tells, or None."""
    words = _WORDS.fullmatch(name)
    if words is None or (words[1] and words[3]):
        return None
    part = words[1] or words[3]
    return _PARTS[part.lower()] if part else _TRAIN, _KINDS[words[2].lower()]


def _targets(found: _Found, part: str) -> _Named:
    """Return the targets of a part, under a kind that says whether they are labels."""
    given = [kind for kind in (_LABELS, _TARGETS, _EITHER) if (part, kind) in found.arrays]
    if (part, _INPUTS) not in found.arrays or len(given) != 1:
        names = [named.name for (of, _), named in found.arrays.items() if of == part]
        raise DataError(
            f"{found.where} holds {' and '.join(map(repr, names)) or 'nothing'} for the {part} part; "
            "expected inputs, and labels for classes or targets for numbers."
        )
    return found.arrays[part, given[0]]


def _are_labels(targets: _Named) -> bool:
    place = _place_of(targets.name)
    kind = None if place is None else place[1]
    return kind == _LABELS or (kind == _EITHER and targets.array.dtype.kind in "iuU")


def _as_classes(found: _Found, given: Mapping[str, _Named]) -> tuple[tuple[str, ...], dict[str, _Named]]:
    """Return the names of the classes, none of numbers, and the targets of each part as numbers."""
    are_labels = {part: _are_labels(targets) for part, targets in given.items()}
    if len(set(are_labels.values())) > 1:
        kinds = [f"{named.name!r}" for named in given.values()]
        raise DataError(f"{found.where}: {' and '.join(kinds)} differ in kind; expected labels, or targets.")
    if not are_labels[_TRAIN]:
        if found.class_names is not None:
            raise DataError(f"{found.where} names classes, and its targets are numbers; expected labels.")
        return (), dict(given)
    labels = {part: _labels(found, named) for part, named in given.items()}
    if any(named.array.dtype.kind == "U" for named in labels.values()):
        return _of_texts(found, labels)
    largest = max(float(cast(RawArray, named.array).max(initial=0)) for named in labels.values())
    if found.class_names is None and not 0 <= largest < _MOST_UNNAMED:
        raise DataError(
            f"{found.where} has the label {largest:g}; expected 0 to {_MOST_UNNAMED - 1}. Name the classes "
            f"in {CLASSES_FILE}, or call them targets where they are numbers."
        )
    return found.class_names or tuple(map(str, range(int(largest) + 1))), labels


def _of_texts(found: _Found, given: Mapping[str, _Named]) -> tuple[tuple[str, ...], dict[str, _Named]]:
    """Return the names of classes, in alphabetical order where no other is given, and their numbers."""
    names = found.class_names
    if names is None:
        names = tuple(sorted(set(given[_TRAIN].array.astype(str).tolist())))
    numbers = {name: number for number, name in enumerate(names)}
    labels = {}
    for part, named in given.items():
        texts = named.array.astype(str).tolist()
        unknown = next((row for row, text in enumerate(texts) if text not in numbers), None)
        if unknown is not None:
            raise DataError(
                f"{found.where}, {named.name}: example {unknown} has the label {shown(texts[unknown])}; "
                f"expected one of {shown(list(names))}."
            )
        labels[part] = _Named(named.name, np.array([numbers[text] for text in texts], np.int64))
    return names, labels


def _labels(found: _Found, given: _Named) -> _Named:
    """Return labels (examples,): the numbers of classes, or texts."""
    array = given.array
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    try:
        if array.dtype.kind != "U" or array.ndim != 1:
            array = as_labels(cast(RawArray, array))
    except (DataError, ShapeError) as error:
        raise DataError(f"{found.where}, {given.name}: {error}") from error
    return _Named(given.name, array)


def _examples(found: _Found, part: str, targets: _Named) -> Examples:
    inputs, weights = found.arrays[part, _INPUTS], found.arrays.get((part, _WEIGHTS))
    try:
        return Examples(
            cast(RawArray, inputs.array),
            cast(RawArray, targets.array),
            None if weights is None else cast(FloatArray, weights.array),
        )
    except (DataError, ShapeError) as error:
        raise DataError(f"{found.where}, {part} part: {error}") from error


def _set_apart(where: Path, examples: Examples, are_labels: bool) -> tuple[Examples, Examples]:
    """Return examples to train on, and a fifth of them to test on."""
    stratify = are_labels and not is_stored(examples.inputs)
    parts = set_apart(examples, _TEST_SHARE, test_generator(0), stratify=stratify)
    if parts is None:
        raise DataError(
            f"{where} holds {len(examples)} examples and none to test on; expected at least 3, or "
            "test_inputs and their targets."
        )
    return parts


def _full_scale(train: Examples) -> float:
    """Return 255 of bytes, else the largest number."""
    inputs = train.inputs
    if inputs.dtype == np.uint8:
        return 255.0
    return float(inputs.largest if is_stored(inputs) else inputs.max(initial=0))
