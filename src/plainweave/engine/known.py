"""What the compiled engine knows, and by which numbers; those are the enums of c/program.h."""

from dataclasses import dataclass, fields

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data import Examples, Standardizer
from plainweave.engine.program import Work
from plainweave.extension import extension, kernels
from plainweave.losses import (
    AbsoluteError,
    Huber,
    Loss,
    Poisson,
    Quantile,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    SquaredError,
)
from plainweave.network import Activation, Dropout, Linear, Network, Scale
from plainweave.network.prediction import COMPILED
from plainweave.optimizers import Optimizer

_LOSSES: tuple[type[Loss], ...] = (
    *(SoftmaxCrossEntropy, SigmoidCrossEntropy, SquaredError, AbsoluteError, Huber, Quantile, Poisson),
)
_LARGEST = 2**30  # units of a layer that the compiled code takes

_Shape = tuple[
    int, int, int, float, float, int
]  # inputs, units, activation, its setting, dropout, its number


@dataclass(frozen=True)
class Shapes:
    """A network as the compiled code takes it.

    Attributes:
        has_scale: whether each feature has a factor before the first layer.
        layers: the linear ones with the activation and the dropout after them.
    """

    has_scale: bool
    layers: list[_Shape]


class _UnknownError(ValueError):
    """The layers are in an order that the compiled engine does not know."""


def obstacle(work: Work) -> str | None:
    """Return why the engine can't do some work, or None if it can.

    What is of a class of the user's own may mean anything, and is trained by its own methods, on NumPy.
    """
    network, split = work.network, work.split
    if not kernels():
        return "the compiled engine is not built"
    for part, known in (
        (network, (Network,)),
        (work.loss, _LOSSES),
        (split.training, (Examples,)),
        (split.validation, (Examples, type(None))),
        (split.standardizer, (Standardizer,)),
        *((layer, (Linear, Scale, Dropout, *COMPILED)) for layer in network.layers),
    ):
        if type(part) not in known:
            return f"it does not know {type(part).__name__}"
    reason = _of_rule(work.optimizer)
    if reason:
        return reason
    try:
        shapes_of(network)
    except _UnknownError as error:
        return str(error)
    if max(network.inputs, *network.hidden, network.outputs) > _LARGEST:
        return f"a layer has more than {_LARGEST} units"
    return None


def _of_rule(optimizer: Optimizer) -> str | None:
    """Return why a rule can't be had; one that states a code means its steps, by a table of its own."""
    code, module = optimizer.code, extension()
    if code is None or module is None:
        return f"it does not know {type(optimizer).__name__}"
    rules, form = dict(enumerate(module.rules())), (optimizer.columns, len(optimizer.slots))
    columns, fewest, most = rules.get(code, (0, 0, 0))
    if form[0] != columns or not fewest <= form[1] <= most:
        return (
            f"it knows no rule of code {code}, {form[0]} columns and {form[1]} slots, as "
            f"{type(optimizer).__name__} has them"
        )
    return None


def shapes_of(network: Network) -> Shapes:
    """Return a network as the compiled code takes it.

    Raises:
        ValueError: it can't be taken.
    """
    layers = list(network.layers)
    has_scale = isinstance(layers[0], Scale)
    shapes: list[_Shape] = []
    position = int(has_scale)
    while position < len(layers):
        linear, activation, dropout = ([*layers[position:], None, None, None])[:3]
        if not isinstance(linear, Linear):
            raise _UnknownError(
                f"it does not know {type(linear).__name__} where it stands; it knows Scale before the first "
                "linear layer, and after one an activation and then Dropout"
            )
        position += 1
        code, setting, rate, number = 0, 0.0, 0.0, 0
        if isinstance(activation, Activation):
            code, setting = COMPILED.index(type(activation)), _setting(activation)
            position += 1
        else:
            dropout = activation
        if isinstance(dropout, Dropout):
            rate, number = dropout.rate, position
            position += 1
        is_last = position == len(layers)
        if is_last and layers[-1] is not linear:
            raise _UnknownError("it does not know a network whose last layer is not linear")
        shapes.append((*linear.weight.shape[-2:], code, setting, rate, number))
    return Shapes(has_scale, shapes)


def loss_of(loss: Loss, width: int, largest: float) -> tuple[int, float, FloatArray, int, float]:
    """Return a loss as the compiled code takes it.

    Args:
        loss: one that it knows.
        width: how many numbers a target has.
        largest: of a term, as it is told.
    """
    levels = np.array(loss.levels if isinstance(loss, Quantile) else (), np.float64)
    setting = 0.0 if isinstance(loss, Quantile) else _setting(loss)
    return _LOSSES.index(type(loss)), setting, levels, width, largest


def rule_of(optimizer: Optimizer) -> tuple[int, int]:
    """Return the number of a rule, and how many arrays it keeps beside the parameters."""
    assert optimizer.code is not None
    return optimizer.code, len(optimizer.slots)


def _setting(part: Activation | Loss) -> float:
    """Return the only setting of a part, 0 where it has none."""
    for setting in fields(part):  # type: ignore[arg-type]
        return float(getattr(part, setting.name))
    return 0.0
