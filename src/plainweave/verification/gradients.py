"""Analytic gradients held to numerical ones, parameter by parameter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray, as_dense
from plainweave.checks import instance, number
from plainweave.data import Examples, check_labels
from plainweave.errors import ConfigurationError
from plainweave.losses import SoftmaxCrossEntropy
from plainweave.network import Network

EPSILON = 1e-5
TOLERANCE = 1e-7
_COPIES = 16  # perturbed at a time; a stack of them stays in the processor's cache

Objective = Callable[[Network], FloatArray]


@dataclass(frozen=True)
class TensorCheck:
    """How the analytic gradient of one tensor compares with its numerical approximation.

    Attributes:
        name: of the parameter, "hidden_1.weight".
        checked: elements compared.
        kinks: elements left out because the step crosses a kink of ReLU or leaky ReLU, where central
            differences do not approximate the derivative.
        relative_error: norm(analytic - numeric) / (norm(analytic) + norm(numeric)) of those compared; a
            gradient so near 0 that rounding drowns it is taken as large as rounding allows to judge.
        largest_absolute_error: of an element.
        largest_relative_error: of an element, |a - n| / max(|a| + |n|, the tensor's own mean of it).
        index: where the largest absolute error is.
        analytic: the gradient there.
        numeric: its approximation there.
        passed: relative_error is at most the tolerance, and something was compared.
    """

    name: str
    checked: int
    kinks: int
    relative_error: float
    largest_absolute_error: float
    largest_relative_error: float
    index: tuple[int, ...]
    analytic: float
    numeric: float
    passed: bool

    @property
    def verdict(self) -> str:
        """What the comparison says, for people: nothing compared is neither right nor wrong."""
        return ("passed" if self.passed else "FAILED") if self.checked else "nothing compared"


@dataclass(frozen=True)
class GradientReport:
    """The check of every parameter of a network, in float64.

    Attributes:
        epsilon: the step on either side.
        tolerance: the largest relative error of a tensor that passes.
        tensors: one check for each.
    """

    epsilon: float
    tolerance: float
    tensors: tuple[TensorCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether every tensor passes; one of which nothing could be compared is not proven, and does not."""
        return all(tensor.passed for tensor in self.tensors)

    def __str__(self) -> str:
        lines = [
            f"{tensor.name:16} {tensor.checked:6} checked {tensor.kinks:4} kinks  "
            f"relative error {tensor.relative_error:.1e}  {tensor.verdict}"
            for tensor in self.tensors
        ]
        if not all(tensor.checked for tensor in self.tensors):
            lines.append(
                "Where nothing is compared, every step crosses a kink: units lie exactly on it, as with "
                "biases of 0 and an example of zeros. Give other biases or examples."
            )
        return "\n".join(lines)


def check_gradients(
    network: Network,
    x: FloatArray,
    labels: IntArray,
    *,
    epsilon: float = EPSILON,
    tolerance: float = TOLERANCE,
) -> GradientReport:
    """Compare every gradient of the mean cross-entropy with central differences.

    A copy of the network is checked in float64, for in float32 the differences drown in rounding.

    Args:
        network: one network, no stack; it is left as it is.
        x: inputs (batch, inputs), standardized.
        labels: (batch,).
        epsilon: the step on either side of each parameter.
        tolerance: the largest relative error, by norm, of a tensor that passes.

    Raises:
        ConfigurationError: the network is none or a stack, epsilon or tolerance is not above 0, or there
            are no examples.
        DataError, ShapeError: x or labels can't be examples, or do not fit each other or the network.
    """
    instance("network", network, Network, "pw.Network(features, [50], classes)")
    number("epsilon", epsilon, above=0)
    number("tolerance", tolerance, above=0)
    examples = _checked_examples(network, x, labels)
    double, x = network.astype(np.float64), as_dense(examples.inputs).astype(np.float64)
    targets = np.eye(network.outputs)[examples.labels]
    loss = SoftmaxCrossEntropy()
    logits, caches = double.forward(x)
    value, gradient = loss.value_and_gradient(logits, targets)
    analytic = double.backward(gradient, caches)
    # Either loss is rounded by about this much of itself, and their difference is divided by 2 epsilon.
    rounding = float(1 + value) * np.finfo(np.float64).eps / epsilon

    copies = np.broadcast_to(x, (_COPIES, *x.shape))

    def evaluate(perturbed: Network) -> tuple[FloatArray, BoolArray]:
        logits, above = _logits_and_kinks(perturbed, copies)
        return loss.value(logits, targets), above

    checks = []
    for name, parameter in double.parameters.items():
        numeric, kinks = np.empty(parameter.size), np.zeros(parameter.size, dtype=bool)
        for elements, plus, minus in _perturbed(double, name, epsilon):
            (loss_plus, above_plus), (loss_minus, above_minus) = evaluate(plus), evaluate(minus)
            numeric[elements] = _central(loss_plus, loss_minus, epsilon, len(elements))
            kinks[elements] = (above_plus != above_minus).any(axis=(-2, -1))[: len(elements)]
        shape = parameter.shape
        checks.append(
            _compare(name, analytic[name], numeric.reshape(shape), kinks.reshape(shape), tolerance, rounding)
        )
    return GradientReport(epsilon, tolerance, tuple(checks))


def _checked_examples(network: Network, x: FloatArray, labels: IntArray) -> Examples:
    if network.stack:
        raise ConfigurationError(
            f"network is a stack of {network.stack[0]}; expected one network. Take one by member()."
        )
    examples = Examples(x, labels)
    if not len(examples):
        raise ConfigurationError("there are no examples; expected at least 1.")
    check_labels("example", examples.labels, network.outputs, ", the network's classes.")
    return examples


def numerical_gradient(objective: Objective, network: Network, name: str, epsilon: float) -> FloatArray:
    """Approximate dE/dw of every element w of a parameter by (E(w + e) - E(w - e)) / 2e.

    The truncation error is of order e squared (Bishop 1995, section 4.8.4).

    Args:
        objective: gives E (models,) of a stack of networks.
        network: one network in float64.
        name: of the parameter.
        epsilon: e.

    Returns:
        The approximations, of the parameter's shape.
    """
    value = network.parameters[name]
    numeric = np.empty(value.size)
    for elements, plus, minus in _perturbed(network, name, epsilon):
        numeric[elements] = _central(objective(plus), objective(minus), epsilon, len(elements))
    return numeric.reshape(value.shape)


def _central(plus: FloatArray, minus: FloatArray, epsilon: float, count: int) -> FloatArray:
    """Return the differences of the first copies; a single value stands for all copies."""
    return np.broadcast_to((plus - minus) / (2 * epsilon), _COPIES)[:count]


def _logits_and_kinks(network: Network, x: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return logits (copies, batch, classes), and which units lie above the kinks of their layer."""
    above = [np.zeros((*x.shape[:-1], 0), dtype=bool)]
    logits, caches = network.forward(x)
    for layer, cache in zip(network.layers, caches, strict=True):
        units = layer.above_kink(cache)
        if units is not None:
            above.append(units)
    return logits, np.concatenate(above, axis=-1)


def _perturbed(network: Network, name: str, epsilon: float) -> Iterator[tuple[IntArray, Network, Network]]:
    """Yield some elements of a parameter, and stacks of copies with each of them up, or down, by epsilon."""
    value = network.parameters[name]
    plus, minus = (np.repeat(value[np.newaxis], _COPIES, axis=0) for _ in range(2))
    above, below = (network.with_parameters({name: copies}) for copies in (plus, minus))
    for start in range(0, value.size, _COPIES):
        elements = np.arange(start, min(start + _COPIES, value.size))
        where = (np.arange(len(elements)), *np.unravel_index(elements, value.shape))
        plus[where] += epsilon
        minus[where] -= epsilon
        yield elements, above, below
        plus[where] = minus[where] = value.flat[elements]


def _compare(
    name: str,
    analytic: FloatArray,
    numeric: FloatArray,
    kinks: BoolArray,
    tolerance: float,
    rounding: float,
) -> TensorCheck:
    error = np.where(kinks, 0, np.abs(analytic - numeric))
    magnitude = np.where(kinks, 0, np.abs(analytic) + np.abs(numeric))
    checked = int(kinks.size - kinks.sum())
    scale = np.linalg.norm(analytic[~kinks]) + np.linalg.norm(numeric[~kinks])
    smallest = rounding * np.sqrt(error.size) / tolerance
    relative = float(np.linalg.norm(error) / max(scale, smallest))
    floor = magnitude.mean() or 1.0
    index = np.unravel_index(int(error.argmax()), error.shape)
    return TensorCheck(
        name=name,
        checked=checked,
        kinks=int(kinks.sum()),
        relative_error=relative,
        largest_absolute_error=float(error.max()),
        largest_relative_error=float((error / np.maximum(magnitude, floor)).max()),
        index=tuple(int(axis) for axis in index),
        analytic=float(analytic[index]),
        numeric=float(numeric[index]),
        passed=bool(checked > 0 and relative <= tolerance),
    )
