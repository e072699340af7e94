"""Pictures from people, made into what a network was trained on."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from plainweave.arrays import RawArray
from plainweave.checks import choice
from plainweave.errors import DataError

BACKGROUNDS = ("dark", "light")


def read_image(
    path: str | Path, shape: tuple[int, int], *, full_scale: float = 255.0, background: str = "dark"
) -> RawArray:
    """Read a PNG or JPEG of any size as one example (1, rows * columns), bright on dark.

    The picture is turned gray and scaled to fit, its proportions kept; what it does not fill is
    background. Transparent parts are background too.

    Args:
        path: of the picture.
        shape: (rows, columns) of the network's images.
        full_scale: the value of a fully bright pixel.
        background: of the picture, "dark" or "light"; a light one is inverted.

    Raises:
        ConfigurationError: the background is neither.
        DataError: the file can't be read, is no PNG or JPEG, is damaged, or has too many pixels.
    """
    choice("background", background, BACKGROUNDS)
    shade = 255 if background == "light" else 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as picture:
                upright = _eight_bits(ImageOps.exif_transpose(picture)).convert("RGBA")
        canvas = Image.new("RGBA", upright.size, (shade, shade, shade, 255))
        gray = Image.alpha_composite(canvas, upright).convert("L")
    except FileNotFoundError:
        raise DataError(f"{path} is not there. Give the path of a PNG or JPEG.") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise DataError(f"{path} has too many pixels to be read safely. Scale it down.") from None
    except UnidentifiedImageError:
        raise DataError(f"{path} is no PNG or JPEG. Convert it to one.") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{path} can't be read as an image: {error}. Take another copy.") from error
    rows, columns = shape
    fitted = ImageOps.pad(gray, (columns, rows), Image.Resampling.LANCZOS, color=shade)
    brightness = np.asarray(fitted, dtype=np.float32) / 255
    if background == "light":
        brightness = 1 - brightness
    return (brightness * full_scale).reshape(1, -1)


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale gray of 16 bits to 8; Pillow's own conversion cuts off all that is brighter than 255."""
    if picture.mode != "I" and not picture.mode.startswith("I;16"):
        return picture
    return Image.fromarray(np.rint(np.asarray(picture) / 257).astype(np.uint8))
