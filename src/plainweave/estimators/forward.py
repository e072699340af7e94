"""The forward pass of prediction, from weights that a user may have changed: scikit-learn's results, faster.

Rows go through all layers in blocks that stay in the cache, in memory that every block uses again.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeAlias, cast

import numpy as np
from scipy.special import expit

from plainweave.arrays import FloatArray, RawArray, is_sparse
from plainweave.engine.threads import blas_threads, one_blas_thread
from plainweave.network import Activation, Identity, ReLU, Sigmoid, Tanh

_ROWS = 512  # of a block: what layers of some hundred units make of them stays in the cache
_WIDE = 128  # inputs from which on a product takes most of the time

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
        return _forward(X, _layers(coefs, intercepts, functions), threads)
    networks = zip(zip(*coefs, strict=True), zip(*intercepts, strict=True), strict=True)
    return np.stack([_forward(X, _layers(*network, functions), threads) for network in networks])


class _Layer(NamedTuple):
    """Weights (inputs, outputs), biases (outputs,), and the function of their sum."""

    coef: FloatArray
    bias: FloatArray
    function: InPlace

    def __call__(self, x: RawArray) -> FloatArray:
        """Return y (rows, outputs) of x (rows, inputs)."""
        with np.errstate(invalid="ignore"):  # OpenBLAS raises it beside right products, of one column
            y: FloatArray = x @ self.coef
        y += self.bias
        self.function(y)
        return y


def _layers(
    coefs: Sequence[FloatArray], biases: Sequence[FloatArray], functions: Sequence[InPlace]
) -> list[_Layer]:
    return [_Layer(*layer) for layer in zip(coefs, biases, functions, strict=True)]


class _Block:
    """Layers for blocks of rows, with the memory that they are put in.

    The biases and the zero of ReLU have a row for each: NumPy is twice as fast with two equal shapes.

    Args:
        layers: the layers.
        rows: of a block.
        x: what blocks are of, inputs or what the first weights have made of them.
        is_product: whether it is the latter.
    """

    def __init__(self, layers: Sequence[_Layer], rows: int, x: RawArray, *, is_product: bool) -> None:
        self._steps: list[tuple[FloatArray | None, FloatArray, FloatArray, InPlace]] = []
        dtype = x.dtype
        for coef, bias, function in layers:
            made = is_product and not self._steps
            dtype = x.dtype if made else np.result_type(dtype, coef)
            out: FloatArray = np.empty((rows, len(bias)), dtype)
            if function is _relu:
                function = partial(np.maximum, np.zeros_like(out), out=out)
            biases: FloatArray = np.full(out.shape, bias, dtype)
            self._steps.append((None if made else coef.astype(dtype, copy=False), biases, out, function))

    def __call__(self, x: RawArray) -> FloatArray:
        """Return the predictions of a block, which stand until the next."""
        for coef, biases, out, function in self._steps:
            if coef is None:
                np.add(x, biases, out=out)
            else:
                np.matmul(x, coef, out=out)
                np.add(out, biases, out=out)
            function(out)
            x = out
        return cast(FloatArray, x)


def _forward(X: RawArray, layers: list[_Layer], threads: int) -> FloatArray:
    if X.shape[0] <= _ROWS:
        return _through(X, layers)
    # The products of wide layers take the time, and BLAS may have threads for them; rows of sparse inputs are
    # slow to take.
    wide = [position for position, layer in enumerate(layers) if len(layer.coef) >= _WIDE]
    wide = wide if blas_threads() > 1 else []
    is_product = bool(wide) or is_sparse(X)
    if is_product:
        last = max(wide, default=0)
        X, layers = _through(X, layers[:last]) @ layers[last].coef, layers[last:]
    blocks = -(-len(X) // _ROWS)
    rows = -(-len(X) // blocks)
    starts = [min(number * rows, len(X) - rows) for number in range(blocks)]  # all blocks are full
    dtype = np.result_type(X, *(layer.coef for layer in layers[is_product:]))
    result = np.empty((len(X), len(layers[-1].bias)), dtype)

    def fill(starts: Sequence[int]) -> None:
        block = _Block(layers, rows, X, is_product=is_product)
        with np.errstate(invalid="ignore"):  # as above; a thread begins without it
            for start in starts:
                result[start : start + rows] = block(X[start : start + rows])

    with one_blas_thread():
        if threads == 1:
            fill(starts)
        else:
            with ThreadPoolExecutor(threads) as pool:
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
