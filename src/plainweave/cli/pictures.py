"""Pictures to predict: which there are, and how a network takes them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plainweave.data.pictures.files import in_order, is_picture
from plainweave.data.pictures.image import Reading, read_picture
from plainweave.data.pictures.image_file import KINDS
from plainweave.errors import DataError
from plainweave.training import Model

# Mean brightness, of 1, above which examples are not taken to be bright things on a dark ground.
_LIGHT = 0.35


def picture_paths(given: Sequence[Path]) -> list[Path]:
    """Return pictures to read: files as they are given, and of a folder its pictures, "2" before "10".

    Raises:
        DataError: a folder holds none, or can't be read.
    """
    paths: list[Path] = []
    for path in given:
        if not path.is_dir():
            paths.append(path)
            continue
        try:
            within = {inner.name: inner for inner in path.iterdir() if is_picture(inner)}
        except OSError as error:
            raise DataError(f"{path} can't be read: {error.strerror or error}. Give its pictures.") from error
        if not within:
            raise DataError(f"{path} holds no pictures; expected {KINDS}. Give a folder that does, or files.")
        paths += [within[name] for name in in_order(within)]
    return paths


def read_for(model: Model, path: Path, *, background: str = "auto", trim: float | None = None) -> Reading:
    """Read a picture as a network takes it.

    "auto" inverts a light ground for a network trained on bright things on a dark one, which its standardizer
    tells, where it can: their mean brightness is low.

    Raises:
        ConfigurationError: the background is unknown.
        DataError: the picture can't be read, or the network takes no pictures.
    """
    if model.image_shape is None:
        raise DataError("the network was not trained on images; expected one for images.")
    if background == "auto" and _mean_brightness(model) > _LIGHT:
        background = "keep"
    return read_picture(
        path,
        model.image_shape,
        full_scale=model.full_scale,
        background=background,
        colour=model.channels == 3,
        trim=trim,
    )


def _mean_brightness(model: Model) -> float:
    """Return the mean brightness of what a network was trained on, 0 to 1; 0 where it is not known."""
    standardizer = model.standardizer
    if standardizer.kind not in ("all-pixels", "per-pixel") or not model.full_scale:
        return 0.0
    return float(np.mean(standardizer.shift / standardizer.scale)) / model.full_scale
