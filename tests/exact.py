"""Activations and losses to 50 digits, each with the size that its errors are measured by.

Where terms cancel, the size is that of the terms added up. Where the argument of an exponential is itself
rounded, the size grows by the argument: exp multiplies the relative error of its argument u by u.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from precision import DIGITS, Numbers


class Terms(NamedTuple):
    """A function's value and derivative, and what they are compared with."""

    value: Any
    size: Any
    derivative: Any
    derivative_size: Any


_BEYOND = 2000  # where exp(-x) is 0 to thousands of digits, and mpmath would take long over it


def _exponential(x: Any) -> Any:
    return DIGITS.exp(x) if x > -_BEYOND else DIGITS.mpf(0)


def _opened(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    e = _exponential(-abs(x))
    return (e if x < 0 else 1) / (1 + e)


def _tanh(x: Any) -> Terms:
    y = DIGITS.tanh(x) if abs(x) < _BEYOND else DIGITS.sign(x)
    e = _exponential(-2 * abs(x))
    return Terms(y, y, 4 * e / (1 + e) ** 2, 1 + y * y)


def _sigmoid(x: Any) -> Terms:
    y = _opened(x)
    return Terms(y, y, y * _opened(-x), y + y * y)


def _lines(slope: float) -> Callable[[Any], Terms]:
    def line(x: Any) -> Terms:
        derivative = DIGITS.mpf(1 if x > 0 else slope)
        return Terms(derivative * x, derivative * x, derivative, derivative)

    return line


def _elu(x: Any, scale: Any = 1, alpha: Any = 1) -> Terms:
    value = scale * (x if x > 0 else alpha * DIGITS.expm1(max(x, -_BEYOND)))
    derivative = scale * (1 if x > 0 else alpha * _exponential(x))
    return Terms(value, value, derivative, derivative)


def _selu(x: Any) -> Terms:
    scale, alpha = "1.0507009873554804934193349852946", "1.6732632423543772848170429916717"
    return _elu(x, DIGITS.mpf(scale), DIGITS.mpf(alpha))


def _gelu(x: Any) -> Terms:
    """The exponential is that of x^2 / 2, in the density and in the normal distribution's tail."""
    near = abs(x) < 200
    gate, tail = (DIGITS.ncdf(x), DIGITS.ncdf(-abs(x))) if near else (DIGITS.mpf(x > 0), DIGITS.mpf(0))
    bell = abs(x) * DIGITS.npdf(x) if near else DIGITS.mpf(0)
    derivative = gate + DIGITS.sign(x) * bell
    size, grown = gate + tail * x * x, bell * (1 + x * x)
    return Terms(x * gate, abs(x) * size, derivative, size + grown)


def _gelu_tanh(x: Any) -> Terms:
    """The exponential is that of 2 u."""
    root, cubic = DIGITS.sqrt(2 / DIGITS.pi), DIGITS.mpf("0.044715")
    u = root * (x + cubic * x**3)
    gate, shut = _opened(2 * u), _opened(-2 * u)
    second = x * 2 * gate * shut * root * (1 + 3 * cubic * x * x)
    size, grown = gate * (1 + shut * abs(2 * u)), abs(second) * (1 + abs(2 * u))
    return Terms(x * gate, abs(x) * size, gate + second, size + grown)


def _silu(x: Any) -> Terms:
    gate, second = _opened(x), x * _opened(x) * _opened(-x)
    return Terms(x * gate, x * gate, gate + second, gate + abs(second))


def _mish(x: Any) -> Terms:
    if x > 200:
        return Terms(x, x, DIGITS.mpf(1), DIGITS.mpf(1))
    e = _exponential(x)
    n = e * (e + 2)
    gate, second = n / (n + 2), x * 4 * e * (e + 1) / (n + 2) ** 2
    return Terms(x * gate, x * gate, gate + second, gate + abs(second))


def _softplus(x: Any) -> Terms:
    value = max(x, 0) + DIGITS.log1p(_exponential(-abs(x)))
    return Terms(value, value, _opened(x), _opened(x))


ACTIVATIONS: dict[str, Callable[[Any], Terms]] = {
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "relu": _lines(0),
    "leaky-relu": _lines(0.1),
    "identity": _lines(1),
    "elu": _elu,
    "selu": _selu,
    "gelu": _gelu,
    "gelu-tanh": _gelu_tanh,
    "silu": _silu,
    "mish": _mish,
    "softplus": _softplus,
}


def _sigmoid_loss(z: Any, t: Any) -> Terms:
    value = DIGITS.log1p(_exponential(-abs(z))) + abs(z) * ((1 - t) if z > 0 else t)
    return Terms(value, value, _opened(z) - t, _opened(z) + t)


def _squared_error(z: Any, t: Any) -> Terms:
    return Terms((z - t) ** 2, (z - t) ** 2, 2 * (z - t), 2 * (z - t))


def _absolute_error(z: Any, t: Any) -> Terms:
    return Terms(abs(z - t), abs(z - t), DIGITS.sign(z - t), DIGITS.mpf(1))


def _huber(z: Any, t: Any) -> Terms:
    clipped = min(max(z - t, -1), 1)
    value = clipped * (z - t - clipped / 2)
    return Terms(value, value, clipped, clipped)


def _quantile(z: Any, t: Any) -> Terms:
    """Of level 0.9."""
    level = DIGITS.mpf(0.9)
    slope = (z > t) - level
    return Terms(slope * (z - t), slope * (z - t), slope if z != t else DIGITS.mpf(0), slope)


def _poisson(z: Any, t: Any) -> Terms:
    mean = _exponential(z)
    return Terms(mean - t * z, mean + abs(t * z), mean - t, mean + t)


# Losses with a term for each output, of the output and its target.
LOSSES: dict[str, Callable[[Any, Any], Terms]] = {
    "sigmoid": _sigmoid_loss,
    "squared-error": _squared_error,
    "absolute-error": _absolute_error,
    "huber": _huber,
    "quantile": _quantile,
    "poisson": _poisson,
}


@dataclass(frozen=True)
class ExactSoftmax:
    """The right values for one example, and the sizes that their errors are measured by.

    The exponential of a difference of d multiplies the difference's own rounding by d.
    """

    probabilities: list[Any]
    sizes: list[Any]  # p (1 + d), with d by how much the logit is below the largest
    targets: list[Any]
    loss: Any
    loss_size: Any  # log(1 + rest) (1 + d of the second largest) + the targets' mean of d

    @classmethod
    def of(cls, logits: Numbers, label: int, smoothing: float) -> "ExactSoftmax":
        z = [DIGITS.mpf(float(each)) for each in logits]
        below = [max(z) - each for each in z]
        others = sorted(below)[1:]
        rest = sum(_exponential(-each) for each in others)
        probabilities = [_exponential(-each) / (1 + rest) for each in below]
        sizes = [p * (1 + each) for p, each in zip(probabilities, below, strict=True)]
        spread = DIGITS.mpf(smoothing)
        targets = [(1 - spread) * (k == label) + spread / len(z) for k in range(len(z))]
        distance = sum(t * each for t, each in zip(targets, below, strict=True))
        sure = DIGITS.log1p(rest)
        second = min(*others, _BEYOND)
        return cls(probabilities, sizes, targets, sure + distance, sure * (1 + second) + distance)
