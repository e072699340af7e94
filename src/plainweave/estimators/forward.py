"""The forward pass of prediction, from weights that a user may have changed: scikit-learn's results, faster.

Rows go through all layers in blocks that stay in the cache, in memory that every block uses again.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from plainweave.arrays import FloatArray, RawArray, is_sparse
from plainweave.engine.threads import one_blas_thread
from plainweave.network import Activation, Identity, ReLU, Sigmoid, Tanh

_ROWS = 512  # of a block: what layers of some hundred units make of them stays in the cache

InPlace: TypeAlias = Callable[[FloatArray], object]


def forward(
    X: RawArray,
    coefs: Sequence[FloatArray],
    intercepts: Sequence[FloatArray],
    activations: Sequence[Activation],
    output: str,
    threads: int = 1,
) -> FloatArray:
    """Return f(... f(X W_1 + b_1) ... W_n + b_n), in the widest precision on its way.

    Args:
        X: checked inputs (examples, features), an array or a sparse one.
        coefs: weights of each layer (inputs, outputs); of several networks (networks, inputs, outputs).
        intercepts: biases of each layer (outputs,); of several networks (networks, outputs).
        activations: of each hidden layer.
        output: of the last layer: "identity", "logistic" or "softmax".
        threads: that share the blocks; on one, BLAS has as many of its own as it likes.

    Returns:
        The predictions (examples, outputs); of several networks (networks, examples, outputs).
    """
    functions = [*map(_in_place, activations), _OUTPUTS[output]]
    if coefs[0].ndim == 2:
        return _forward(X, list(map(_Layer, coefs, intercepts, functions)), threads)
    networks = zip(zip(*coefs, strict=True), zip(*intercepts, strict=True), strict=True)
    return np.stack([_forward(X, list(map(_Layer, *network, functions)), threads) for network in networks])


class _Layer:
    """Weights (inputs, outputs), biases (outputs,), the function of their sum, and where it is put."""

    __slots__ = ("bias", "coef", "function", "out")

    def __init__(
        self, coef: FloatArray, bias: FloatArray, function: InPlace, out: FloatArray | None = None
    ) -> None:
        self.coef, self.bias, self.function, self.out = coef, bias, function, out

    def __call__(self, x: RawArray) -> FloatArray:
        """Return y (rows, outputs) of x (rows, inputs)."""
        y: FloatArray = x @ self.coef if self.out is None else np.matmul(x, self.coef, out=self.out)
        y += self.bias
        self.function(y)
        return y

    def of_block(self, rows: int, dtype: npt.DTypeLike) -> "_Layer":
        """Return the layer for blocks of inputs (rows, inputs) of a precision.

        Its biases and the zero of ReLU have a row for each: NumPy is twice as fast with two equal shapes.
        """
        out = np.empty((rows, self.coef.shape[1]), np.result_type(dtype, self.coef))
        function = self.function
        if function is _relu:
            function = partial(np.maximum, np.zeros_like(out), out=out)
        coef = self.coef.astype(out.dtype, copy=False)
        return _Layer(coef, np.broadcast_to(self.bias, out.shape).copy(), function, out)


def _forward(X: RawArray, layers: Sequence[_Layer], threads: int) -> FloatArray:
    if is_sparse(X):  # whose rows are slow to take
        X, layers = layers[0](cast(RawArray, X)), layers[1:]
    if len(X) <= _ROWS or not layers:
        return _through(X, layers)
    blocks = -(-len(X) // _ROWS)
    rows = -(-len(X) // blocks)
    starts = [min(number * rows, len(X) - rows) for number in range(blocks)]  # all blocks are full
    dtype = np.result_type(X, *(layer.coef for layer in layers))
    result = np.empty((len(X), layers[-1].coef.shape[1]), dtype)

    def fill(starts: Sequence[int]) -> None:
        of_block, dtype = [], X.dtype
        for layer in layers:
            of_block.append(layer.of_block(rows, dtype))
            dtype = of_block[-1].coef.dtype
        for start in starts:
            result[start : start + rows] = _through(X[start : start + rows], of_block)

    if threads == 1:
        fill(starts)
    else:
        with one_blas_thread(), ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, np.array_split(starts, threads)))
    return result


def _through(x: RawArray, layers: Sequence[_Layer]) -> FloatArray:
    for layer in layers:
        x = layer(x)
    return cast(FloatArray, x)


def _in_place(activation: Activation) -> InPlace:
    return _IN_PLACE.get(type(activation)) or partial(_put_value, activation)


def _put_value(activation: Activation, x: FloatArray) -> None:
    x[...] = activation.value(x)


def _relu(x: FloatArray) -> None:
    np.maximum(x, 0, out=x)


def _tanh(x: FloatArray) -> None:
    np.tanh(x, out=x)


def _logistic(x: FloatArray) -> None:
    expit(x, out=x)


def _softmax(z: FloatArray) -> None:
    p = np.ascontiguousarray(z.T)  # along columns NumPy is four times as fast
    p -= p.max(axis=0)
    np.exp(p, out=p)
    p /= p.sum(axis=0)
    z[...] = p.T


def _identity(x: FloatArray) -> None:
    pass


_IN_PLACE: dict[type[Activation], InPlace] = {
    Identity: _identity,
    ReLU: _relu,
    Sigmoid: _logistic,
    Tanh: _tanh,
}
_OUTPUTS: dict[str, InPlace] = {"identity": _identity, "logistic": _logistic, "softmax": _softmax}
