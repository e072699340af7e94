"""A trained network as the page's script takes it."""

import base64

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.network import Activation, Dropout, Linear, Network, Scale
from plainweave.network.prediction import COMPILED, activation_step
from plainweave.storage.forms import Json
from plainweave.training import Model

LARGEST = 1_500_000  # bytes of weights; with them the page stays under 4 MB


def page_network(model: Model) -> Json:
    """Return what it takes to get a network's outputs, as JSON has it.

    Arrays are base64 of little-endian floats. None if the network has layers that the page's script does not
    know, takes pictures in colour, or is too large.
    """
    network, standardizer = model.network, model.standardizer
    size = sum(value.nbytes for value in network.parameters.values())
    if size > LARGEST or not _is_known(network):
        return None
    return {
        "precision": network.dtype.name,
        "standardizer": {
            "kind": standardizer.kind,
            "scale": standardizer.scale.tolist(),
            "shift": standardizer.shift.tolist(),
            "epsilon": float(np.finfo(network.dtype).eps),
        },
        "layers": [
            {"units": layer.bias.shape[-1], "weight": _encoded(weight), "bias": _encoded(layer.bias)}
            for layer, weight in zip(network.linear, _weights(network), strict=True)
        ],
        "activations": [_activation(activation) for activation in network.activations],
    }


def _is_known(network: Network) -> bool:
    """Whether it is as `Network` makes it: factors for the inputs, if any, and one activation in between."""
    layers = [layer for layer in network.layers if type(layer) is not Dropout]
    if type(layers[0]) is Scale:
        del layers[0]
    return (
        len(layers) % 2 == 1
        and all(type(layer) is Linear for layer in layers[::2])
        and all(type(layer) in COMPILED for layer in layers[1::2])
    )


def _weights(network: Network) -> list[FloatArray]:
    """Return the weights of the linear layers, the inputs' factors within the first."""
    first, *others = (layer.weight for layer in network.linear)
    scale = network.layers[0]
    return [first * scale.factor.mT if isinstance(scale, Scale) else first, *others]


def _activation(activation: Activation) -> Json:
    """Return an activation by its name, and its setting; 0 where it has none."""
    _, setting = activation_step(activation)
    return {"name": activation.name, "setting": setting}


def _encoded(array: FloatArray) -> str:
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()
