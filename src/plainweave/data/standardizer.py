"""Inputs of zero mean and unit variance, by what the training part alone tells."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from plainweave.arrays import BoolArray, FloatArray, RawArray, as_array, as_dense, precision
from plainweave.checks import choice, put
from plainweave.data.examples import Examples, as_inputs
from plainweave.data.sizes import SMALLEST, check_not_tiny
from plainweave.data.stored import is_stored
from plainweave.display import counted
from plainweave.errors import DataError, ShapeError, shown

STANDARDIZATIONS = ("all-pixels", "per-pixel", "per-image", "none")
# Standard deviations from 0 to the mean. From float32 numbers farther off the mean could not be taken without
# losing more than three of their 24 bits; such inputs are standardized in float64.
FAR = 8.0
_CHUNK = 256  # examples; in float64 they stay in the cache


@dataclass(frozen=True, eq=False, repr=False)
class Standardizer:
    """x = (raw - mean) / standard deviation, or raw * scale - shift.

    Where the mean is far from 0 it is subtracted in float64, before anything is rounded to less.

    Attributes:
        kind: "all-pixels" (one mean and deviation for all features together), "per-pixel" (one of each
            for every feature), "per-image" (each example by its own, nothing is fitted) or "none" (inputs
            stay as they are).
        scale: 1 / standard deviation; (1,), (features,) or, per image, (0,); [1] of "none".
        shift: mean / standard deviation, of the same shape; [0] of "none".

    Raises:
        ConfigurationError: the kind is unknown.
        ShapeError: scale and shift are not of the shape that the kind has.
        DataError: one is not finite, a scale not above 0, or one of "none" is another.
    """

    kind: str
    scale: FloatArray
    shift: FloatArray

    def __post_init__(self) -> None:
        choice("standardize", self.kind, STANDARDIZATIONS)
        size = {"all-pixels": 1, "per-image": 0, "none": 1}.get(self.kind, max(np.size(self.scale), 1))
        for name in ("scale", "shift"):
            value = as_array(name, getattr(self, name))
            if value.shape != (size,):
                raise ShapeError(f"{name} has shape {value.shape}; expected ({size},) of {self.kind!r}.")
            if not np.isfinite(value).all() or (name == "scale" and not (value > 0).all()):
                above = " above 0" if name == "scale" else ""
                raise DataError(f"{name} is {shown(value.tolist())}; expected finite numbers{above}.")
            is_float = value.dtype.kind == "f"
            put(self, **{name: value if is_float else value.astype(np.float64)})
            if self.kind == "none" and value[0] != (name == "scale"):
                raise DataError(f"{name} is {value.tolist()}; expected [{name == 'scale':d}] of 'none'.")

    def __repr__(self) -> str:
        size = self.scale.size
        if size == 1 and self.kind != "none":
            numbers = f", mean {self.shift[0] / self.scale[0]:.4g}, sd {1 / self.scale[0]:.4g}"
        else:
            numbers = f", {counted(size, 'feature')}" if self.kind == "per-pixel" else ""
        return f"Standardizer({self.kind!r}{numbers})"

    @classmethod
    def identity(cls) -> "Standardizer":
        """Return the one that leaves inputs as they are."""
        return cls("none", np.ones(1), np.zeros(1))

    @classmethod
    def fit(cls, kind: str, inputs: object) -> "Standardizer":
        """Fit to the training inputs (examples, features), or to the training examples.

        A feature that never varies is only centred.

        Raises:
            ConfigurationError: the kind is unknown.
            ShapeError: the inputs have less than two dimensions.
            DataError: there are none, one is no finite real number, or they, or what they vary by, are too
                small for float32 to hold the inverse safely.
        """
        choice("standardize", kind, STANDARDIZATIONS)
        raw = inputs.inputs if isinstance(inputs, Examples) else as_inputs("inputs", inputs)
        if 0 in raw.shape:
            raise DataError(f"inputs have shape {raw.shape}; expected at least 1 example of 1 feature.")
        check_not_tiny("", "training input", raw)
        if kind == "none":
            return cls.identity()
        if kind == "per-image":
            return cls(kind, np.empty(0), np.empty(0))
        mean = sum(chunk.sum(axis=0) for chunk in _chunks(raw)) / raw.shape[0]
        if kind == "all-pixels":
            mean = mean.mean(keepdims=True)
        squares = sum(np.square(chunk - mean).sum(axis=0) for chunk in _chunks(raw))
        variance = squares / raw.shape[0]
        if kind == "all-pixels":
            variance = variance.mean(keepdims=True)
        deviation = _one_if_constant(np.sqrt(variance), mean, roundings=_CHUNK + raw.shape[0] / _CHUNK)
        if deviation.min() < SMALLEST:
            where = f"feature {deviation.argmin()}" if kind == "per-pixel" else "all features"
            raise DataError(
                f"the standard deviation of {where} is {deviation.min():g}; expected 0, or at least "
                f"{SMALLEST:g}. Multiply the inputs by a constant, or leave the feature out."
            )
        return cls(kind, 1 / deviation, mean / deviation)

    def __call__(self, raw: object, dtype: npt.DTypeLike = np.float32) -> FloatArray:
        """Return standardized inputs of that precision and the shape of raw (..., batch, features).

        Raises:
            ConfigurationError: dtype is neither float32 nor float64.
            ShapeError: raw has another number of features than the training part had.
            DataError: raw is no array of real numbers.
        """
        inputs, dtype = as_array("inputs", raw), precision(dtype)
        if not inputs.ndim:
            raise ShapeError("inputs have shape (); expected (batch, features).")
        dense = as_dense(inputs)
        if self.kind == "per-image":
            return _by_its_own(dense, dtype)
        if self.kind == "per-pixel" and self.scale.size != inputs.shape[-1]:
            raise ShapeError(
                f"Standardizer of {self.scale.size} features: inputs have shape {inputs.shape}; "
                f"expected (batch, {self.scale.size})."
            )
        x: FloatArray
        if self.far.any():
            x = dense.astype(np.float64)
            x -= self.shift / self.scale
            x *= self.scale
            return x.astype(dtype, copy=False)
        x = dense.astype(dtype)
        x *= self.scale.astype(dtype)
        x -= self.shift.astype(dtype)
        return x

    @cached_property
    def far(self) -> BoolArray:
        """Which features, of the shape of shift, have a mean far from 0."""
        return np.abs(self.shift) > FAR

    def check_features(self, features: int) -> None:
        """Check that it was fitted to as many features, where it has something of each.

        Raises:
            ShapeError: it was not.
        """
        if self.kind == "per-pixel" and self.scale.size != features:
            raise ShapeError(
                f"the standardizer was fitted to {self.scale.size} features; expected {features}. Fit one by "
                "pw.Standardizer.fit('per-pixel', inputs)."
            )


def far_examples(inputs: RawArray) -> BoolArray:
    """Return which examples (examples,) of inputs (examples, features) have a mean far from 0.

    The square of a deviation is the mean square less the square of the mean.
    """
    far = []
    for start in range(0, inputs.shape[0], _CHUNK):
        x = as_dense(inputs[start : start + _CHUNK]).astype(np.float32)
        mean, mean_square = x.mean(axis=-1), np.vecdot(x, x) / np.float32(x.shape[-1])
        far.append((1 + FAR**2) * np.square(mean) > FAR**2 * mean_square)
    return np.concatenate(far)


def _by_its_own(raw: RawArray, dtype: npt.DTypeLike) -> FloatArray:
    x: FloatArray = raw.astype(dtype)
    mean = x.mean(axis=-1, keepdims=True)
    x -= mean
    deviation = np.sqrt(np.square(x).mean(axis=-1, keepdims=True))
    x /= _one_if_constant(deviation, mean)
    far = (np.abs(mean) > FAR * deviation)[..., 0]
    if far.any():
        x[far] = _by_its_own_in_double(raw[far])
    return x


def _by_its_own_in_double(raw: RawArray) -> FloatArray:
    """The same for examples far from 0; less its first feature, one that never varies is exactly 0."""
    x: FloatArray = raw.astype(np.float64)
    first = x[..., :1].copy()
    x -= first
    mean = x.mean(axis=-1, keepdims=True)
    x -= mean
    given = np.result_type(raw.dtype if raw.dtype.kind == "f" else np.float64, np.float32)
    deviation = np.sqrt(np.square(x).mean(axis=-1, keepdims=True))
    x /= _one_if_constant(deviation, first + mean, eps=np.finfo(given).eps)
    return x


def _chunks(inputs: RawArray) -> Iterator[FloatArray]:
    if is_stored(inputs):
        yield from (chunk.astype(np.float64) for _, chunk in inputs.chunks(_CHUNK))
        return
    for start in range(0, inputs.shape[0], _CHUNK):
        yield as_dense(inputs[start : start + _CHUNK]).astype(np.float64)


def _one_if_constant(
    deviation: FloatArray, mean: FloatArray, roundings: float = 10, eps: float | None = None
) -> FloatArray:
    # What varies by no more than rounding is constant, and is only centred. Each addition may round.
    rounding = roundings * (eps or np.finfo(deviation.dtype).eps) * np.abs(mean)
    return np.where(deviation > rounding, deviation, np.ones_like(deviation))
