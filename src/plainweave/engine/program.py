"""The contract of an engine: a program, made once for a training, that is run epoch by epoch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.data import Split
from plainweave.engine.score import Score
from plainweave.losses import Loss
from plainweave.network import Network
from plainweave.optimizers import Optimizer, Slots


@dataclass(frozen=True)
class Work:
    """What a program is to do.

    Attributes:
        network: or a stack of them, trained in place.
        loss: what is made small.
        optimizer: takes the steps.
        split: the examples to train on and to validate on.
        batch_size: examples of a step; the last batch of an epoch may be smaller.
        seed: of the dropout masks; a list gives each model of a stack its own.
        largest_loss: a term of the loss, of an example's softmax or of an output, is told as at most this, in
            scores and in traces. Its gradient is that of the loss as it is.
        threads: that the compiled engine works with, None for as many as pay; any gives the same bytes.
        precision: "full", or "mixed" for steps whose products are of bfloat16 with float32 sums; scores of the
            validation part are of full precision in any case.
    """

    network: Network
    loss: Loss
    optimizer: Optimizer
    split: Split
    batch_size: int
    seed: int | Sequence[int] = 0
    largest_loss: float = math.inf
    threads: int | None = 1
    precision: str = "full"

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return -(-len(self.split.training) // self.batch_size)


class Program(Protocol):
    """Trains and scores the network of its work."""

    def epoch(
        self,
        number: int,
        order: IntArray,
        table: FloatArray,
        slots: Slots,
        running: BoolArray | None = None,
        trace: FloatArray | None = None,
    ) -> Score:
        """Take one step for each mini-batch of the training part, in the given order.

        Args:
            number: of the epoch, from 1: with the seed it decides the dropout masks.
            order: rows of the training part, (examples,) for all models alike or (models, examples).
            table: the numbers of every step, (steps, columns) or (models, steps, columns); see
                `Optimizer.steps`.
            slots: what the optimizer keeps beside the parameters, by the names of both; carried on in place.
            running: which models are trained (models,); what becomes of the others is left open.
            trace: float64 (steps, 2) or (models, steps, 2), set to the loss of each step's batch and to what
                the penalties add to it, sum DECAY / 2 p^2 + L1 |p|, both just before the step.

        Returns:
            The score over the epoch, each batch scored just before its step.

        Raises:
            ConfigurationError, ShapeError, DataError: something does not fit the network; see `checks`.
        """

    def epochs(
        self, number: int, orders: IntArray, table: FloatArray, slots: Slots, trace: FloatArray
    ) -> list[Score]:
        """Train one network, no stack, for several epochs in turn, as `epoch` does for one.

        Nobody can look in between, which of few examples would take longer than training.

        Args:
            number: of the first epoch, from 1.
            orders: rows of the training part, (epochs, examples).
            table: the numbers of every step, (epochs * steps, columns).
            slots: what the optimizer keeps beside the parameters.
            trace: set to loss and penalty of every step, (epochs * steps, 2).

        Returns:
            The score over each epoch.

        Raises:
            ConfigurationError, ShapeError, DataError: see `epoch`.
        """

    def gradients(self, rows: IntArray, epoch: int | None = None) -> tuple[float, dict[str, FloatArray]]:
        """Return the loss of examples, without penalties, and its gradient; of one network, no stack.

        Args:
            rows: of the training part (examples,), at least one.
            epoch: whose dropout masks there are; None for none.

        Returns:
            The weighted mean of the loss, and gradients by the names of the network's parameters, in order.
        """

    def validate(self) -> Score | None:
        """Score the network on the validation part; None where there is none."""


def one_by_one(
    program: Program, number: int, orders: IntArray, table: FloatArray, slots: Slots, trace: FloatArray
) -> list[Score]:
    """Train for several epochs in turn by a call for each; see `Program.epochs`."""
    scores = []
    steps = len(table) // len(orders)
    for place, order in enumerate(orders):
        part = slice(place * steps, (place + 1) * steps)
        scores.append(program.epoch(number + place, order, table[part], slots, trace=trace[part]))
    return scores
