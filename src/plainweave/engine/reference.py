"""What an epoch of training means, in NumPy: any part, any precision, any machine."""

from collections.abc import Iterator
from typing import cast

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray, RawArray
from plainweave.data import Examples, Standardizer
from plainweave.data.scale import TargetScale
from plainweave.data.stored import is_stored
from plainweave.engine.checks import check_epoch, check_epochs, check_examples, check_rows, check_work
from plainweave.engine.program import Until, Work, one_by_one
from plainweave.engine.score import Score
from plainweave.engine.targets import Targets
from plainweave.engine.threads import one_blas_thread
from plainweave.engine.windows import Windows
from plainweave.losses import Loss
from plainweave.losses.batch import mean
from plainweave.network import Network, check_parameters
from plainweave.optimizers import Slots
from plainweave.optimizers.optimizer import DECAY, L1
from plainweave.randomness import Draw

_DERIVED_BATCH = 4096  # examples whose gradient is taken together; all at once may not fit in memory
_SCORING_BATCH = 256  # examples; a batch and its activations stay in the processor's cache


class NumPyProgram:
    """The definition of a program, see `Program`."""

    def __init__(self, work: Work) -> None:
        check_work(work)
        split = work.split
        self._work = work
        parts = (split.standardizer, work.network, work.loss, split.target_scale)
        self._training = _Part("training", split.training, *parts)
        self._factors = work.optimizer.factors(list(work.network.parameters))
        self._validation: _Part | None = None
        if split.validation is not None:
            self._validation = _Part("validation", split.validation, *parts, work.largest_loss)

    @one_blas_thread()
    def epoch(
        self,
        number: int,
        order: IntArray,
        table: FloatArray,
        slots: Slots,
        running: BoolArray | None = None,
        trace: FloatArray | None = None,
    ) -> Score:
        """Take one step for each mini-batch."""
        work, network = self._work, self._work.network
        check_parameters(network)
        check_epoch(work, network.parameters, order, table, slots, running, trace)
        keys = Draw.of(work.seed, number, order).keys
        tally = _Tally(network, work.loss)
        for step, (rows, raw) in enumerate(self._training.in_turn(order, work.batch_size)):
            x, targets, weights = self._training.take(rows, raw)
            outputs, caches = network.forward(x, Draw(keys, rows))
            value, gradient = work.loss.value_and_gradient(outputs, targets, weights)
            if work.largest_loss < np.inf:
                value = mean(work.loss.told(outputs, targets, work.largest_loss), weights)
            if trace is not None:
                trace[..., step, 0] = value
                trace[..., step, 1] = self._penalty(table[..., step, :])
            gradients = network.backward(gradient, caches)
            work.optimizer.step(network.parameters, gradients, slots, table[..., step, :])
            tally.add(value, outputs, targets, weights)
        return tally.score(self._training.targets)

    @property
    def at_once(self) -> int:
        """How many epochs are best trained by one call."""
        return 1

    def epochs(
        self,
        number: int,
        orders: IntArray,
        table: FloatArray,
        slots: Slots,
        trace: FloatArray | None = None,
        kept: FloatArray | None = None,
        until: Until | None = None,
    ) -> tuple[Score, Score | None]:
        """Train for several epochs in turn, and validate."""
        parameters = self._work.network.parameters
        check_epochs(self._work, parameters, orders, table, slots, trace, kept, until)
        return one_by_one(self, parameters, number, orders, table, slots, trace, kept, until)

    def _penalty(self, row: FloatArray) -> FloatArray:
        """Return what a step's penalties, of its row of the table, add to the loss of each model (...)."""
        network = self._work.network
        penalty = np.zeros(network.stack)
        for factors, parameter in zip(self._factors, network.parameters.values(), strict=True):
            decay, l1 = row[..., DECAY] * factors[DECAY], row[..., L1] * factors[L1]
            if np.any(decay) or np.any(l1):
                p = parameter.astype(np.float64)
                penalty += decay / 2 * np.square(p).sum(axis=(-2, -1)) + l1 * np.abs(p).sum(axis=(-2, -1))
        return penalty

    @one_blas_thread()
    def gradients(self, rows: IntArray, epoch: int | None = None) -> tuple[float, dict[str, FloatArray]]:
        """Return the loss of examples and its gradient, of one network."""
        work, network = self._work, self._work.network
        check_parameters(network)
        check_rows(work, rows)
        loss, sums, whole = 0.0, dict[str, FloatArray](), self._training.weight_of(rows) or 1
        for some in _batches(rows, _DERIVED_BATCH):
            x, targets, weights = self._training.take(some)
            draw = None if epoch is None else Draw(Draw.of(work.seed, epoch, some).keys, some)
            outputs, caches = network.forward(x, draw)
            share = self._training.weight_of(some) / whole
            gradient = work.loss.value_and_gradient(outputs, targets, weights)[1]
            for name, value in network.backward(gradient, caches).items():
                sums[name] = sums[name] + share * value if name in sums else share * value
            loss += share * float(mean(work.loss.told(outputs, targets, work.largest_loss), weights))
        return loss, {name: sums[name] for name in network.parameters}

    def validate(self) -> Score | None:
        """Score the network on the validation part; None where there is none."""
        return None if self._validation is None else self._validation.score(self._work.network)


