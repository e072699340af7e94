"""What an epoch of training means, in NumPy."""

from collections.abc import Iterator

import numpy as np

from plainweave.arrays import FloatArray, IntArray
from plainweave.data import Examples, Standardizer
from plainweave.engine.score import Score
from plainweave.engine.threads import one_blas_thread
from plainweave.losses import SoftmaxCrossEntropy
from plainweave.network import Network
from plainweave.optimizers import SGD

_SCORING_BATCH = 256  # examples; a batch and its activations stay in the processor's cache


@one_blas_thread()
def train_epoch(
    network: Network,
    optimizer: SGD,
    velocity: dict[str, FloatArray],
    examples: Examples,
    standardizer: Standardizer,
    order: IntArray,
    batch_size: int,
) -> Score:
    """Take one step for each mini-batch, in the given order; the last batch may be smaller.

    Args:
        network: trained in place.
        optimizer: takes the steps.
        velocity: what the steps before left, by the names of the parameters; it is carried on.
        examples: inputs (examples, features) as they are stored, and labels.
        standardizer: applied batch by batch.
        order: rows of the examples, (examples,) for all models alike or (models, examples).
        batch_size: examples of a step.

    Returns:
        The score over the epoch, each batch scored just before its step.
    """
    loss = SoftmaxCrossEntropy()
    tally = _Tally(network)
    for x, targets in _batches(network, examples, standardizer, order, batch_size):
        logits, caches = network.forward(x)
        value, gradient = loss.value_and_gradient(logits, targets)
        optimizer.step(network.parameters, network.backward(gradient, caches), velocity)
        tally.add(value, logits, targets)
    return tally.score()


@one_blas_thread()
def evaluate(network: Network, examples: Examples, standardizer: Standardizer) -> Score:
    """Score a network, or each of a stack, on examples it is not trained on."""
    loss = SoftmaxCrossEntropy()
    tally = _Tally(network)
    order = np.arange(len(examples))
    for x, targets in _batches(network, examples, standardizer, order, _SCORING_BATCH):
        logits, _ = network.forward(x)
        tally.add(loss.value(logits, targets), logits, targets)
    return tally.score()


def _batches(
    network: Network,
    examples: Examples,
    standardizer: Standardizer,
    order: IntArray,
    batch_size: int,
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield inputs (..., batch, features) and one-hot targets (..., batch, classes)."""
    one_hot = np.eye(network.outputs, dtype=network.dtype)
    for start in range(0, order.shape[-1], batch_size):
        rows = order[..., start : start + batch_size]
        x = standardizer(examples.take(rows), network.dtype)
        yield x, one_hot[examples.labels[rows]]


class _Tally:
    """Adds up, in float64, the loss and the correct answers of batches."""

    def __init__(self, network: Network) -> None:
        self._loss = np.zeros(network.stack)
        self._correct = np.zeros(network.stack)
        self._examples = 0

    def add(self, mean_loss: FloatArray, logits: FloatArray, targets: FloatArray) -> None:
        batch = logits.shape[-2]
        self._loss += mean_loss.astype(np.float64) * batch
        self._correct += (logits.argmax(axis=-1) == targets.argmax(axis=-1)).sum(axis=-1)
        self._examples += batch

    def score(self) -> Score:
        return Score(self._loss / self._examples, 100 * self._correct / self._examples)
