"""A model whose weights alone do all that can be done by weights."""

from dataclasses import replace

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data import Standardizer
from plainweave.errors import ConfigurationError
from plainweave.network import Layer, Linear, Network, Scale
from plainweave.network.layers import kinds
from plainweave.training.model import Model

_Terms = tuple[FloatArray, FloatArray]  # of a linear layer: weights (inputs, outputs), biases (1, outputs)


def plain(model: Model) -> Model:
    """Return a model of prepared inputs that predicts the same by its layers alone, of standard kinds.

    It takes what `model.prepared` gives. Standardization and factors of a `Scale` become part of the weights
    of the linear layer after them, the scale of the targets part of the last one's. What standardizes each
    example by its own numbers (per-image) stays as it is, for no weights can do that.

    Where a mean is far from 0, all are float64: of raw inputs in float32, digits would be lost that are kept
    where the mean is subtracted first.

    Raises:
        ConfigurationError: inputs are standardized, and the first layer, but for a `Scale`, is not linear; or
            targets are scaled, and the last layer is not linear.
    """
    layers = _without_scales(model.network.layers)
    standardizer, target_scale = model.standardizer, model.target_scale
    if standardizer.kind not in ("none", "per-image"):
        weight, bias = _terms(_linear(layers, 0, "standardized inputs"))
        bias = bias - np.broadcast_to(standardizer.shift, len(weight)) @ weight
        layers[0] = Linear(weight * standardizer.scale[:, np.newaxis], bias)
        standardizer = Standardizer.identity()
    if target_scale is not None:
        weight, bias = _terms(_linear(layers, -1, "scaled targets"))
        each = bias.shape[-1] // len(target_scale.center)  # of quantiles there are several for each target
        spread, center = (np.repeat(values, each) for values in (target_scale.spread, target_scale.center))
        layers[-1] = Linear(weight * spread, bias * spread + center)
    dtype = np.float64 if model.standardizer.far.any() else model.network.dtype
    network = Network.of([_in_precision(layer, dtype) for layer in layers])
    return replace(model, network=network, standardizer=standardizer, preparation=None, target_scale=None)


def _without_scales(layers: list[Layer]) -> list[Layer]:
    """Return the layers with the factors of each `Scale` taken into the linear layer after it."""
    without: list[Layer] = []
    for layer in layers:
        if without and type(without[-1]) is Scale and type(layer) is Linear:
            weight, bias = _terms(layer)
            without[-1] = Linear(weight * without[-1].factor.T, bias)
        else:
            without.append(layer)
    return without


def _linear(layers: list[Layer], place: int, what: str) -> Linear:
    layer = layers[place]
    if type(layer) is Linear:
        return layer
    raise ConfigurationError(
        f"the model has {what}, and its network the layers {', '.join(kinds(layers))}; expected a linear one "
        f"{'first' if place == 0 else 'last'}, whose weights can do it."
    )


def _terms(layer: Linear) -> _Terms:
    return layer.weight.astype(np.float64), layer.bias.astype(np.float64)


def _in_precision(layer: Layer, dtype: type[np.float64] | np.dtype[np.floating]) -> Layer:
    if type(layer) is not Linear:
        return layer
    return Linear(layer.weight.astype(dtype), layer.bias.astype(dtype))
