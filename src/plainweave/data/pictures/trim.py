"""A picture cut to the thing that is on it, and put into the frame as MNIST's digits are.

Those were scaled to fit a box of 20x20 pixels, their proportions kept, and put into the frame of 28x28 with
their center of mass in the middle (http://yann.lecun.com/exdb/mnist/).
"""

import numpy as np
from PIL import Image

from plainweave.arrays import FloatArray

_DIFFERS = 0.3  # of the largest distance from the ground: less is shadow and noise
_EDGE = 12  # a side of the picture is so many times as long as the edge that shows the ground
_AROUND = 0.02  # of the thing's longer side: what is left around it


def trimmed(picture: Image.Image, frame: tuple[int, int], share: float, *, clear_ground: bool) -> Image.Image:
    """Return the thing on a picture, fitted to the frame.

    Args:
        picture: of mode L or RGB, not all of one shade.
        frame: (rows, columns).
        share: of the frame's rows and columns that it takes at most.
        clear_ground: whether the ground becomes all black or, where the thing is darker than it, all white,
            and what differs most from it the opposite; for mode L alone.
    """
    pixels, ground, distance = _measured(picture)
    left, top, right, bottom = _box(distance)
    thing = picture.crop((left, top, right, bottom))
    weight = Image.fromarray(distance[top:bottom, left:right])
    scale = share * min(frame[1] / thing.width, frame[0] / thing.height)
    size = (max(1, round(thing.width * scale)), max(1, round(thing.height * scale)))
    thing = thing.resize(size, Image.Resampling.LANCZOS)
    weight = weight.resize(size, Image.Resampling.BILINEAR)
    canvas = Image.new(picture.mode, (frame[1], frame[0]), tuple(np.rint(ground).astype(int).tolist()))
    canvas.paste(thing, _place(np.asarray(weight), frame))
    return _cleared(canvas, float(ground[0]), pixels[distance == distance.max()]) if clear_ground else canvas


def filled(picture: Image.Image) -> float:
    """Return of a picture's rows or columns the larger share that the thing on it takes; 0 where none is."""
    _, _, distance = _measured(picture)
    if not distance.any():
        return 0.0
    left, top, right, bottom = _box(distance)
    return max((right - left) / picture.width, (bottom - top) / picture.height)


def _measured(picture: Image.Image) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return pixels (rows, columns, channels), the ground (channels,), and how far from it each pixel is."""
    pixels = np.asarray(picture, dtype=np.float32).reshape(picture.height, picture.width, -1)
    ground = _ground(pixels)
    return pixels, ground, np.abs(pixels - ground).max(axis=-1)


def _ground(pixels: FloatArray) -> FloatArray:
    """Return the median shade (channels,) along the picture's edge."""
    edge = max(1, min(pixels.shape[:2]) // _EDGE)
    sides = (pixels[:edge], pixels[-edge:], pixels[:, :edge], pixels[:, -edge:])
    along: FloatArray = np.median(
        np.concatenate([side.reshape(-1, pixels.shape[-1]) for side in sides]), axis=0
    )
    return along


def _box(distance: FloatArray) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of what differs from the ground."""
    differs = distance > _DIFFERS * distance.max()
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    around = round(_AROUND * max(np.ptp(rows), np.ptp(columns)))
    return (
        max(0, int(columns[0]) - around),
        max(0, int(rows[0]) - around),
        min(distance.shape[1], int(columns[-1]) + 1 + around),
        min(distance.shape[0], int(rows[-1]) + 1 + around),
    )


def _place(weight: FloatArray, frame: tuple[int, int]) -> tuple[int, int]:
    """Return the left and the top at which the center of mass is in the middle, within the frame."""
    total = float(weight.sum())
    places = []
    for axis, side in ((1, frame[1]), (0, frame[0])):
        length = weight.shape[axis]
        center = float(weight.sum(axis=1 - axis) @ np.arange(length)) / total if total else length / 2
        places.append(int(np.clip(round((side - 1) / 2 - center), 0, max(0, side - length))))
    return places[0], places[1]


def _cleared(canvas: Image.Image, ground: float, farthest: FloatArray) -> Image.Image:
    """Return a picture of mode L whose ground is black and the thing at most white, or the reverse."""
    thing = float(np.sort(farthest, axis=None)[farthest.size // 2])  # some may be darker, some lighter
    share = np.clip((np.asarray(canvas, np.float32) - ground) / (thing - ground), 0, 1)
    return Image.fromarray(np.rint(255 * (share if thing > ground else 1 - share)).astype(np.uint8))
