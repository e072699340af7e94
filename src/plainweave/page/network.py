"""A trained network as the page's script takes it."""

import base64

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.network import Dropout, Identity, LeakyReLU, Linear, ReLU, Sigmoid, Tanh
from plainweave.storage.forms import Json
from plainweave.training import Model

LARGEST = 1_500_000  # bytes of weights; with them the page stays under 4 MB
_KNOWN = {Linear, Dropout, Tanh, Sigmoid, ReLU, LeakyReLU, Identity}


def page_network(model: Model) -> Json:
    """Return what it takes to classify a picture, as JSON has it; arrays are base64 of little-endian floats.

    None if the network takes no pictures, has layers that the page's script does not know, or is too large.
    """
    network, standardizer = model.network, model.standardizer
    size = sum(value.nbytes for value in network.parameters.values())
    if model.image_shape is None or size > LARGEST or not {type(layer) for layer in network.layers} <= _KNOWN:
        return None
    return {
        "class_names": model.class_names,
        "image_shape": model.image_shape,
        "full_scale": model.full_scale,
        "precision": network.dtype.name,
        "standardizer": {
            "kind": standardizer.kind,
            "scale": standardizer.scale.tolist(),
            "shift": standardizer.shift.tolist(),
            "epsilon": float(np.finfo(network.dtype).eps),
        },
        "layers": [
            {"units": layer.bias.shape[-1], "weight": _encoded(layer.weight), "bias": _encoded(layer.bias)}
            for layer in network.linear
        ],
        "activations": [
            {
                "name": str(activation).partition(":")[0],
                "slope": activation.slope if isinstance(activation, LeakyReLU) else 0.0,
            }
            for activation in network.activations
        ],
    }


def _encoded(array: FloatArray) -> str:
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()
