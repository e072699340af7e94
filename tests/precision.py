"""Numbers against 50 digits: where functions are measured, their right values, and what each engine gives."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import mpmath
import numpy as np
from numpy.typing import NDArray

import plainweave as pw
from plainweave.engine import Work
from plainweave.engine.compiled import CompiledProgram
from plainweave.network import Activation

Numbers: TypeAlias = NDArray[Any]
Exact: TypeAlias = list[Any]  # of mpmath's numbers

DIGITS: Any = mpmath.MPContext()
DIGITS.dps = 50
BEYOND = 2000  # where exp(-x) is 0 to thousands of digits, and mpmath would take long over it


def points(dtype: type, count: int, seed: int = 0) -> Numbers:
    """Return numbers of all sizes: edges, a dense grid where functions bend, and bit patterns at random."""
    stream, limits = np.random.default_rng(seed), np.finfo(dtype)
    whole: Any = np.uint32 if dtype is np.float32 else np.uint64
    patterns: Numbers = stream.integers(0, np.iinfo(whole).max, count, dtype=whole, endpoint=True).view(dtype)
    reach = -1.1 * math.log(float(limits.smallest_subnormal))  # from where on exp(-x) is 0
    grid = np.concatenate([stream.uniform(-each, each, count) for each in (1, 10, reach)])
    edges = [0, 1, limits.max, limits.tiny, limits.smallest_subnormal, limits.eps]
    edges += [each * math.log(2) for each in (125.2, 125.4, 126, 126.5, 127, 128, 149, 1022, 1024, 1074)]
    both = np.concatenate([np.array([*edges, 2e-4, 0.625, 9, 18, 88, 104]), grid])
    found: Numbers = np.concatenate([both, -both]).astype(dtype)
    return np.concatenate([found, patterns[np.isfinite(patterns)], np.array([-0.0], dtype)])


def _exponential(x: Any) -> Any:
    """exp(-|x|)."""
    return DIGITS.exp(-abs(x)) if abs(x) < BEYOND else DIGITS.mpf(0)


def _tanh(x: Any) -> tuple[Any, Any, Any]:
    y = DIGITS.tanh(x) if abs(x) < BEYOND else DIGITS.sign(x)
    e = _exponential(2 * x)
    return y, 4 * e / (1 + e) ** 2, 1 + y * y


def _sigmoid(x: Any) -> tuple[Any, Any, Any]:
    e = _exponential(x)
    y = (e if x < 0 else 1) / (1 + e)
    return y, e / (1 + e) ** 2, y + y * y


def _lines(slope: float) -> Callable[[Any], tuple[Any, Any, Any]]:
    def line(x: Any) -> tuple[Any, Any, Any]:
        derivative = DIGITS.mpf(1 if x > 0 else slope)
        return derivative * x, derivative, derivative

    return line


# Of x: the value, the derivative, and the sizes added up of the terms that the derivative is computed from.
EXACT: dict[str, Callable[[Any], tuple[Any, Any, Any]]] = {
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "relu": _lines(0),
    "leaky-relu": _lines(0.1),
    "identity": _lines(1),
}


def exact(name: str, x: Numbers) -> tuple[Exact, Exact, Exact]:
    """Return values, derivatives and the sizes of their terms."""
    found = [EXACT[name](DIGITS.mpf(float(each))) for each in x]
    return tuple(list(column) for column in zip(*found, strict=True))  # type: ignore[return-value]


@dataclass(frozen=True)
class ExactSoftmax:
    """The right values for one example, and the sizes that their errors are measured by.

    The exponential of a difference of d multiplies the difference's own rounding by d.
    """

    probabilities: Exact
    sizes: Exact  # p (1 + d), with d by how much the logit is below the largest
    loss: Any
    loss_size: Any  # log(1 + rest) (1 + d of the second largest) + d of the label

    @classmethod
    def of(cls, logits: Numbers, label: int) -> "ExactSoftmax":
        z = [DIGITS.mpf(float(each)) for each in logits]
        below = [max(z) - each for each in z]
        others = sorted(below)[1:]
        rest = sum(_exponential(each) for each in others)
        probabilities = [_exponential(each) / (1 + rest) for each in below]
        sizes = [p * (1 + each) for p, each in zip(probabilities, below, strict=True)]
        sure = DIGITS.log1p(rest)
        second = min(*others, BEYOND) if others else 0
        return cls(probabilities, sizes, sure + below[label], sure * (1 + second) + below[label])


def units(given: Numbers, right: Exact, sizes: Exact | None = None, small_terms: int = 0) -> Numbers:
    """Return errors in units of the last place of the right values, or of other sizes.

    The unit is what lies between neighbouring numbers of the precision of `given`. What is below the smallest
    normal number may be taken as 0: the value, and as many small terms as were added up.
    """
    limits = np.finfo(given.dtype)
    tiny = DIGITS.mpf(float(limits.tiny))
    errors = []
    for each, correct, size in zip(given, right, sizes or right, strict=True):
        may_be_0 = small_terms + (abs(correct) < tiny * (1 + 4 * float(limits.eps)))
        error = abs(DIGITS.mpf(float(each)) - correct) - may_be_0 * tiny
        exponent = max(DIGITS.frexp(abs(size))[1] - 1, int(limits.minexp))
        errors.append(max(0.0, float(DIGITS.ldexp(error, int(limits.nmant) - exponent))))
    return np.array(errors)


def of_numpy(name: str, x: Numbers) -> tuple[Numbers, Numbers]:
    """Return values and derivatives as the activation's own methods give them."""
    function = Activation.named(name)
    y, cache = function.forward(x)
    return y, function.backward(np.ones_like(x), cache)[0]


