"""A trained network as the page's script takes it."""

import base64
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.network import LeakyReLU
from plainweave.training import Model

LARGEST = 1_500_000  # bytes of weights; with them the page stays under 4 MB


@dataclass(frozen=True)
class PageLayer:
    """A layer: units, weight (inputs, units) and bias (units,), both as base64 of little-endian floats."""

    units: int
    weight: str
    bias: str


@dataclass(frozen=True)
class PageActivation:
    """An activation by its name; the slope is leaky ReLU's."""

    name: str
    slope: float


@dataclass(frozen=True)
class PageStandardizer:
    """What is done to raw inputs, as `Standardizer` has it; epsilon is the precision's."""

    kind: str
    scale: tuple[float, ...]
    shift: tuple[float, ...]
    epsilon: float


@dataclass(frozen=True)
class PageNetwork:
    """What it takes to classify a picture."""

    class_names: tuple[str, ...]
    image_shape: tuple[int, int]
    full_scale: float
    precision: str
    standardizer: PageStandardizer
    layers: tuple[PageLayer, ...]
    activations: tuple[PageActivation, ...]


def page_network(model: Model) -> PageNetwork | None:
    """Return a network for the page; None if it takes no pictures, or is too large."""
    network, standardizer = model.network, model.standardizer
    size = sum(value.nbytes for value in network.parameters.values())
    if model.image_shape is None or size > LARGEST:
        return None
    return PageNetwork(
        class_names=tuple(model.class_names),
        image_shape=model.image_shape,
        full_scale=model.full_scale,
        precision=network.dtype.name,
        standardizer=PageStandardizer(
            standardizer.kind,
            tuple(standardizer.scale.tolist()),
            tuple(standardizer.shift.tolist()),
            float(np.finfo(network.dtype).eps),
        ),
        layers=tuple(
            PageLayer(layer.bias.shape[-1], _encoded(layer.weight), _encoded(layer.bias))
            for layer in network.layers
        ),
        activations=tuple(
            PageActivation(
                str(activation).partition(":")[0],
                activation.slope if isinstance(activation, LeakyReLU) else 0.0,
            )
            for activation in network.activations
        ),
    )


def _encoded(array: FloatArray) -> str:
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()
