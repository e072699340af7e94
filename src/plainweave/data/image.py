"""Pictures from people, made into what a network was trained on."""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from plainweave.arrays import RawArray
from plainweave.checks import choice
from plainweave.errors import DataError
from plainweave.files import read_bounded

BACKGROUNDS = ("dark", "light")
LARGEST_FILE = 2**27  # bytes
MOST_PIXELS = 50_000_000  # reading takes up to 16 bytes for each


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
    path = Path(path)
    try:
        content = read_bounded(path, LARGEST_FILE)
    except FileNotFoundError:
        raise DataError(f"{path} is not there. Give the path of a PNG or JPEG.") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}. Take another copy.") from error
    gray = _gray(path, content, shade)
    rows, columns = shape
    if not all(_fits_in(gray.size, (columns, rows))):
        raise DataError(
            f"{path} is {gray.width} x {gray.height} pixels; expected sides nearer to those of the network's "
            f"images, {columns} x {rows}. Crop it."
        )
    fitted = ImageOps.pad(gray, (columns, rows), Image.Resampling.LANCZOS, color=shade)
    brightness = np.asarray(fitted, dtype=np.float32) / 255
    if background == "light":
        brightness = 1 - brightness
    return (brightness * full_scale).reshape(1, -1)


def _gray(path: Path, content: bytes, shade: int) -> Image.Image:
    """Return the picture in gray, upright, on a background of that shade; nothing large is unpacked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd in a file, but can be read
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                upright = _eight_bits(ImageOps.exif_transpose(picture)).convert("RGBA")
        canvas = Image.new("RGBA", upright.size, (shade, shade, shade, 255))
        return Image.alpha_composite(canvas, upright).convert("L")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise DataError(
            f"{path} has too many pixels to be read safely; expected at most {MOST_PIXELS:,}. Scale it down."
        ) from None
    except UnidentifiedImageError:
        raise DataError(f"{path} is no PNG or JPEG. Convert it to one.") from None
    except Exception as error:  # Pillow lets through whatever its parsers stumble over
        raise DataError(f"{path} can't be read as an image: {error}. Take another copy.") from error


def _fits_in(size: tuple[int, int], frame: tuple[int, int]) -> tuple[bool, bool]:
    """Whether width and height are a pixel or more, once the picture is scaled into the frame."""
    scale = min(frame[0] / size[0], frame[1] / size[1])
    return round(size[0] * scale) > 0, round(size[1] * scale) > 0


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale gray of 16 bits to 8; Pillow's own conversion cuts off all that is brighter than 255."""
    if picture.mode != "I" and not picture.mode.startswith("I;16"):
        return picture
    return Image.fromarray(((np.asarray(picture, np.uint32) + 128) // 257).astype(np.uint8))
