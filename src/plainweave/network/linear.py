"""The fully-connected layer."""

from plainweave.arrays import Cache, FloatArray


class Linear:
    """y = x W + b.

    Args:
        weight: W (..., inputs, outputs); axes in front are models of a stack.
        bias: b (..., 1, outputs).
    """

    def __init__(self, weight: FloatArray, bias: FloatArray) -> None:
        self.weight = weight
        self.bias = bias

    def forward(self, x: FloatArray) -> tuple[FloatArray, Cache]:
        """Return y (..., batch, outputs) from x (..., batch, inputs), and what `backward` needs."""
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
