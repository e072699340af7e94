"""What a network gives outside of training, by compiled code where that is built and knows every layer.

An example's outputs are the same bytes whatever examples are with it, and however many threads are at work.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias, cast

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.extension import extension
from plainweave.network.activation import Activation
from plainweave.network.dropout import Dropout
from plainweave.network.gates import GELU, GELUTanh, Mish, SiLU
from plainweave.network.layer import Layer
from plainweave.network.linear import Linear
from plainweave.network.rectifiers import ELU, SELU, LeakyReLU, ReLU
from plainweave.network.scale import Scale
from plainweave.network.sigmoids import Identity, Sigmoid, Softplus, Tanh

# The activations that compiled code knows, in the order of its numbers for them; see engine/c/program.h.
COMPILED: tuple[type[Activation], ...] = (
    *(Identity, Tanh, Sigmoid, ReLU, LeakyReLU, ELU, SELU, GELU, GELUTanh, SiLU, Mish, Softplus),
)
# The other steps, see engine/c/steps.h: weight and bias, a factor, and the softmax of what there is.
LINEAR, SCALING, PROBABILITIES = range(len(COMPILED), len(COMPILED) + 3)
_SETTINGS = {LeakyReLU: "slope", ELU: "alpha"}

# Its code, then arrays or a setting.
Step: TypeAlias = tuple[Any, ...]


def steps_of(layers: Sequence[Layer]) -> list[Step] | None:
    """Return what compiled code does for layers, None where it does not know one."""
    steps = list[Step]()
    for layer in layers:
        kind = type(layer)
        if kind is Linear:
            linear = cast(Linear, layer)
            steps.append((LINEAR, linear.weight, linear.bias))
        elif kind in COMPILED:
            steps.append(activation_step(cast(Activation, layer)))
        elif kind is Scale:
            steps.append((SCALING, cast(Scale, layer).factor))
        elif kind is not Dropout:
            return None
    return steps


@lru_cache(maxsize=64)
def activation_step(activation: Activation) -> Step:
    """Return what compiled code does for an activation that it knows."""
    kind = type(activation)
    return COMPILED.index(kind), getattr(activation, _SETTINGS[kind]) if kind in _SETTINGS else 0.0


def followed(steps: Sequence[Step], x: FloatArray, threads: int = 1) -> FloatArray | None:
    """Return what steps make of x (rows, features), an array (rows, outputs) of its precision.

    None is for what compiled code does not take: arrays of another precision, number of axes or layout, or
    that do not fit each other, and x that are not all finite.
    """
    module, width = extension(), x.shape[-1]
    for step in steps:
        if step[0] == LINEAR:
            width = step[1].shape[-1]
    if module is None:
        return None
    outputs: FloatArray = np.empty((x.shape[0], width), x.dtype)
    try:
        return outputs if module.forward(tuple(steps), x, outputs, threads) else None
    except (TypeError, ValueError):
        return None


def followed_by_each(
    steps: Sequence[Step], stack: tuple[int, ...], x: FloatArray, threads: int = 1
) -> FloatArray | None:
    """Return what the steps of a network or a stack make of finite x, in the widest precision of all arrays.

    None is for what compiled code does not take.

    Args:
        steps: of a network, or with an axis of models in front of every array.
        stack: () for one network, (models,) for several.
        x: (..., rows, features); of a stack (rows, features), or (models, rows, features).
        threads: that work on it.

    Returns:
        Outputs (..., rows, outputs); of a stack (models, rows, outputs).
    """
    arrays = [part for step in steps for part in step if isinstance(part, np.ndarray)]
    if any(array.ndim > 3 or array.shape[:-2] != stack for array in arrays):
        return None
    dtype = np.result_type(x, *arrays)
    x = x.astype(dtype, copy=False)
    of_models = x if stack and x.ndim > 2 else np.broadcast_to(x, (*stack, *x.shape))
    members: list[FloatArray] = []
    for model in np.ndindex(stack):
        rows = of_models[model]
        outputs = followed(_of_model(steps, model, dtype), rows.reshape(-1, x.shape[-1]), threads)
        if outputs is None:
            return None
        members.append(outputs.reshape(*rows.shape[:-1], outputs.shape[-1]))
    return np.stack(members) if stack else members[0]


def _of_model(steps: Sequence[Step], model: tuple[int, ...], dtype: np.dtype[np.floating]) -> list[Step]:
    """Return the steps of one model of a stack, or with () of a network, of that precision."""
    return [
        tuple(
            np.ascontiguousarray(part[model], dtype) if isinstance(part, np.ndarray) else part
            for part in step
        )
        for step in steps
    ]
