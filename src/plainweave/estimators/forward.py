"""The forward pass of prediction, from weights that a user may have changed: scikit-learn's results, faster.

Compiled code does it where it is built and knows the activations; NumPy does it everywhere else.
"""

from collections.abc import Sequence

import numpy as np

from plainweave.arrays import FloatArray, RawArray, is_sparse
from plainweave.engine.threads import blas_threads
from plainweave.losses import softmax
from plainweave.network import Activation, Identity, Sigmoid
from plainweave.network.prediction import COMPILED, LINEAR, PROBABILITIES, Step, activation_step, followed

_ROWS = 512  # that NumPy works on together: what layers of some hundred units make of them stays in the cache
_MANY = 2048  # rows from which on prediction takes as many threads as BLAS would
_SIGMOID = Sigmoid()


def forward(
    X: RawArray,
    coefs: Sequence[FloatArray],
    intercepts: Sequence[FloatArray],
    activations: Sequence[Activation],
    output: str,
    threads: int = 1,
) -> FloatArray:
    """Return f(... f(X W_1 + b_1) ... W_n + b_n), in the widest precision of X and the weights.

    Args:
        X: checked inputs (examples, features), an array or a sparse one.
        coefs: weights of each layer (inputs, outputs); of several networks (networks, inputs, outputs).
        intercepts: biases of each layer (outputs,); of several networks (networks, outputs).
        activations: of each hidden layer.
        output: of the last layer: "identity", "logistic" or "softmax".
        threads: that share the rows; where it is one and rows are many, as many as BLAS would take.

    Returns:
        The predictions (examples, outputs); of several networks (networks, examples, outputs).
    """
    outputs = compiled_forward(X, coefs, intercepts, activations, output, threads)
    if outputs is not None:
        return outputs
    if coefs[0].ndim == 3:
        networks = zip(zip(*coefs, strict=True), zip(*intercepts, strict=True), strict=True)
        return np.stack([forward(X, *network, activations, output) for network in networks])
    if is_sparse(X) or len(X) <= _ROWS:
        return _with_numpy(X, coefs, intercepts, activations, output)
    blocks = [X[start : start + _ROWS] for start in range(0, len(X), _ROWS)]
    return np.concatenate([_with_numpy(x, coefs, intercepts, activations, output) for x in blocks])


def compiled_forward(
    X: RawArray,
    coefs: Sequence[FloatArray],
    intercepts: Sequence[FloatArray],
    activations: Sequence[Activation],
    output: str,
    threads: int = 1,
) -> FloatArray | None:
    """Return what `forward` does, None where X are not all finite or compiled code can't do it."""
    if coefs[0].ndim == 3:
        members = list[FloatArray]()
        for network in zip(zip(*coefs, strict=True), zip(*intercepts, strict=True), strict=True):
            outputs = compiled_forward(X, *network, activations, output, threads)
            if outputs is None:
                return None
            members.append(outputs)
        return np.stack(members)
    dtype, steps = np.result_type(X.dtype, *[coef.dtype for coef in coefs]), list[Step]()
    for activation, coef, intercept in zip([*activations, Identity()], coefs, intercepts, strict=True):
        if type(activation) not in COMPILED:
            return None
        steps.append((LINEAR, *(np.ascontiguousarray(part, dtype) for part in (coef, intercept))))
        steps.append(activation_step(activation))
    if output != "identity":
        steps.append((PROBABILITIES,) if output == "softmax" else activation_step(_SIGMOID))
    if threads == 1 and X.shape[0] >= _MANY:
        threads = blas_threads()
    given_sparse = is_sparse(X)
    if not given_sparse:
        return followed(steps, X.astype(dtype, copy=False), threads)
    sums: FloatArray = (X @ coefs[0]).astype(dtype, copy=False)
    sums += intercepts[0]
    return followed(steps[1:], sums, threads)


def _with_numpy(
    x: RawArray,
    coefs: Sequence[FloatArray],
    intercepts: Sequence[FloatArray],
    activations: Sequence[Activation],
    output: str,
) -> FloatArray:
    for activation, coef, intercept in zip([*activations, Identity()], coefs, intercepts, strict=True):
        with np.errstate(invalid="ignore"):  # OpenBLAS raises it beside right products, of one column
            y: FloatArray = x @ coef
        y += intercept
        y[...] = activation.value(y)
        x = y
    return softmax(y) if output == "softmax" else _SIGMOID.value(y) if output == "logistic" else y
