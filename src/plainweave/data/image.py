"""Pictures from people, made into what a network was trained on."""

import io
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import numpy as np

from plainweave.arrays import IntArray, RawArray
from plainweave.checks import choice, number, whole_number
from plainweave.data.paths import as_path
from plainweave.data.sizes import LARGEST
from plainweave.errors import ConfigurationError, DataError, shown
from plainweave.extras import need
from plainweave.storage.files import read_bounded

need("images")  # before the line below

from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: E402

BACKGROUNDS = ("auto", "dark", "light")
# What browsers read too. No TIFF: one of few pixels may have tiles that unpack to gigabytes.
KINDS = "PNG, JPEG, GIF, WebP or BMP"
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")  # the same, as Pillow names them
LARGEST_FILE = 2**27  # bytes
MOST_PIXELS = 50_000_000  # reading takes up to 20 bytes for each
_CORNER = 9  # a picture's shorter side is so many corners long


def read_image(
    path: str | Path, shape: tuple[int, int], *, full_scale: float = 255.0, background: str = "auto"
) -> RawArray:
    """Read a picture of any size as one example (1, rows * columns), bright on dark.

    It may be a PNG, JPEG, GIF, WebP or BMP; of several frames the first is read. It is turned gray and
    scaled to fit, its proportions kept; what it does not fill is background. Transparent parts are
    background too.

    Args:
        path: of the picture.
        shape: (rows, columns) of the network's images.
        full_scale: the value of a fully bright pixel.
        background: of the picture, "dark" or "light"; a light one is inverted. "auto" tells them apart by
            the picture's corners or, where these are transparent, by what is seen.

    Raises:
        ConfigurationError: the path is none, the shape is not two sizes, the full scale is no number from 0
            to 1e15, or the background is none of these.
        DataError: the file can't be read, is no such picture, is damaged, has too many pixels, or they are
            all alike.
    """
    path = as_path("path", path)
    rows, columns = _checked(shape)
    choice("background", background, BACKGROUNDS)
    full_scale = number("full_scale", full_scale, at_most=LARGEST)
    picture = _open(path)
    if background == "auto":
        background = "light" if _is_on_light(picture) else "dark"
    shade = 255 if background == "light" else 0
    canvas = Image.new("RGBA", picture.size, (shade, shade, shade, 255))
    gray = Image.alpha_composite(canvas, picture).convert("L")
    if not all(_fits_in(gray.size, (columns, rows))):
        raise DataError(
            f"{path} is {gray.width} x {gray.height} pixels; expected sides nearer to those of the network's "
            f"images, {columns} x {rows}. Crop it."
        )
    darkest, brightest = gray.getextrema()
    if darkest == brightest:
        raise DataError(f"{path} shows nothing: all its pixels are alike. Take another picture.")
    fitted = ImageOps.pad(gray, (columns, rows), Image.Resampling.LANCZOS, color=shade)
    brightness = np.asarray(fitted, dtype=np.float32) / 255
    if background == "light":
        brightness = 1 - brightness
    return (brightness * full_scale).reshape(1, -1)


def _checked(shape: object) -> tuple[int, int]:
    """Return (rows, columns) as Python's numbers."""
    try:
        height, width = cast(Iterable[object], shape)
    except (TypeError, ValueError):  # it can't be parted, or not into two
        raise ConfigurationError(f"shape is {shown(shape)}; expected (rows, columns).") from None
    rows, columns = (
        whole_number(name, side, at_least=1) for name, side in (("shape[0]", height), ("shape[1]", width))
    )
    if rows * columns > MOST_PIXELS:
        raise ConfigurationError(f"shape is {shown(shape)}; expected at most {MOST_PIXELS:,} pixels.")
    return rows, columns


def _open(path: Path) -> Image.Image:
    """Return a picture in RGBA, upright; nothing large is unpacked."""
    try:
        content = read_bounded(path, LARGEST_FILE)
    except FileNotFoundError:
        raise DataError(f"{path} is not there. Give the path of a picture: {KINDS}.") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}. Take another copy.") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd in a file, but can be read
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                return _eight_bits(ImageOps.exif_transpose(picture)).convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise DataError(
            f"{path} has too many pixels to be read safely; expected at most {MOST_PIXELS:,}. Scale it down."
        ) from None
    except UnidentifiedImageError:
        raise DataError(
            f"{path} is no picture of a known kind; expected {KINDS}. Convert it to one."
        ) from None
    except Exception as error:  # Pillow lets through whatever its parsers stumble over
        raise DataError(f"{path} can't be read as an image: {error}. Take another copy.") from error


def _is_on_light(picture: Image.Image) -> bool:
    """Whether a picture in RGBA has a light background: its corners, which things seldom reach, tell.

    Where they are transparent, what is seen decides: a dark thing is meant to lie on a light ground.
    """
    side = max(1, min(picture.size) // _CORNER)
    right, bottom = picture.width - side, picture.height - side
    corners = [
        picture.crop((x, y, x + side, y + side)) for x in sorted({0, right}) for y in sorted({0, bottom})
    ]
    seen = np.sum([_shades(corner) for corner in corners], axis=0)
    if 2 * seen.sum() >= len(corners) * side * side:
        return _median(seen) > 127
    return _median(_shades(picture)) <= 127


def _shades(picture: Image.Image) -> IntArray:
    """Count the pixels of a picture in RGBA (256,) by their brightness, but for those that are not seen."""
    seen = picture.getchannel("A").point(lambda alpha: 255 * (alpha > 127))
    return np.array(picture.convert("L").histogram(seen))


def _median(shades: IntArray) -> int:
    """Return the brightness that half of the pixels do not exceed."""
    return int(np.searchsorted(shades.cumsum(), shades.sum() / 2))


def _fits_in(size: tuple[int, int], frame: tuple[int, int]) -> tuple[bool, bool]:
    """Whether width and height are a pixel or more, once the picture is scaled into the frame."""
    scale = min(frame[0] / size[0], frame[1] / size[1])
    return round(size[0] * scale) > 0, round(size[1] * scale) > 0


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale gray of 16 bits to 8; Pillow's own conversion cuts off all that is brighter than 255."""
    if picture.mode != "I" and not picture.mode.startswith("I;16"):
        return picture
    return Image.fromarray(((np.asarray(picture, np.uint32) + 128) // 257).astype(np.uint8))