def evaluate(
    network: Network,
    loss: Loss,
    examples: Examples,
    standardizer: Standardizer,
    scale: TargetScale | None = None,
) -> Score:
    """Score a network, or each of a stack, on examples it is not trained on.

    Args:
        network: or a stack.
        loss: that tells, with its metrics.
        examples: with targets in their units.
        standardizer: of the inputs.
        scale: of the targets that the network was trained on, if they were standardized: the loss is that of
            such targets, metrics are in the targets' units.

    Raises:
        ConfigurationError: there are no examples, or none has a weight above 0.
        ShapeError: they have another number of features than the network has inputs.
        DataError: a target is none that the loss can take.
    """
    check_examples(network, "", examples)
    return _Part("", examples, standardizer, network, loss, scale).score(network)


class _Part:
    """Examples of one part, with their targets as the loss takes them."""

    def __init__(
        self,
        name: str,
        examples: Examples,
        standardizer: Standardizer,
        network: Network,
        loss: Loss,
        scale: TargetScale | None,
        largest: float = np.inf,
    ) -> None:
        self._largest = largest
        self._examples, self._standardizer, self._loss = examples, standardizer, loss
        self._dtype = network.dtype
        self.targets = Targets.of(name, examples, loss, network, scale)

    def in_turn(self, order: IntArray, batch_size: int) -> Iterator[tuple[IntArray, RawArray]]:
        """Give the rows of each batch and their inputs; of a file a window of them is read at a time.

        Batch by batch are read those of a stack whose models have orders of their own, for a window of each
        would take too much memory, and those of a class that may take its rows in a way of its own.
        """
        examples = self._examples
        inputs: object = examples.inputs
        if is_stored(inputs) and order.ndim == 1 and type(examples) is Examples:
            windows = Windows(inputs, inputs.window(batch_size), inputs.dtype, None)
            memory, places = windows.arrays
            for part in windows.over(order, batch_size):
                for rows in _batches(order[part], batch_size):
                    yield rows, memory[places[rows]]
        else:
            for rows in _batches(order, batch_size):
                yield rows, examples.take(rows)

    def take(
        self, rows: IntArray, raw: RawArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Return inputs (..., batch, features), targets (..., batch, width) and weights (..., batch)."""
        x = self._standardizer(self._examples.take(rows) if raw is None else raw, self._dtype)
        weights = self.targets.weights
        return x, cast(FloatArray, self.targets.values[rows]), None if weights is None else weights[rows]

    def weight_of(self, rows: IntArray) -> float:
        """Return the sum of the weights of examples."""
        weights = self.targets.weights
        return len(rows) if weights is None else float(weights[rows].sum(dtype=np.float64))

    @one_blas_thread()
    def score(self, network: Network) -> Score:
        tally = _Tally(network, self._loss)
        for rows in _batches(np.arange(len(self._examples)), _SCORING_BATCH):
            x, targets, weights = self.take(rows)
            outputs, _ = network.forward(x)
            value = self._loss.value(outputs, targets, weights)
            if self._largest < np.inf:
                value = mean(self._loss.told(outputs, targets, self._largest), weights)
            tally.add(value, outputs, targets, weights)
        return tally.score(self.targets)


def _batches(order: IntArray, batch_size: int) -> Iterator[IntArray]:
    for start in range(0, order.shape[-1], batch_size):
        yield order[..., start : start + batch_size]


class _Tally:
    """Adds up, in float64, the loss and what the metrics are made of, batch by batch."""

    def __init__(self, network: Network, loss: Loss) -> None:
        self._metrics = loss
        self._loss, self._weight = np.zeros(network.stack), np.zeros(network.stack)
        self._sums: dict[str, FloatArray] = {}

    def add(
        self, mean_loss: FloatArray, outputs: FloatArray, targets: FloatArray, weights: FloatArray | None
    ) -> None:
        weight = outputs.shape[-2] if weights is None else weights.sum(axis=-1, dtype=np.float64)
        self._loss += mean_loss.astype(np.float64) * weight
        self._weight += weight
        for name, value in self._metrics.tally(outputs, targets, weights).items():
            self._sums[name] = self._sums.get(name, 0.0) + value

    def score(self, targets: Targets) -> Score:
        sums = {**self._sums, "weight": self._weight}
        return Score(self._loss / self._weight, targets.scores(self._metrics, sums))
