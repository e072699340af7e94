"""Softmax and cross-entropy: the value and the gradient of one function."""

import numpy as np

from plainweave.arrays import FloatArray


def softmax(logits: FloatArray) -> FloatArray:
    """Return class probabilities p (..., batch, classes): p_k = exp(z_k) / sum_j exp(z_j).

    Shifting all logits of an example by the same number changes nothing, so the largest is moved to 0
    and no exponential overflows.
    """
    exponentials: FloatArray = np.exp(logits - logits.max(axis=-1, keepdims=True))
    exponentials /= exponentials.sum(axis=-1, keepdims=True)
    return exponentials


class SoftmaxCrossEntropy:
    """The mean over the batch of -sum_k t_k log p_k, with p = softmax(logits) and one-hot targets t."""

    def value(self, logits: FloatArray, targets: FloatArray) -> FloatArray:
        """Return the loss of each model (...) for logits and targets (..., batch, classes)."""
        return self._value(_log_softmax(logits), targets)

    def value_and_gradient(self, logits: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the losses (...) and their gradient by the logits (..., batch, classes).

        With log p_k = z_k - log sum_j exp(z_j), d(log p_k)/dz_i = [k = i] - p_i. As the targets of an
        example sum to 1, the gradient of the mean is (p - t) / batch.
        """
        log_probabilities = _log_softmax(logits)
        value = self._value(log_probabilities, targets)
        gradient = np.exp(log_probabilities)
        gradient -= targets
        gradient /= logits.shape[-2]
        return value, gradient

    @staticmethod
    def _value(log_probabilities: FloatArray, targets: FloatArray) -> FloatArray:
        of_examples = (log_probabilities * targets).sum(axis=-1)
        return -np.asarray(of_examples.mean(axis=-1))


def _log_softmax(logits: FloatArray) -> FloatArray:
    shifted: FloatArray = logits - logits.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted
