"""How weights begin. Each initializer draws a matrix (inputs, outputs) whose scale keeps signals alive."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from plainweave.arrays import FloatArray
from plainweave.checks import choice

Initializer = Callable[[Generator, int, int], FloatArray]


def he_normal(stream: Generator, inputs: int, outputs: int) -> FloatArray:
    """Draw from a normal distribution of variance 2 / inputs (He et al. 2015, eq. 10)."""
    return stream.normal(0, np.sqrt(2 / inputs), (inputs, outputs))


def xavier_normal(stream: Generator, inputs: int, outputs: int) -> FloatArray:
    """Draw from a normal distribution of variance 2 / (inputs + outputs) (Glorot and Bengio 2010, eq. 12)."""
    return stream.normal(0, np.sqrt(2 / (inputs + outputs)), (inputs, outputs))


def xavier_uniform(stream: Generator, inputs: int, outputs: int) -> FloatArray:
    """Draw uniformly from -a to a with a = sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010, eq. 16)."""
    limit = np.sqrt(6 / (inputs + outputs))
    return stream.uniform(-limit, limit, (inputs, outputs))


INITIALIZERS: dict[str, Initializer] = {
    "he-normal": he_normal,
    "xavier-normal": xavier_normal,
    "xavier-uniform": xavier_uniform,
}


def initializer(name: str) -> Initializer:
    """Return the initializer of that name.

    Raises:
        ConfigurationError: there is none.
    """
    return INITIALIZERS[choice("initializer", name, INITIALIZERS)]
