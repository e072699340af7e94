"""Activations that let x through by a gate, y = x * g(x), where g rises from 0 to 1."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.network.activation import Activation
from plainweave.network.sigmoids import sigmoid

_FAR = 1000.0  # where every gate is 0 on the left and 1 on the right, in both precisions
_ONE_OVER_ROOT_2_PI = 0.3989422804014327
ROOT_2_OVER_PI = 0.7978845608028654
CUBIC = 0.044715  # of the approximation of GELU
_MISH_OPEN = 20.0  # from where on the gate of mish is 1 to the last bit; its powers stay in float32


def _normal_share(x: FloatArray) -> FloatArray:
    """Return Phi(x), the share of the standard normal distribution below x."""
    from scipy.special import ndtr  # which takes longer to import than all of plainweave

    share: FloatArray = ndtr(x)
    return share


def _let_through(x: FloatArray, gate: FloatArray) -> FloatArray:
    """Return x times its gate; -infinity times a gate of 0 is 0, its limit."""
    y: FloatArray = np.maximum(x, -_FAR) * gate
    return y


def _near(x: FloatArray) -> FloatArray:
    """Return x, or what stands for it where every function here has come to its limit."""
    return np.clip(x, -_FAR, _FAR)


@dataclass(frozen=True)
class GELU(Activation):
    """y = x * Phi(x), with the standard normal distribution's Phi(x) = (1 + erf(x / sqrt 2)) / 2.

    It is that of Hendrycks and Gimpel (2016), exact.
    """

    name = "gelu"

    def value(self, x: FloatArray) -> FloatArray:
        """Y = x * Phi(x)."""
        return _let_through(x, _normal_share(x))

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = Phi(x) + x * phi(x), with the density phi(x) = exp(-x**2 / 2) / sqrt(2 pi)."""
        near = _near(x)
        dydx: FloatArray = _normal_share(near) + near * _ONE_OVER_ROOT_2_PI * np.exp(-np.square(near) / 2)
        return dydx


@dataclass(frozen=True)
class GELUTanh(Activation):
    """y = x * (1 + tanh u) / 2, with u = sqrt(2 / pi) * (x + 0.044715 x**3).

    It approximates `GELU` (Hendrycks and Gimpel 2016), and is what some call by its name.
    """

    name = "gelu-tanh"

    def value(self, x: FloatArray) -> FloatArray:
        """Y = x * s, with s = 1 / (1 + exp(-2 u)), which is (1 + tanh u) / 2."""
        return _let_through(x, self._gate(_near(x)))

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = s + x * 2 s (1 - s) * du/dx, with du/dx = sqrt(2 / pi) * (1 + 3 * 0.044715 x**2)."""
        near = _near(x)
        gate, shut = self._gate(near), self._gate(-near)
        slope = ROOT_2_OVER_PI * (1 + 3 * CUBIC * np.square(near))
        dydx: FloatArray = gate + near * (2 * gate * shut * slope)
        return dydx

    def _gate(self, near: FloatArray) -> FloatArray:
        return sigmoid(2 * ROOT_2_OVER_PI * (near + CUBIC * near * np.square(near)))


@dataclass(frozen=True)
class SiLU(Activation):
    """y = x * s, with the sigmoid s = 1 / (1 + exp(-x)) (Elfwing et al. 2018); also called swish."""

    name = "silu"

    def value(self, x: FloatArray) -> FloatArray:
        """Y = x / (1 + exp(-x))."""
        return _let_through(x, sigmoid(x))

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = s + x * s * (1 - s), where 1 - s is s(-x), which is exact where s is near 1."""
        near = _near(x)
        gate, shut = sigmoid(near), sigmoid(-near)
        dydx: FloatArray = gate + near * gate * shut
        return dydx


@dataclass(frozen=True)
class Mish(Activation):
    """y = x * tanh(log(1 + exp(x))) (Misra 2020).

    With e = exp(x) and n = e * (e + 2), the gate is n / (n + 2).
    """

    name = "mish"

    def value(self, x: FloatArray) -> FloatArray:
        """Y = x * n / (n + 2)."""
        e = np.exp(np.minimum(x, _MISH_OPEN))
        n = e * (e + 2)
        return _let_through(x, n / (n + 2))

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = n / (n + 2) + x * 4 e (e + 1) / (n + 2)**2."""
        near = np.clip(x, -_FAR, _MISH_OPEN)
        e = np.exp(near)
        n = e * (e + 2)
        dydx: FloatArray = n / (n + 2) + near * (4 * e * (e + 1) / np.square(n + 2))
        return dydx
