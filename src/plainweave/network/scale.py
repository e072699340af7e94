"""A factor for each feature, which is learned."""

import numpy as np

from plainweave.arrays import DTYPES, Cache, FloatArray, as_array, as_dense
from plainweave.errors import ShapeError
from plainweave.network.layer import Layer
from plainweave.network.parameters import as_parameter
from plainweave.randomness import Draw


class Scale(Layer):
    """y = x * factor.

    Args:
        factor: (..., 1, features); axes in front are models of a stack. What is not float32 becomes float64.

    Raises:
        ShapeError: the factor has another shape.
        DataError: it holds no real numbers.
    """

    name = "scale"
    names = ("factor",)
    factor: FloatArray

    def __init__(self, factor: FloatArray) -> None:
        given = as_dense(as_array("factor", factor))
        if given.ndim < 2:
            raise ShapeError(f"factor has shape {given.shape}; expected (1, features).")
        dtype = given.dtype if given.dtype in DTYPES else np.dtype(np.float64)
        vars(self).update(factor=as_parameter("factor", given, (1, given.shape[-1]), dtype))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.factor.shape[-1]})"

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        """Return y (..., batch, features) from x of the same shape, and what `backward` needs."""
        return x * self.factor, x

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Return dx (..., batch, features) and the gradient of the factor.

        With y[n, i] = x[n, i] s[i]: dx[n, i] = dy[n, i] s[i].
        """
        return dy * self.factor, self.gradients(dy, cache)

    def gradients(self, dy: FloatArray, cache: Cache) -> dict[str, FloatArray]:
        """Return the gradient alone: ds[i] = sum_n x[n, i] dy[n, i]."""
        return {"factor": (cache * dy).sum(axis=-2, keepdims=True)}
