"""learned.json: the form of what the best network learned, with its reader and writer."""

import base64
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np

from plainweave.arrays import RawArray
from plainweave.display import counted
from plainweave.evidence.output import read_output, write_output
from plainweave.experiments import WEIGHTS_FILE, is_experiment_id, run_folder
from plainweave.storage.files import sha256_of
from plainweave.storage.forms import Json, Range, short
from plainweave.training import LARGEST_MODEL

LEARNED_FILE = "learned.json"
_LARGEST_FILE = 2**23  # bytes; 800,000 of them are pictures at most
_LARGEST = 1e100
_SURE = 1.001  # 1, and what float32 may add to it
_PIXELS = {"uint8": "u1", "float32": "<f4"}


@dataclass(frozen=True)
class Mistake:
    """A test example that the network takes for another class.

    Attributes:
        index: of the example.
        true, predicted: numbers of classes.
        probability: that the network gives the predicted class.
        picture: see `Learned.images`.
    """

    index: int
    true: int
    predicted: int
    probability: Annotated[float, Range(0, _SURE)]
    picture: str = field(repr=False)


@dataclass(frozen=True, repr=False)
class Samples:
    """Some test examples: `labels` (n,), and `pictures`, n of them one after the other."""

    labels: tuple[int, ...]
    pictures: str

    def __repr__(self) -> str:
        return f"Samples({counted(len(self.labels), 'example')})"


@dataclass(frozen=True, repr=False)
class Learned:
    """What learned.json holds: the test examples, seen through the best run's network.

    Attributes:
        experiment, seed: which run is the best.
        weights: SHA-256 of its weights' file.
        class_names: those that the network was trained with.
        image_shape: (rows, columns) of an example, or None where examples are no images.
        full_scale: the value of a fully bright pixel.
        pixels: how pictures are stored.
        confusion: test examples by true class and predicted class; None for too many classes.
        mistakes: the most confident ones first.
        samples: the first test examples.

    Raises:
        ValueError: these do not fit each other.
    """

    VERSION: ClassVar[int] = 2
    experiment: str
    seed: int
    weights: str
    class_names: tuple[str, ...]
    image_shape: tuple[int, int] | None
    full_scale: Annotated[float, Range(0, _LARGEST)]
    pixels: Literal["uint8", "float32"]
    confusion: tuple[tuple[int, ...], ...] | None
    mistakes: tuple[Mistake, ...]
    samples: Samples

    def __repr__(self) -> str:
        return f"Learned({self.experiment!r} seed {self.seed}, {counted(len(self.class_names), 'class')})"

    def __post_init__(self) -> None:
        if not is_experiment_id(self.experiment):
            raise ValueError(f"experiment is {short(self.experiment)}; expected an experiment's id")
        if self.image_shape is not None and 0 in self.image_shape:
            raise ValueError(f"image_shape is {short(list(self.image_shape))}; expected rows and columns")
        classes = len(self.class_names)
        if self.confusion is not None and [len(row) for row in self.confusion] != [classes] * classes:
            raise ValueError(
                f"confusion has other rows than {classes} of {classes} counts, one for each class"
            )
        for label in self._labels():
            if label >= classes:
                raise ValueError(f"an example is of class {label}; expected 0 to {classes - 1}")
        for mistake in self.mistakes:
            self._check_pictures(mistake.picture, 1)
        self._check_pictures(self.samples.pictures, len(self.samples.labels))

    @staticmethod
    def from_version_1(content: Mapping[str, Json]) -> dict[str, Json]:
        """Return the content of a file of 0.1, which held the same."""
        return dict(content)

    def images(self, pictures: str) -> RawArray:
        """Return stored pictures as an array of bytes or float32s; none if no images.

        It is (n, rows, columns) or, in colour, (n, rows, columns, 3).
        """
        flat = np.frombuffer(base64.b64decode(pictures, validate=True), _PIXELS[self.pixels])
        if self.image_shape is None:
            return flat[:0].reshape(0, 0, 0)
        return flat.reshape(-1, *self.image_shape, *(() if self.channels == 1 else (self.channels,)))

    @property
    def channels(self) -> int:
        """The numbers of a pixel: 3 where pictures have three times as many as their shape has pixels."""
        pictures = [mistake.picture for mistake in self.mistakes[:1]]
        count = len(pictures) or len(self.samples.labels)
        content = base64.b64decode((pictures or [self.samples.pictures])[0], validate=True)
        if self.image_shape is None or not count:
            return 1
        pixels = count * math.prod(self.image_shape)
        return 3 if len(content) == 3 * pixels * np.dtype(_PIXELS[self.pixels]).itemsize else 1

    def _labels(self) -> Iterator[int]:
        yield from self.samples.labels
        for mistake in self.mistakes:
            yield from (mistake.true, mistake.predicted)

    def _check_pictures(self, pictures: str, count: int) -> None:
        """Check that a text is base64 of as many pictures, of finite pixels."""
        content = base64.b64decode(pictures, validate=True)
        if self.image_shape is None:
            return  # nothing shows them
        dtype = np.dtype(_PIXELS[self.pixels])
        expected = count * math.prod(self.image_shape) * self.channels * dtype.itemsize
        if len(content) != expected:
            raise ValueError(f"pictures have {len(content)} bytes; expected {expected}")
        if not np.isfinite(np.frombuffer(content, dtype)).all():
            raise ValueError("a picture has a pixel that is not finite")


def read_learned(out: Path) -> Learned | None:
    """Read learned.json of an output folder; it counts only while the weights it was made with lie there.

    Raises:
        RecordError: it can't be read, or is not what `write_learned` writes.
    """
    learned = read_output(out / LEARNED_FILE, Learned, _LARGEST_FILE)
    if learned is None:
        return None
    weights = run_folder(out, learned.experiment, learned.seed) / WEIGHTS_FILE
    try:
        digest = sha256_of(weights, LARGEST_MODEL)
    except OSError:
        return None
    return learned if digest == learned.weights else None


def write_learned(out: Path, learned: Learned | None) -> None:
    """Write learned.json of an output folder; None takes away an older one.

    Raises:
        RecordError: it can't be written, or somebody's own file lies there.
    """
    write_output(out / LEARNED_FILE, learned, indent=None)
