"""Files of pictures from strangers, opened within bounds: of few pixels, in 8 bits, upright."""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plainweave.errors import DataError
from plainweave.extras import need
from plainweave.storage.files import read_bounded

need("images")  # before the line below

from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError  # noqa: E402

logging.getLogger("PIL").addHandler(logging.NullHandler())  # or what is odd in a file is printed

KINDS = "PNG, JPEG, GIF, WebP, BMP or TIFF"
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")  # the same, as Pillow names them
LARGEST_FILE = 2**27  # bytes
MOST_PIXELS = 50_000_000  # reading takes up to 20 bytes for each
_ENOUGH = 4  # times the rows and columns of the frame: more are not seen in it
_LARGEST_TILE = 2**20  # pixels that a TIFF of fewer may be unpacked in
_NO_TILE = 2**32 - 1  # rows of a strip that has them all
_ORIENTATION, _ROWS_PER_STRIP, _TILE_WIDTH, _TILE_LENGTH = 274, 278, 322, 323  # tags
_ON_ITS_SIDE = (5, 6, 7, 8)  # orientations that change rows for columns
_GRAY = ("1", "L", "LA", "La", "I")  # modes, with those that begin with I;16


@dataclass(frozen=True)
class Measure:
    """What a picture's header says: its rows and columns, upright, and whether it may have colours."""

    rows: int
    columns: int
    may_have_colour: bool


@contextmanager
def quietly() -> Iterator[None]:
    """Have Pillow say nothing of what is odd in a file but can be read. Threads begin within."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def measure(path: Path) -> Measure:
    """Return what a picture's header says; call it `quietly`.

    Raises:
        DataError: the file can't be read, is no picture, or has too many pixels.
    """
    with _opened(path) as picture:
        rows, columns = picture.height, picture.width
        if picture.getexif().get(_ORIENTATION) in _ON_ITS_SIDE:
            rows, columns = columns, rows
        is_gray = picture.mode in _GRAY or picture.mode.startswith("I;16")
        return Measure(rows, columns, not is_gray)


def open_picture(path: Path, frame: tuple[int, int] | None = None) -> Image.Image:
    """Return a picture in RGBA, or in RGB where nothing is transparent, upright; call it `quietly`.

    Args:
        path: of the file.
        frame: (rows, columns) that it is to be scaled to; a JPEG is unpacked to as few pixels as may be seen
            in it, at an eighth of its size at least.

    Raises:
        DataError: as `measure` has it, or the file is damaged.
    """
    with _opened(path) as picture:
        if frame is not None:
            enough = _ENOUGH * max(frame)  # it may lie on its side
            picture.draft(None, (enough, enough))
        upright = _eight_bits(path, ImageOps.exif_transpose(picture))
        return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open a picture of which nothing large is unpacked, and tell in our words what Pillow stumbles over."""
    try:
        content = read_bounded(path, LARGEST_FILE)
    except FileNotFoundError:
        raise DataError(f"{path} is not there. Give the path of a picture: {KINDS}.") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}. Take another copy.") from error
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            _check_pixels(path, picture)
            yield picture
    except DataError:
        raise
    except Image.DecompressionBombError:
        raise _too_many(path) from None
    except UnidentifiedImageError:
        raise DataError(
            f"{path} is no picture of a known kind; expected {KINDS}. Convert it to one."
        ) from None
    except Exception as error:  # Pillow lets through whatever its parsers stumble over
        raise DataError(f"{path} can't be read as an image: {error}. Take another copy.") from error


def _check_pixels(path: Path, picture: Image.Image) -> None:
    """Check that a picture, or a tile of a TIFF, unpacks to no more than is safe."""
    pixels = picture.width * picture.height
    if pixels > min(MOST_PIXELS, Image.MAX_IMAGE_PIXELS or MOST_PIXELS):
        raise _too_many(path)
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return
    tags = picture.tag_v2
    strip = tags.get(_ROWS_PER_STRIP, _NO_TILE)
    largest = max(
        tags.get(_TILE_WIDTH, 0) * tags.get(_TILE_LENGTH, 0),
        0 if strip == _NO_TILE else strip * picture.width,
    )
    if largest > max(pixels, min(_LARGEST_TILE, MOST_PIXELS)):
        raise DataError(
            f"{path} has {picture.width} x {picture.height} pixels in a tile of {largest:,}; expected a tile "
            "of a fit size. Save it anew, as PNG."
        )


def _too_many(path: Path) -> DataError:
    return DataError(
        f"{path} has too many pixels to be read safely; expected at most {MOST_PIXELS:,}. Scale it down."
    )


def _eight_bits(path: Path, picture: Image.Image) -> Image.Image:
    """Scale gray of 16 bits to 8; Pillow's own conversion cuts off all that is brighter than 255."""
    if picture.mode == "F":
        raise DataError(
            f"{path} holds pixels of floating point; expected 8 or 16 bits. Scale and save it as PNG."
        )
    if picture.mode != "I" and not picture.mode.startswith("I;16"):
        return picture
    pixels = np.asarray(picture).astype(np.int64)
    if pixels.min(initial=0) < 0 or pixels.max(initial=0) > 0xFFFF:
        raise DataError(f"{path} holds pixels of 32 bits; expected 8 or 16 bits. Scale and save it as PNG.")
    return Image.fromarray(((pixels + 128) // 257).astype(np.uint8))
