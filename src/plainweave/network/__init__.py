"""Fully-connected networks: mathematics on arrays; no files, no clock, no printing."""

from plainweave.arrays import DTYPES
from plainweave.network.activation import Activation
from plainweave.network.dropout import Dropout
from plainweave.network.gates import GELU, GELUTanh, Mish, SiLU
from plainweave.network.initializers import INITIALIZERS
from plainweave.network.layer import Layer
from plainweave.network.layers import kinds, layer_names
from plainweave.network.linear import Linear
from plainweave.network.network import Network, check_no_stack, check_parameters
from plainweave.network.rectifiers import ELU, SELU, LeakyReLU, ReLU
from plainweave.network.scale import Scale
from plainweave.network.sigmoids import Identity, Sigmoid, Softplus, Tanh
from plainweave.network.structure import activations_of, dropout_rates, hidden_sizes

ACTIVATIONS = tuple(Activation.registry)  # the names of those of this library

__all__ = [
    "ACTIVATIONS",
    "DTYPES",
    "ELU",
    "GELU",
    "INITIALIZERS",
    "SELU",
    "Activation",
    "Dropout",
    "GELUTanh",
    "Identity",
    "Layer",
    "LeakyReLU",
    "Linear",
    "Mish",
    "Network",
    "ReLU",
    "Scale",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "activations_of",
    "check_no_stack",
    "check_parameters",
    "dropout_rates",
    "hidden_sizes",
    "kinds",
    "layer_names",
]
