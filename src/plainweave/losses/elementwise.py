"""Losses with a term for each output."""

from abc import abstractmethod

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.losses.loss import Loss


class Elementwise(Loss):
    """A loss that is the mean over its outputs of a term for each: l_n = sum_k e(z_nk, t_nk) / outputs."""

    @abstractmethod
    def terms(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return e and de/dz, both (..., batch, outputs)."""

    def losses_and_gradients(self, outputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return l_n (..., batch) and dl_n/dz = de/dz / outputs (..., batch, outputs)."""
        terms, derivatives = self.terms(outputs, targets)
        return terms.mean(axis=-1), derivatives / outputs.shape[-1]

    def told(self, outputs: FloatArray, targets: FloatArray, largest: float) -> FloatArray:
        """Return l_n (..., batch) with each term at most `largest`."""
        return np.asarray(np.minimum(self.terms(outputs, targets)[0], largest).mean(axis=-1))