def of_compiled(kernel: str, name: str, x: Numbers) -> tuple[Numbers, Numbers]:
    """Return values and derivatives as the compiled engine uses them, read from one step of training.

    The network has one input, which is 1, and a unit for each x, which is its weight. Its outputs are so far
    apart that the probabilities are 0 and 1: the loss has the derivatives -1 and 1 by them, and 1 by every
    unit. A step of rate 1 then takes the value itself from a weight of 0, and the derivative from a bias.
    """
    size = np.float32(1e38)
    network = pw.Network(1, [len(x)], 2, activation=name)
    for parameter in network.parameters.values():
        parameter[...] = 0
    network.parameters["hidden_1.weight"][...] = x
    network.parameters["output.weight"][:, 1] = 1
    network.parameters["output.bias"][:, 1] = size
    _step(network, _one_hot([0], 1), kernel, 1.0, 0)
    return network.parameters["output.weight"][:, 0], -network.parameters["hidden_1.bias"][0]


def softmax_of_compiled(kernel: str, logits: Numbers, labels: Sequence[int]) -> tuple[Numbers, Numbers]:
    """Return the losses of examples and their gradients by the logits (examples, classes).

    Without hidden layers and with inputs of which one is 1, the weights are the logits.
    """
    parts = _one_hot(labels, len(logits))
    network = pw.Network(len(logits), [], logits.shape[1])
    losses, gradients = [], []
    for example in range(len(logits)):
        network.parameters["output.weight"][...] = logits
        network.parameters["output.bias"][...] = 0
        losses.append(np.float32(_step(network, parts, kernel, 1.0, example)))
        gradients.append(-network.parameters["output.bias"][0])
    return np.array(losses), np.array(gradients)


def standardized_by_compiled(kernel: str, parts: pw.Split) -> Numbers:
    """Return the training inputs (examples, features) as the compiled engine multiplies them.

    A network of zeros gives two classes the probability 1/2 each, so a step of rate 2 on one example takes
    its inputs from the weights of the class that is not its own.
    """
    rows = []
    for example, label in enumerate(parts.training.labels):
        network = pw.Network(parts.training.inputs.shape[1], [], 2)
        network.parameters["output.weight"][...] = 0
        _step(network, parts, kernel, 2.0, example)
        rows.append(-network.parameters["output.weight"][:, 1 - label])
    return np.array(rows)


def _step(network: pw.Network, parts: pw.Split, kernel: str, rate: float, example: int) -> Any:
    """Take a step along the gradient of one example, and return its loss before."""
    optimizer = pw.SGD(rate)
    program = CompiledProgram(Work(network, pw.SoftmaxCrossEntropy(), optimizer, parts, 1), kernel)
    return program.epoch(1, np.array([example]), optimizer.table(0, 1), {}).loss


def _one_hot(labels: Sequence[int], features: int) -> pw.Split:
    """Examples of which each has one input of 1, and that standardizing leaves as they are."""
    examples = pw.Examples(np.eye(features, dtype=np.uint8)[: len(labels)], np.asarray(labels))
    as_it_is = pw.Standardizer("all-pixels", np.ones(1), np.zeros(1))
    return pw.Split(examples, examples, as_it_is, np.arange(0))
