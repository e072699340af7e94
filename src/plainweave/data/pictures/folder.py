"""A data set of the user's own: a folder of pictures, in a folder for each class."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from plainweave.arrays import IntArray, RawArray
from plainweave.checks import flag, number, whole_number
from plainweave.data.dataset import Dataset
from plainweave.data.examples import Examples
from plainweave.data.notes import say
from plainweave.data.paths import as_path
from plainweave.data.pictures.files import TEST, TRAINING, VALIDATION, PictureFiles, named, picture_files
from plainweave.data.pictures.image import as_frame, check_fits, flattened, is_on_light, padded
from plainweave.data.pictures.image_file import Measure, measure, open_picture, quietly
from plainweave.data.progress import Counter
from plainweave.data.random_part import set_apart
from plainweave.errors import ConfigurationError, DataError
from plainweave.randomness import test_generator

from PIL import Image  # isort: skip  # once `image_file` has looked whether it is there

_T = TypeVar("_T")

LARGEST = 2**32  # bytes of all pictures, as examples
_THREADS = 4  # each may have a large picture unpacked
_LARGEST_FOUND = 128  # pixels of a side, of pictures that are all of one size
_LARGEST_CHOSEN = 64  # pixels of a side, of pictures of several sizes
_TINGE = 8  # by which red, green and blue of what counts as gray may differ, of 255


@dataclass(frozen=True)
class _Frame:
    """What every picture is made into."""

    rows: int
    columns: int
    colour: bool

    @property
    def features(self) -> int:
        return self.rows * self.columns * (3 if self.colour else 1)


def load_pictures(
    folder: str | Path,
    *,
    size: tuple[int, int] | None = None,
    colour: bool | None = None,
    test: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Load a folder of pictures, with a folder for each class, or such folders for each part.

    The parts' folders are called train, test and validation (or training, testing, val, valid). Classes are
    called as their folders are, in the order of people: "2" before "10". What begins with a dot, and what
    file managers leave, is ignored; anything else that is no picture is refused, and so is a picture that
    can't be read.

    Pictures are PNG, JPEG, GIF, WebP, BMP or TIFF; of several frames the first is read; upright, as EXIF has
    it. They are scaled to fit, their proportions kept; what they do not fill, and what is transparent, is
    white where the picture's corners are light (where they are transparent: where the thing is dark), else
    black. Nothing is inverted.

    Args:
        folder: that holds them.
        size: (rows, columns) of an example. Without it that of the pictures, if all are alike and at most 128
            on each side; else their median sides, scaled down to at most 64.
        colour: whether examples have red, green and blue, (rows, columns, 3) flattened, or gray alone.
            Without it, whether a pixel of any picture has a colour: red, green and blue that differ by
            more than 8.
        test: the share of test examples where the folder has no test part; of each class its share.
        seed: of the choice of these.

    Returns:
        Examples of bytes, 0 to 255, in the order of the classes and the files.

    Raises:
        ConfigurationError: a setting is out of its range, or the test part would be empty.
        DataError: the folder does not hold what it should, or a picture can't be read.
    """
    folder = as_path("folder", folder)
    frame = None if size is None else as_frame("size", size)
    colour = None if colour is None else flag("colour", colour)
    test, seed = number("test", test, above=0, below=1), whole_number("seed", seed, at_least=0)
    files = picture_files(folder)
    inputs, made = _inputs(folder, files, frame, colour)
    parts = _parts(files, inputs)
    if TEST not in parts:
        parts = {**parts, **_held_out(parts[TRAINING], test, seed)}
    return Dataset(
        name=folder.resolve().name or "data",  # the root of a disk has no name
        train=parts[TRAINING],
        test=parts[TEST],
        class_names=files.class_names,
        image_shape=(made.rows, made.columns),
        validation=parts.get(VALIDATION),
    )


def _parts(files: PictureFiles, inputs: RawArray) -> dict[str, Examples]:
    """Return the examples of each part, whose inputs lie one after the other."""
    parts, begin = {}, 0
    for part, pictures in files.parts.items():
        labels: IntArray = np.array([label for _, label in pictures], dtype=np.int64)
        parts[part] = Examples(inputs[begin : begin + len(labels)], labels)
        begin += len(labels)
    return parts


def _held_out(examples: Examples, share: float, seed: int) -> dict[str, Examples]:
    """Part test examples from those that there are, of each class its share."""
    parts = set_apart(examples, share, test_generator(seed), stratify=True)
    if parts is None:
        raise ConfigurationError(
            f"test is {share:g} of {len(examples)} pictures; expected at least 1 to test on and 1 to "
            "train on."
        )
    return {TRAINING: parts[0], TEST: parts[1]}


