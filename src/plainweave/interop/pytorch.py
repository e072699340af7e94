"""Modules of PyTorch, made of models and networks, and networks made of modules."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.errors import ConfigurationError
from plainweave.extras import need
from plainweave.interop.given import as_model
from plainweave.interop.modules import layer_of, modules_of
from plainweave.interop.state_dict import to_state_dict
from plainweave.network import Layer, Linear, Network
from plainweave.training import Model
from plainweave.training.plain import plain

if TYPE_CHECKING:
    import torch


def to_torch(model: Model | Network) -> "torch.nn.Sequential":
    """Return an `nn.Sequential` that gives the outputs of a model or a network, in evaluation mode.

    It has copies of the arrays. Of a model it takes what `model.prepared` gives: raw inputs, or features made
    of a table. Standardization, factors of the inputs and the scale of the targets are part of its weights
    (per-image standardization is a `LayerNorm` in front); what comes out are logits, or numbers in the units
    of the targets.

    Raises:
        MissingExtraError: PyTorch is not installed.
        ConfigurationError: a layer is none that PyTorch has, or of one's own; or it is a stack.
    """
    need("torch")
    import torch

    simple = plain(as_model(model))
    modules = modules_of(simple.network.layers, simple.standardizer)
    dtype = torch.from_numpy(np.empty(0, simple.network.dtype)).dtype
    made = torch.nn.Sequential(*(getattr(torch.nn, name)(**settings) for name, settings in modules))
    made.to(dtype).load_state_dict(
        {name: torch.tensor(np.ascontiguousarray(value)) for name, value in to_state_dict(simple).items()}
    )
    return made.eval()


def from_torch(module: "torch.nn.Module") -> Network:
    """Return a network of a module's layers, with copies of its weights, bit for bit.

    A linear layer without a bias gets one of zeros. A `Flatten` is left out, for examples are flat here.

    Args:
        module: an `nn.Sequential`, within which there may be others, or a single layer.

    Raises:
        MissingExtraError: PyTorch is not installed.
        ConfigurationError: a module is none that plainweave has, or weights are in another precision than
            float32 or float64.
        ShapeError: layers do not fit each other.
    """
    need("torch")
    import torch

    layers: list[Layer] = []
    for place, part in _parts(module, ""):
        kind = type(part)
        if getattr(torch.nn, kind.__name__, None) is not kind:
            raise ConfigurationError(
                f"{place} is of the class {kind.__name__}, which could do anything; expected modules of "
                "torch.nn. Put its layers into an nn.Sequential, in their order."
            )
        if isinstance(part, torch.nn.Linear):
            layers.append(_linear(place, part))
        elif (layer := layer_of(place, kind.__name__, vars(part))) is not None:
            layers.append(layer)
    return Network.of(layers)


def _parts(module: "torch.nn.Module", place: str) -> "Iterator[tuple[str, torch.nn.Module]]":
    """Yield the modules that act one after the other, each with its place: one may stand in several."""
    import torch

    if type(module) is not torch.nn.Sequential:
        yield f"module {place}" if place else "the module", module
        return
    for number, part in enumerate(module):
        yield from _parts(part, f"{place}.{number}".lstrip("."))


def _linear(place: str, module: "torch.nn.Linear") -> Linear:
    if str(module.weight.dtype) not in ("torch.float32", "torch.float64"):
        raise ConfigurationError(
            f"{place} has weights of {module.weight.dtype}; expected float32 or float64. Call "
            "module.float() first."
        )
    weight: FloatArray = module.weight.detach().cpu().numpy().T.copy()
    bias = np.zeros(weight.shape[1], weight.dtype)
    if module.bias is not None:
        bias = module.bias.detach().cpu().numpy().copy()
    return Linear(weight, bias[np.newaxis])
