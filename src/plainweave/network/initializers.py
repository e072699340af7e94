"""How weights begin. Each initializer draws a matrix (inputs, outputs) whose scale keeps signals alive."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from plainweave.arrays import FloatArray
from plainweave.checks import choice

Initializer = Callable[[Generator, int, int], FloatArray]


def he_normal(stream: Generator, inputs: int, outputs: int) -> FloatArray:
    """Draw from a normal distribution of variance 2 / inputs, for rectifiers (He et al. 2015, eq. 10)."""
    return stream.normal(0, np.sqrt(2 / inputs), (inputs, outputs))


def he_uniform(stream: Generator, inputs: int, outputs: int) -> FloatArray:
    """Draw uniformly from -a to a with a = sqrt(6 / inputs): the variance is that of `he_normal`."""
    return _uniform(stream, 6 / inputs, inputs, outputs)


def lecun_normal(stream: Generator, inputs: int, outputs: int) -> FloatArray:
    """Draw from a normal distribution of variance 1 / inputs, for SELU (LeCun et al. 1998, eq. 16)."""
    return stream.normal(0, np.sqrt(1 / inputs), (inputs, outputs))


def lecun_uniform(stream: Generator, inputs: int, outputs: int) -> FloatArray:
    """Draw uniformly from -a to a with a = sqrt(3 / inputs): the variance is that of `lecun_normal`."""
    return _uniform(stream, 3 / inputs, inputs, outputs)


def xavier_normal(stream: Generator, inputs: int, outputs: int) -> FloatArray:
    """Draw from a normal distribution of variance 2 / (inputs + outputs) (Glorot and Bengio 2010, eq. 12)."""
    return stream.normal(0, np.sqrt(2 / (inputs + outputs)), (inputs, outputs))


def xavier_uniform(stream: Generator, inputs: int, outputs: int) -> FloatArray:
    """Draw uniformly from -a to a with a = sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010, eq. 16)."""
    return _uniform(stream, 6 / (inputs + outputs), inputs, outputs)


def _uniform(stream: Generator, square: float, inputs: int, outputs: int) -> FloatArray:
    limit = np.sqrt(square)
    return stream.uniform(-limit, limit, (inputs, outputs))


INITIALIZERS: dict[str, Initializer] = {
    "he-normal": he_normal,
    "he-uniform": he_uniform,
    "lecun-normal": lecun_normal,
    "lecun-uniform": lecun_uniform,
    "xavier-normal": xavier_normal,
    "xavier-uniform": xavier_uniform,
}


def initializer(name: str) -> Initializer:
    """Return the initializer of that name.

    Raises:
        ConfigurationError: there is none.
    """
    return INITIALIZERS[choice("initializer", name, INITIALIZERS)]