def _inputs(
    folder: Path, files: PictureFiles, size: tuple[int, int] | None, colour: bool | None
) -> tuple[RawArray, _Frame]:
    """Return all pictures as bytes (pictures, features), and what they were made into."""
    paths = [path for pictures in files.parts.values() for path, _ in pictures]
    with quietly():
        if size is None or colour is None:
            measures = _of_each(folder, paths, "Looking at pictures", lambda row: measure(paths[row]))
            size = size or _found_size(folder, measures)
            may_have = colour is None and any(one.may_have_colour for one in measures)
        else:
            may_have = False
        frame = _Frame(*size, colour=colour or may_have)
        _check_memory(folder, len(paths), frame)
        inputs = np.empty((len(paths), frame.features), np.uint8)

        def fill(row: int) -> bool:
            inputs[row] = pixels = _pixels(paths[row], frame)
            return may_have and bool(np.ptp(pixels.reshape(-1, 3), axis=1).max() > _TINGE)

        has_colour = _of_each(folder, paths, "Reading pictures", fill)
    if may_have and not any(has_colour):
        return _in_gray(inputs), _Frame(*size, colour=False)
    return inputs, frame


def _found_size(folder: Path, measures: Sequence[Measure]) -> tuple[int, int]:
    """Return (rows, columns) of all pictures if these are alike and small, else their median."""
    sizes = np.array([(one.rows, one.columns) for one in measures])
    rows, columns = np.median(sizes, axis=0)
    are_alike = bool((sizes == sizes[0]).all())
    largest = _LARGEST_FOUND if are_alike else _LARGEST_CHOSEN
    scale = 1.0 if max(rows, columns) <= largest else _LARGEST_CHOSEN / max(rows, columns)
    size = max(1, round(rows * scale)), max(1, round(columns * scale))
    if size != tuple(sizes.min(axis=0)) or not are_alike:
        to = "" if are_alike else f" to {_times(sizes.max(axis=0))}"
        say(
            f"{folder}: pictures of {_times(sizes.min(axis=0))}{to} pixels are made {_times(size)}; "
            "size=(rows, columns) makes them others."
        )
    return size


def _times(size: Iterable[int]) -> str:
    return " x ".join(map(str, size))


def _check_memory(folder: Path, pictures: int, frame: _Frame) -> None:
    needed = pictures * frame.features
    if needed > LARGEST:
        raise DataError(
            f"{folder} holds {pictures:,} pictures, {needed:,} bytes at {frame.rows} x {frame.columns} "
            f"pixels; expected at most {LARGEST:,}. Give a smaller size."
        )


def _pixels(path: Path, frame: _Frame) -> RawArray:
    """Return the bytes (features,) of a picture.

    Raises:
        DataError: it can't be read.
    """
    shape = (frame.rows, frame.columns)
    picture = open_picture(path, shape)
    is_light = is_on_light(picture)
    flat = flattened(picture, is_light, frame.colour)
    check_fits(path, flat, shape)
    return np.asarray(padded(flat, shape, is_light)).reshape(-1)


def _in_gray(inputs: RawArray) -> RawArray:
    """Return pictures in RGB (pictures, pixels * 3), which have no colour, in gray (pictures, pixels)."""
    gray = np.empty((len(inputs), inputs.shape[1] // 3), np.uint8)
    for row, pixels in enumerate(inputs):
        gray[row] = np.asarray(Image.fromarray(pixels.reshape(1, -1, 3)).convert("L")).reshape(-1)
    return gray


def _of_each(folder: Path, paths: Sequence[Path], what: str, work: Callable[[int], _T]) -> list[_T]:
    """Return what work makes of every row, on several threads.

    Raises:
        DataError: it refuses pictures; these are named.
    """

    def attempt(row: int) -> _T | DataError:
        try:
            return work(row)
        except DataError as error:
            return error

    results: list[_T] = []
    refused: dict[str, DataError] = {}
    with Counter(what, len(paths)) as counter, ThreadPoolExecutor(_THREADS) as threads:
        try:
            for path, result in zip(paths, threads.map(attempt, range(len(paths))), strict=True):
                counter.count()
                if isinstance(result, DataError):
                    refused[str(path.relative_to(folder))] = result
                else:
                    results.append(result)
        except BaseException:  # Ctrl-C, too, ends what has not begun
            threads.shutdown(cancel_futures=True)
            raise
    if refused:
        raise DataError(
            f"{folder}: {len(refused):,} of {len(paths):,} pictures can't be read: {named(list(refused))}. "
            f"Remove them, or take other copies. {'The first: ' * (len(refused) > 1)}"
            f"{next(iter(refused.values()))}"
        )
    return results
