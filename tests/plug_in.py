"""Parts of one's own, as someone writes them who uses plainweave: one of each kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import plainweave as pw
from plainweave.arrays import BoolArray, Cache, FloatArray
from plainweave.network import Activation, Layer
from plainweave.optimizers import RATE, Optimizer, Rate, Schedule
from plainweave.randomness import Draw


@dataclass(frozen=True, repr=False)
class Lion(Optimizer):
    """p = p - learning_rate * sign(0.9 m + 0.1 g), then m = 0.99 m + 0.01 g (Chen et al. 2023)."""

    learning_rate: Rate = 1e-4

    @property
    def slots(self) -> tuple[str, ...]:
        """The running mean of the gradient."""
        return ("mean",)

    def update(
        self, parameter: FloatArray, gradient: FloatArray, row: FloatArray, *slots: FloatArray
    ) -> None:
        """Take one step."""
        (mean,) = slots
        parameter -= row[RATE] * np.sign(0.9 * mean + 0.1 * gradient)
        mean += 0.01 * (gradient - mean)


@dataclass(frozen=True)
class LogCosh(pw.Loss):
    """The mean over batch and outputs of log cosh(z - t); its derivative is tanh(z - t)."""

    name = "log-cosh"

    def losses_and_gradients(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return both; log cosh r = |r| + log(1 + exp(-2 |r|)) - log 2, of which nothing overflows."""
        residuals = outputs - targets
        sizes = np.abs(residuals)
        losses = sizes + np.log1p(np.exp(-2 * sizes)) - np.log(2)
        return losses.mean(axis=-1), np.tanh(residuals) / outputs.shape[-1]


@dataclass(frozen=True)
class Softsign(Activation):
    """y = x / (s + |x|), with a softness s; its second derivative jumps at 0."""

    softness: float = 1.0
    name = "softsign"
    kinks = (0.0,)

    def value(self, x: FloatArray) -> FloatArray:
        """Y = x / (s + |x|)."""
        return np.asarray(x / (self.softness + np.abs(x)))

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = s / (s + |x|)**2."""
        return np.asarray(self.softness / np.square(self.softness + np.abs(x)))


class Shift(Layer):
    """y = x + offset, one for each feature, cut at 3; and noise in training that the seed decides."""

    name = "shift"
    names = ("offset",)
    offset: FloatArray

    def __init__(self, offset: FloatArray) -> None:
        self.offset = offset

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        """Return y, and where it is below the cut."""
        y = x + self.offset
        if draw is not None:
            noise = draw.words(x.shape[-1]) / np.float64(2**32) - 0.5
            y += (0.01 * noise).astype(x.dtype)
        return np.minimum(y, 3), y < 3

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Dx = dy below the cut; the offset's gradient is its sum over the batch."""
        dx = np.where(cache, dy, 0)
        return dx, {"offset": dx.sum(axis=-2, keepdims=True)}

    def above_kink(self, cache: Cache) -> BoolArray | None:
        """Return on which side of the cut each unit lies."""
        return np.asarray(cache)


@dataclass(frozen=True)
class Zigzag(Schedule):
    """1, and every second epoch `low`."""

    low: float = 0.5
    name = "zigzag"

    def __call__(self, epochs: FloatArray) -> FloatArray:
        """The formula of the class."""
        return np.where(np.floor(epochs) % 2 == 0, 1.0, self.low)


PARTS: Sequence[type] = (Lion, LogCosh, Softsign, Shift, Zigzag)
