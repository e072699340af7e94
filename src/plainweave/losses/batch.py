"""Weighted means and sums over the examples of a batch; without weights every example counts as one."""

import numpy as np
import numpy.typing as npt

from plainweave.arrays import FloatArray

Values = npt.NDArray[np.floating | np.bool_]


def mean(losses: FloatArray, weights: FloatArray | None) -> FloatArray:
    """Return sum_n w_n l_n / sum_n w_n (...) of losses (..., batch); 0 where there is no weight."""
    if weights is None:
        return np.asarray(losses.sum(axis=-1) / losses.shape[-1])
    return np.asarray(_times(losses, weights).sum(axis=-1) / _total(weights))


def mean_gradient(gradients: FloatArray, weights: FloatArray | None) -> FloatArray:
    """Return w_n / sum_m w_m times the gradient of each example's loss (..., batch, outputs)."""
    if weights is None:
        return np.asarray(gradients / gradients.shape[-2])
    return _times(gradients, (weights / _total(weights)[..., np.newaxis])[..., np.newaxis])


def weighted_sum(values: Values, weights: FloatArray | None) -> FloatArray:
    """Return sum_n w_n v_n (...) of values (..., batch), in float64."""
    if weights is None:
        return np.asarray(values.sum(axis=-1, dtype=np.float64))
    return np.asarray(_times(values, weights.astype(np.float64)).sum(axis=-1))


def per_weight(sums: FloatArray, weight: FloatArray) -> FloatArray:
    """Return weighted sums over the sum of weights; not a number where that is 0."""
    return np.asarray(sums / np.where(weight > 0, weight, np.nan))


def _times(values: Values, weights: FloatArray) -> FloatArray:
    """Return the products; 0 where the weight is 0, whatever the value."""
    shape = np.broadcast_shapes(values.shape, weights.shape)
    zeros: FloatArray = np.zeros(shape, np.result_type(values, weights))
    np.multiply(values, weights, out=zeros, where=weights != 0)
    return zeros


def _total(weights: FloatArray) -> FloatArray:
    total = weights.sum(axis=-1)
    return np.where(total > 0, total, 1)
