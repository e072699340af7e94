"""Table 1 of the report: seven gradients of the default network, checked as it was done there."""

from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray, IntArray
from plainweave.network import Network, SoftmaxCrossEntropy

EPSILON = 1e-2
TOLERANCE = EPSILON**2

# The report's words, the parameter and the element in it, in the order of the report.
_ROWS = (
    ("Output layer bias [0]", "output.bias", (0, 0)),
    ("Hidden layer 2 bias [0]", "hidden_2.bias", (0, 0)),
    ("Hidden layer 1 bias [0]", "hidden_1.bias", (0, 0)),
    ("Hidden layer 2 weight [0,0]", "hidden_2.weight", (0, 0)),
    ("Hidden layer 2 weight [1,1]", "hidden_2.weight", (1, 1)),
    ("Hidden layer 1 weight [0,0]", "hidden_1.weight", (0, 0)),
    ("Hidden layer 1 weight [1,1]", "hidden_1.weight", (1, 1)),
)


@dataclass(frozen=True)
class TableRow:
    """One gradient, its numerical approximation, and whether they agree within epsilon squared."""

    description: str
    analytic: float
    numeric: float
    agrees: bool


def table_1(x: FloatArray, labels: IntArray, *, seed: int = 0) -> list[TableRow]:
    """Check the seven gradients with epsilon 1e-2, new random weights for each.

    The default network has two hidden layers of 50 tanh units; it is checked in float64. With a single
    input there is no weight [1,1] of the first layer, and that row is left out.

    Args:
        x: standardized inputs (batch, inputs), one example of each class.
        labels: (batch,), each class once.
        seed: of the first row's weights; each row takes the next.
    """
    targets = np.eye(len(labels))[labels]
    return [
        _row(words, name, index, x, targets, seed + row)
        for row, (words, name, index) in enumerate(_ROWS)
        if name != "hidden_1.weight" or index[0] < x.shape[-1]
    ]


def _row(
    words: str, name: str, index: tuple[int, int], x: FloatArray, targets: FloatArray, seed: int
) -> TableRow:
    network = Network(x.shape[-1], [50, 50], targets.shape[-1], seed=seed, dtype="float64")
    loss = SoftmaxCrossEntropy()
    logits, caches = network.forward(x)
    analytic = network.backward(loss.value_and_gradient(logits, targets)[1], caches)[name][index]

    def loss_at(step: float) -> FloatArray:
        moved = network.parameters[name].copy()
        moved[index] += step
        return loss.value(network.with_parameters({name: moved}).forward(x)[0], targets)

    numeric = (loss_at(EPSILON) - loss_at(-EPSILON)) / (2 * EPSILON)
    return TableRow(words, float(analytic), float(numeric), bool(abs(analytic - numeric) <= TOLERANCE))
