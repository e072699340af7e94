"""Pictures from people, made into what a network was trained on."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from plainweave.arrays import IntArray, RawArray
from plainweave.checks import choice, number, whole_number
from plainweave.data.paths import as_path
from plainweave.data.pictures import image_file
from plainweave.data.pictures.image_file import open_picture, quietly
from plainweave.data.sizes import LARGEST
from plainweave.errors import ConfigurationError, DataError, shown

from PIL import Image, ImageOps  # isort: skip  # once `image_file` has looked whether it is there

BACKGROUNDS = ("auto", "dark", "light", "keep")
_CORNER = 9  # a picture's shorter side is so many corners long


@dataclass(frozen=True)
class Reading:
    """A picture as one example, and what was found on the way.

    Attributes:
        inputs: (1, features).
        was_inverted: whether its light ground was made dark.
        filled: of the frame's rows or columns the larger share that the thing takes; 0 where none is seen.
    """

    inputs: RawArray
    was_inverted: bool
    filled: float


def read_image(
    path: str | Path,
    shape: tuple[int, int],
    *,
    full_scale: float = 255.0,
    background: str = "auto",
    colour: bool = False,
    trim: float | None = None,
) -> RawArray:
    """Read a picture of any size as one example: (1, rows * columns), or three times as many in colour.

    It may be a PNG, JPEG, GIF, WebP, BMP or TIFF; of several frames the first is read. It is turned gray and
    scaled to fit, its proportions kept; what it does not fill is background. Transparent parts are
    background too.

    Args:
        path: of the picture.
        shape: (rows, columns) of the network's images.
        full_scale: the value of a fully bright pixel.
        background: of the picture, "dark" or "light"; a light one is inverted. "auto" tells them apart by
            the picture's corners or, where these are transparent, by what is seen. "keep" inverts nothing.
        colour: whether to keep red, green and blue, one after the other for each pixel. Then nothing is
            inverted.
        trim: cuts the picture to the thing on its ground, which then takes at most that share of the frame's
            rows and columns, its center of mass in the middle where that leaves room: 20 / 28 is what MNIST
            has, 1 fills the frame.

    Raises:
        ConfigurationError: the path is none, the shape is not two sizes, the full scale is no number from 0
            to 1e15, the background is none of these, or trim is not above 0 and at most 1.
        DataError: the file can't be read, is no such picture, is damaged, has too many pixels, or they are
            all alike.
    """
    return read_picture(
        path, shape, full_scale=full_scale, background=background, colour=colour, trim=trim
    ).inputs


def read_picture(
    path: str | Path,
    shape: tuple[int, int],
    *,
    full_scale: float = 255.0,
    background: str = "auto",
    colour: bool = False,
    trim: float | None = None,
) -> Reading:
    """Read a picture as `read_image` does, and say what was found on the way."""
    from plainweave.data.pictures.trim import filled, trimmed

    path = as_path("path", path)
    frame = as_frame("shape", shape)
    choice("background", background, BACKGROUNDS)
    full_scale = number("full_scale", full_scale, at_most=LARGEST)
    share = None if trim is None else number("trim", trim, above=0, at_most=1)
    with quietly():
        picture = open_picture(path, frame if share is None else None)
    is_light = is_on_light(picture) if background in ("auto", "keep") else background == "light"
    is_inverted = is_light and background != "keep" and not colour
    flat = flattened(picture, is_light, colour)
    check_fits(path, flat, frame)
    if all(low == high for low, high in np.reshape(flat.getextrema(), (-1, 2))):
        raise DataError(f"{path} shows nothing: all its pixels are alike. Take another picture.")
    if share is not None:
        fitted = trimmed(flat, frame, share, clear_ground=not colour and background != "keep")
    else:
        fitted = padded(flat, frame, is_light)
    brightness = np.asarray(fitted, dtype=np.float32) / 255
    if is_inverted:
        brightness = 1 - brightness
    return Reading((brightness * full_scale).reshape(1, -1), is_inverted, filled(fitted))


def as_frame(name: str, given: object) -> tuple[int, int]:
    """Return (rows, columns) as Python's numbers.

    Raises:
        ConfigurationError: they are not two sizes, or of too many pixels.
    """
    try:
        height, width = cast(Iterable[object], given)
    except (TypeError, ValueError):  # it can't be parted, or not into two
        raise ConfigurationError(f"{name} is {shown(given)}; expected (rows, columns).") from None
    rows, columns = (
        whole_number(part, side, at_least=1) for part, side in ((f"{name}[0]", height), (f"{name}[1]", width))
    )
    if rows * columns > image_file.MOST_PIXELS:
        raise ConfigurationError(
            f"{name} is {shown(given)}; expected at most {image_file.MOST_PIXELS:,} pixels."
        )
    return rows, columns


def flattened(picture: Image.Image, is_light: bool, colour: bool) -> Image.Image:
    """Return a picture in gray, or in RGB, on a white or a black ground where it is transparent."""
    if picture.mode == "RGBA":
        shade = 255 if is_light else 0
        canvas = Image.new("RGBA", picture.size, (shade, shade, shade, 255))
        picture = Image.alpha_composite(canvas, picture)
    return picture.convert("RGB" if colour else "L")


def check_fits(path: Path, picture: Image.Image, frame: tuple[int, int]) -> None:
    """Check that a picture scaled into the frame (rows, columns) has a pixel or more on each side.

    Raises:
        DataError: it has not.
    """
    rows, columns = frame
    scale = min(columns / picture.width, rows / picture.height)
    if not (round(picture.width * scale) and round(picture.height * scale)):
        raise DataError(
            f"{path} is {picture.width} x {picture.height} pixels; expected sides nearer to those of the "
            f"network's images, {columns} x {rows}. Crop it."
        )


def padded(picture: Image.Image, frame: tuple[int, int], is_light: bool) -> Image.Image:
    """Return a picture scaled to fit the frame (rows, columns), white or black around it."""
    rows, columns = frame
    shade = 255 if is_light else 0
    color = shade if picture.mode == "L" else (shade, shade, shade)
    return ImageOps.pad(picture, (columns, rows), Image.Resampling.LANCZOS, color=color)


def is_on_light(picture: Image.Image) -> bool:
    """Whether a picture has a light background: its corners, which things seldom reach, tell.

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
    """Count the pixels of a picture (256,) by their brightness, but for those that are not seen."""
    seen = None
    if picture.mode == "RGBA":
        seen = picture.getchannel("A").point(lambda alpha: 255 * (alpha > 127))
    return np.array(picture.convert("L").histogram(seen))


def _median(shades: IntArray) -> int:
    """Return the brightness that half of the pixels do not exceed."""
    return int(np.searchsorted(shades.cumsum(), shades.sum() / 2))
