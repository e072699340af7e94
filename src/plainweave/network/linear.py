"""The fully-connected layer."""

import numpy as np

from plainweave.arrays import DTYPES, Cache, FloatArray, as_array, as_dense
from plainweave.errors import ShapeError
from plainweave.network.layer import Layer
from plainweave.network.parameters import as_parameter, check_stacks
from plainweave.randomness import Draw


class Linear(Layer):
    """y = x W + b.

    Args:
        weight: W (..., inputs, outputs); axes in front are models of a stack. What is not float32 becomes
            float64.
        bias: b (..., 1, outputs), of the weight's precision.

    Raises:
        ShapeError: weight and bias do not go together, or a replacement has another shape.
        DataError: they are no real numbers.
    """

    name = "linear"
    names = ("weight", "bias")
    weight: FloatArray
    bias: FloatArray

    def __init__(self, weight: FloatArray, bias: FloatArray) -> None:
        given = as_dense(as_array("weight", weight))
        if given.ndim < 2:
            hint = "" if given.ndim else " pw.Network(inputs, [50], outputs) makes layers of so many units."
            raise ShapeError(f"weight has shape {given.shape}; expected (inputs, outputs).{hint}")
        dtype = given.dtype if given.dtype in DTYPES else np.dtype(np.float64)
        weight = as_parameter("weight", given, given.shape[-2:], dtype)
        bias = as_parameter("bias", bias, (1, weight.shape[-1]), dtype)
        check_stacks({"weight": weight, "bias": bias})
        vars(self).update(weight=weight, bias=bias)

    def __repr__(self) -> str:
        inputs, outputs = self.weight.shape[-2:]
        return f"{type(self).__name__}({inputs}, {outputs})"

    def forward(self, x: FloatArray, draw: Draw | None = None) -> tuple[FloatArray, Cache]:
        """Return y (..., batch, outputs) from x (..., batch, inputs), and what `backward` needs."""
        with np.errstate(invalid="ignore"):  # OpenBLAS raises it beside right products, of one column
            return x @ self.weight + self.bias, x

    def backward(self, dy: FloatArray, cache: Cache) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Return dx (..., batch, inputs) and the gradients by name, from dy (..., batch, outputs).

        With y[n, j] = sum_i x[n, i] W[i, j] + b[j]:
        dx[n, i] = sum_j dy[n, j] W[i, j], that is dy W^T.
        """
        return dy @ self.weight.swapaxes(-1, -2), self.gradients(dy, cache)

    def gradients(self, dy: FloatArray, cache: Cache) -> dict[str, FloatArray]:
        """Return the gradients alone; the first layer of a network needs no dx.

        dW[i, j] = sum_n x[n, i] dy[n, j], that is x^T dy;  db[j] = sum_n dy[n, j].
        """
        return {
            "weight": cache.swapaxes(-1, -2) @ dy,
            "bias": dy.sum(axis=-2, keepdims=True),
        }
