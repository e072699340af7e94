"""Activations that are a line above 0 and level off, or are less steep, below."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.checks import number, put
from plainweave.network.activation import Activation

# So that the mean 0 and the variance 1 of x are those of y (Klambauer et al. 2017, eq. 14).
SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717


@dataclass(frozen=True)
class ReLU(Activation):
    """y = max(0, x) (Nair and Hinton 2010). The derivative at the kink, x = 0, is taken as 0."""

    name = "relu"
    kinks = (0.0,)

    def value(self, x: FloatArray) -> FloatArray:
        """Y = max(0, x)."""
        y: FloatArray = np.maximum(x, 0)
        return y

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = 1 where x > 0, else 0."""
        return (x > 0).astype(x.dtype)


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """y = x where x > 0, else slope * x (Maas et al. 2013).

    The derivative at the kink, x = 0, is taken as the slope.

    Args:
        slope: from 0 up to, not including, 1; 0.1 here, 0.01 in torch, 0.3 in Keras.

    Raises:
        ConfigurationError: the slope is not a number from 0 up to, not including, 1.
    """

    slope: float = 0.1
    name = "leaky-relu"
    kinks = (0.0,)

    def __post_init__(self) -> None:
        put(self, slope=number("the slope of leaky-relu", self.slope, below=1))

    def value(self, x: FloatArray) -> FloatArray:
        """Y = max(x, slope * x), for below a slope of 1 the larger of the two lines is the function."""
        y: FloatArray = np.maximum(x, self.slope * x)
        return y

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = 1 where x > 0, else slope."""
        return np.where(x > 0, x.dtype.type(1), x.dtype.type(self.slope))


@dataclass(frozen=True)
class ELU(Activation):
    """y = x where x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2016).

    The derivative at 0 is taken as alpha, that of the left.

    Args:
        alpha: of at least 0; y is above -alpha.

    Raises:
        ConfigurationError: alpha is not a number of at least 0.
    """

    alpha: float = 1.0
    name = "elu"
    kinks = (0.0,)

    def __post_init__(self) -> None:
        put(self, alpha=number("the alpha of elu", self.alpha))

    def value(self, x: FloatArray) -> FloatArray:
        """Y = x where x > 0, else alpha * (exp(x) - 1)."""
        return np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = 1 where x > 0, else alpha * exp(x)."""
        return np.where(x > 0, x.dtype.type(1), self.alpha * np.exp(np.minimum(x, 0)))


@dataclass(frozen=True)
class SELU(Activation):
    """y = scale * x where x > 0, else scale * alpha * (exp(x) - 1), as Klambauer et al. (2017) have it.

    With weights from "lecun-normal" and inputs of mean 0 and variance 1, units keep about both. The
    derivative at 0 is taken as scale * alpha, that of the left.
    """

    name = "selu"
    kinks = (0.0,)

    def value(self, x: FloatArray) -> FloatArray:
        """Y = scale * (x where x > 0, else alpha * (exp(x) - 1))."""
        y: FloatArray = SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0)))
        return y

    def derivative(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """dy/dx = scale * (1 where x > 0, else alpha * exp(x))."""
        below = SELU_SCALE * SELU_ALPHA * np.exp(np.minimum(x, 0))
        return np.where(x > 0, x.dtype.type(SELU_SCALE), below)
