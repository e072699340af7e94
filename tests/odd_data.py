"""Odd but valid data sets."""

import math

import numpy as np
import numpy.typing as npt
import scipy.sparse

import plainweave as pw
from plainweave.arrays import IntArray, RawArray
from plainweave.data import Examples

STREAM = np.random.default_rng(0)


def pixels(examples: int, features: int = 4) -> RawArray:
    return STREAM.integers(0, 256, (examples, features), dtype=np.uint8)


def floats(scale: float, dtype: npt.DTypeLike = np.float32, offset: float = 0) -> RawArray:
    return (STREAM.normal(size=(25, 4)) * scale + offset).astype(dtype)


def whole(dtype: npt.DTypeLike) -> RawArray:
    limits = np.iinfo(np.dtype(dtype).name)
    return STREAM.integers(limits.min, limits.max, (25, 4), dtype, endpoint=True)


def turns(examples: int, classes: int = 2) -> IntArray:
    return (np.arange(examples) % classes).astype(np.uint16)


def data(inputs: RawArray, labels: list[int] | None = None, classes: int = 2, tests: int = 5) -> pw.Dataset:
    """The last examples are those to test on."""
    numbers = turns(inputs.shape[0], classes) if labels is None else np.asarray(labels, np.uint16)
    rows = np.arange(inputs.shape[0])
    side = math.isqrt(inputs.shape[1])
    shape = (side, side) if side**2 == inputs.shape[1] else None
    examples, names = Examples(inputs, numbers), tuple(f"class {label}" for label in range(classes))
    return pw.Dataset("odd", examples[rows[:-tests]], examples[rows[-tests:]], names, shape)


ODD = {
    "one example of a class": data(pixels(25), [0] * 19 + [1] + [0] * 5),
    "three examples to train and validate on": data(pixels(4), [0, 1, 0, 1], tests=1),
    "one example to test on": data(pixels(25), tests=1),
    "one class": data(pixels(25), classes=1),
    "all labels equal": data(pixels(25), [1] * 25, 3),
    "a class missing from training": data(pixels(25), [0, 2] * 10 + [0, 1, 2, 1, 1], 3),
    "1,000 classes": data(pixels(1005), classes=1000),
    "one feature": data(pixels(25, 1), classes=3),
    "two features, no image": data(pixels(25, 2)),
    "all pixels zero": data(np.zeros((25, 4), np.uint8)),
    "all numbers zero": data(np.zeros((25, 4), np.float32)),
    "constant in training only": data(np.concatenate([np.full((20, 4), 0.1), floats(1e3)[:5]])),
    "sparse, all zero": data(scipy.sparse.csr_array((25, 4), dtype=np.float32)),
    "sparse, nearly all zero": data(scipy.sparse.csr_array(np.eye(25, 4, dtype=np.uint8))),
    "yes and no": data(pixels(25) > 127),
    "8 bits, signed": data(whole(np.int8)),
    "16 bits": data(whole(np.int16)),
    "32 bits": data(whole(np.int32)),
    "half precision": data(floats(1, np.float16)),
    "huge": data(floats(1e14, np.float64)),
    "tiny": data(floats(1e-14)),
    "huge and tiny": data(floats(1, np.float64) * [1e14, 1e-14, 1, 0]),
    "far from 0": data(floats(1e-3, np.float64, offset=1e9)),
    "trained on tiny, tested on huge": data(np.concatenate([floats(1e-14)[:20], floats(1e14)[:5]])),
}
