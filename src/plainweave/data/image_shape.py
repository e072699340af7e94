"""What makes an image of features: its sides, its channels and the value of full brightness."""

from plainweave.checks import number, several, whole_number
from plainweave.data.sizes import LARGEST
from plainweave.errors import ConfigurationError, DataError, shown


def as_image_shape(whose: str, given: object, features: int) -> tuple[int, int] | None:
    """Return the shape of an image as whole numbers.

    Raises:
        DataError: it is no pair of them, or not that of so many features, one or three for each pixel.
    """
    if given is None:
        return None
    try:
        rows, columns = (whole_number("image_shape", side, at_least=1) for side in several(given) or ())
    except ValueError:
        rows = columns = 0
    if not rows or features not in (rows * columns, 3 * rows * columns):
        raise DataError(
            f"{whose}: image_shape is {shown(given)}; expected (rows, columns) of {features} pixels, the "
            "features of an example, or None."
        )
    return rows, columns


def channels_of(image_shape: tuple[int, int] | None, features: int) -> int:
    """Return how many features a pixel has: 3 of images in colour, else 1."""
    return 1 if image_shape is None else features // (image_shape[0] * image_shape[1])


def as_full_scale(whose: str, given: object) -> float:
    """Return the value of a fully bright pixel as a float.

    Raises:
        DataError: it is no number from 0 to 1e15.
    """
    try:
        return number("full_scale", given, at_most=LARGEST)
    except ConfigurationError as error:
        raise DataError(f"{whose}: {error}") from error
