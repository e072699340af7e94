"""Units that are left out at random while a network is trained."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import Cache, FloatArray
from plainweave.checks import number, put
from plainweave.network.floats import as_floats
from plainweave.network.layer import Layer
from plainweave.randomness import Draw


@dataclass(frozen=True)
class Dropout(Layer):
    """In training y = x / (1 - rate) where a unit is kept and 0 where it is dropped; else y = x.

    A unit is dropped with the probability `rate`, so the mean of y is x ("inverted" dropout, as
    `torch.nn.Dropout`; Srivastava et al. 2014). It is kept where its word of 32 bits is at least rate * 2^32,
    rounded; see `plainweave.randomness.mask_words`.

    Raises:
        ConfigurationError: the rate is not a number from 0 up to, not including, 1.
    """

    rate: float
    name = "dropout"

    def __post_init__(self) -> None:
        put(self, rate=number("the rate of dropout", self.rate, below=1))

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        """Return y (..., batch, units) from x of the same shape, and the mask."""
        x = as_floats("the inputs of dropout", x)
        if draw is None:
            return x, None
        keep = draw.words(x.shape[-1]) >= round(self.rate * 2**32)
        return self._kept(x, keep), keep

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Dx = dy / (1 - rate) where the unit was kept, 0 where it was dropped."""
        return (dy if cache is None else self._kept(dy, cache)), {}

    def _kept(self, values: FloatArray, keep: Cache) -> FloatArray:
        factor = values.dtype.type(1 / (1 - self.rate))
        return np.where(keep, values * factor, values.dtype.type(0))
