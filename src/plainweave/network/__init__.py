"""Fully-connected networks: mathematics on arrays; no files, no clock, no printing."""

from plainweave.arrays import DTYPES
from plainweave.network.activations import (
    ACTIVATIONS,
    Activation,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Tanh,
    activation,
)
from plainweave.network.initializers import INITIALIZERS
from plainweave.network.linear import Linear
from plainweave.network.losses import SoftmaxCrossEntropy, softmax
from plainweave.network.network import Network, check_parameters
from plainweave.network.structure import activations_of, hidden_sizes

__all__ = [
    "ACTIVATIONS",
    "DTYPES",
    "INITIALIZERS",
    "Activation",
    "Identity",
    "LeakyReLU",
    "Linear",
    "Network",
    "ReLU",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Tanh",
    "activation",
    "activations_of",
    "check_parameters",
    "hidden_sizes",
    "softmax",
]
