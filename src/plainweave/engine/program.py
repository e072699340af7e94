"""The contract of an engine: a program, made once for a training, that is run epoch by epoch."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from plainweave import tree
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
        precision: "full", or "mixed" for steps whose products are of bfloat16 with float32 sums; scores of
            the validation part are of full precision in any case.
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


@dataclass(frozen=True)
class Until:
    """When an epoch is to be the last of several: losses of more than a limit in turn were no lower.

    Attributes:
        least: by which a loss must be lower than the best one.
        best: of the epochs before.
        waited: how many before were no better, in turn.
        limit: how many may be.
        per_trace: what loss and penalty of a step are multiplied by, (2,).
        shares: of each step in the loss of an epoch, (steps,).
    """

    least: float
    best: float
    waited: int
    limit: float
    per_trace: FloatArray
    shares: FloatArray

    def numbers(self) -> FloatArray:
        """Return all of them as the compiled code takes them."""
        return np.array(
            [self.least, self.best, self.waited, self.limit, *self.per_trace, *self.shares], np.float64
        )

    def after(self, trace: FloatArray) -> "Until":
        """Return the same after an epoch with that trace (steps, 2)."""
        loss = float(self.shares @ (trace @ self.per_trace))
        waited = self.waited + 1 if loss > self.best - self.least else 0
        return replace(self, best=min(self.best, loss), waited=waited)

    @property
    def is_over(self) -> bool:
        """Whether it is so."""
        return self.waited > self.limit


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

    @property
    def at_once(self) -> int:
        """How many epochs of one network are best trained by one call of `epochs`; 1 where nothing is won."""

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
        """Train one network, no stack, for several epochs in turn, as `epoch` does for one, and validate.

        Nobody can look in between, which of few examples would take longer than training.

        Args:
            number: of the first epoch, from 1.
            orders: rows of the training part, (epochs, examples).
            table: the numbers of every step, (epochs * steps, columns).
            slots: what the optimizer keeps beside the parameters.
            trace: set to loss and penalty of every step, (epochs * steps, 2).
            kept: set to all parameters, one after the other, at the end of each epoch, (epochs, numbers) in
                the network's precision.
            until: when one is to be the last, for which there must be a trace; None for never.

        Returns:
            The scores (epochs,) over each epoch that was trained, and of the validation part at its end; None
            where there is none.

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
    program: Program,
    parameters: Mapping[str, FloatArray],
    number: int,
    orders: IntArray,
    table: FloatArray,
    slots: Slots,
    trace: FloatArray | None,
    kept: FloatArray | None,
    until: Until | None,
) -> tuple[Score, Score | None]:
    """Train for several epochs in turn by a call for each; see `Program.epochs`."""
    training, validation = list[Score](), list[Score]()
    steps = len(table) // len(orders)
    for place, order in enumerate(orders):
        part = slice(place * steps, (place + 1) * steps)
        traced = None if trace is None else trace[part]
        training.append(program.epoch(number + place, order, table[part], slots, trace=traced))
        score = program.validate()
        validation += [] if score is None else [score]
        if kept is not None:
            kept[place] = tree.packed(parameters)
        until = None if until is None or traced is None else until.after(traced)
        if until is not None and until.is_over:
            break
    return Score.of_epochs(training), Score.of_epochs(validation) if validation else None
