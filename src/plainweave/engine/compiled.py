"""The compiled engine's Python side: how a training reaches it, and what comes back.

It means what `reference` means and agrees with it to rounding. Each model of a stack is trained by itself, so
a member is bitwise equal to the network trained alone.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.data import Examples
from plainweave.engine.checks import check_epoch, check_epochs, check_rows, check_work
from plainweave.engine.held import Packed, Parameters
from plainweave.engine.inputs import Inputs
from plainweave.engine.known import loss_of, rule_of, shapes_of
from plainweave.engine.mixed import unit_of
from plainweave.engine.program import Until, Work, one_by_one
from plainweave.engine.score import Score
from plainweave.engine.targets import Targets
from plainweave.engine.team import side_by_side, threads_that_pay
from plainweave.extension import extension, kernels
from plainweave.optimizers import Slots
from plainweave.randomness import mask_key

_WORK = 4 * 10**9  # examples times weights of one call: about a tenth of a second
_TOGETHER = 2**18  # examples of several epochs that are trained by one call, and weights that it keeps
_SCORED_SHARE = 16  # windows of validation inputs in a file are smaller by so much: nothing is shuffled
_Compiled = Any  # a program of the extension
_Memory = tuple[Packed, Packed]  # parameters, and what is kept beside them
_FIRST_SUMS = 4  # loss, weight, correct and log loss; squares and sizes of each output follow


class CompiledProgram:
    """A program whose examples are laid out once for the compiled code, see `Program`.

    Args:
        work: what to do, of parts that the engine knows; see `obstacle`.
        kernel: the instruction set; the best one if not given.
        filling: the byte that working memory is filled with before it is used, for tests.
        unit: what multiplies in mixed precision; the best one if not given.
    """

    def __init__(
        self, work: Work, kernel: str | None = None, filling: int = 0, unit: str | None = None
    ) -> None:
        check_work(work)
        self._work = work
        network, self._dtype = work.network, work.network.dtype
        module = extension()
        assert module is not None
        shapes = shapes_of(network)
        self._parameters = Parameters(network)
        self._shapes = [array.shape[-2:] for array in self._parameters().values()]
        self._spare: list[_Memory] = []
        self._models = list(np.ndindex(network.stack))
        self._outputs = network.outputs
        self._sums = np.zeros((*network.stack, _FIRST_SUMS + 2 * self._outputs))
        self._factors = work.optimizer.factors(list(network.parameters))
        self._has_masks = any(shape[4] for shape in shapes.layers)  # of dropout
        self._weights = sum(shape[0] * shape[1] for shape in shapes.layers)
        self._scored = int(module.SPAN)
        validation = work.split.validation
        self._training = _Part("training", work.split.training, work, work.batch_size, share=1)
        self._validation = None
        if validation is not None:
            self._validation = _Part("validation", validation, work, self._scored, _SCORED_SHARE)
        threads = work.threads or threads_that_pay(self._weights * len(self._models), work.batch_size)
        # Models first: they don't wait for each other. Of inputs in a file there is one window.
        together = 1 if self._training.inputs.in_file else min(threads, len(self._models))
        self._programs = [
            module.program(
                kernel or kernels()[0],
                str(self._dtype),
                (shapes.has_scale, shapes.layers),
                loss_of(work.loss, self._training.width, work.largest_loss),
                rule_of(work.optimizer),
                work.batch_size,
                self._training.arrays,
                None if self._validation is None else self._validation.arrays,
                threads // together,
                filling,
                unit or unit_of(work),
            )
            for _ in range(together)
        ]

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
        work, parameters = self._work, self._parameters()
        check_epoch(work, parameters, order, table, slots, running, trace)
        order = order.astype(np.int64, copy=False)
        kept = [slots[slot][name] for slot in work.optimizer.slots for name in parameters]
        sums = self._sums.copy()

        def train(program: _Compiled, model: tuple[int, ...]) -> None:
            if running is not None and not running[model]:
                sums[(*model, 1)] = 1  # nothing, of something
                return
            weights, packed = memory = self._memory()
            self._train(
                program,
                weights.take(parameters.values(), model),
                packed.take(kept, model) if kept else None,
                order[model] if order.ndim > 1 else order,
                table[model] if table.ndim > 2 else table,
                mask_key(self._seed(model), number) if self._has_masks else 0,
                sums[model],
                None if trace is None else trace[model],
            )
            weights.give(parameters.values(), model)
            packed.give(kept, model)
            self._spare.append(memory)

        side_by_side(train, self._programs, self._models)
        return self._score(sums, self._training)

    @property
    def at_once(self) -> int:
        """How many epochs are best trained by one call."""
        return max(1, self._room)

    @property
    def _room(self) -> int:
        """How many epochs are so short that one call of the compiled code may train them all; 0 for none."""
        split = self._work.split
        examples = len(split.training) + len(split.validation or ())
        if self._models != [()] or self._has_masks or self._training.inputs.in_file:
            return 0
        return min(_TOGETHER // max(examples, self._weights), _WORK // (examples * self._weights))

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
        """Train for several epochs in turn, and validate; by one call where each is short."""
        work, parameters, validation = self._work, self._parameters(), self._validation
        check_epochs(work, parameters, orders, table, slots, trace, kept, until)
        count = len(orders)
        if count > self._room:
            return one_by_one(self, parameters, number, orders, table, slots, trace, kept, until)
        packed_slots = [slots[slot][name] for slot in work.optimizer.slots for name in parameters]
        sums = np.zeros((1 if validation is None else 2, count, self._sums.size))
        weights, packed = memory = self._memory()
        done = self._programs[0].epoch(
            weights.take(parameters.values(), ()),
            packed.take(packed_slots, ()) if packed_slots else None,
            np.ascontiguousarray(orders, np.int64),
            np.ascontiguousarray(table),
            self._factors,
            work.optimizer.clip_norm or 0.0,
            0,
            sums,
            trace,
            count,
            kept,
            None if validation is None else validation.order,
            None if until is None else until.numbers(),
        )
        weights.give(parameters.values(), ())
        packed.give(packed_slots, ())
        self._spare.append(memory)
        training = self._score(sums[0, :done], self._training)
        return training, None if validation is None else self._score(sums[1, :done], validation)

    def _train(
        self,
        program: _Compiled,
        weights: FloatArray,
        slots: FloatArray | None,
        order: IntArray,
        table: FloatArray,
        key: int,
        sums: FloatArray,
        trace: FloatArray | None,
    ) -> None:
        """Take the steps of one model, whose packed arrays are changed in place."""
        norm, batch = self._work.optimizer.clip_norm or 0.0, self._work.batch_size
        order, table = np.ascontiguousarray(order), np.ascontiguousarray(table)
        for steps in self._parts(self._training, order, batch):
            rows = order[steps.start * batch : steps.stop * batch]
            traced = None if trace is None else trace[steps]
            between = steps.start > 0, steps.stop < len(table)  # two calls: numbers stay where they are
            program.epoch(
                *(weights, slots, rows, table[steps], self._factors, norm, key, sums, traced),
                *(1, None, None, None, *between),
            )

    def validate(self) -> Score | None:
        """Score the network on the validation part; None where there is none."""
        part, scored = self._validation, self._scored
        if part is None:
            return None
        parameters, sums = self._parameters().values(), self._sums.copy()

        def score(program: _Compiled, model: tuple[int, ...]) -> None:
            memory = self._memory()
            weights = memory[0].take(parameters, model)
            for batches in self._parts(part, part.order, scored):
                rows = part.order[batches.start * scored : batches.stop * scored]
                program.score(weights, rows, sums[model])
            self._spare.append(memory)

        side_by_side(score, self._programs, self._models)
        return self._score(sums, part)

    def gradients(self, rows: IntArray, epoch: int | None = None) -> tuple[float, dict[str, FloatArray]]:
        """Return the loss of examples and its gradient, of one network."""
        parameters, sums = self._parameters(), self._sums.copy()
        check_rows(self._work, rows)
        rows = np.ascontiguousarray(rows, np.int64)
        memory = self._memory()
        packed = Packed(self._shapes, self._dtype)
        key = None if epoch is None else mask_key(self._seed(()), epoch)
        weights = memory[0].take(parameters.values(), ())
        for _ in self._training.inputs.over(rows, len(rows)):
            self._programs[0].gradients(weights, rows, key, sums, packed.numbers)
        self._spare.append(memory)
        loss = sums[0] / (sums[1] or 1)  # 0 where nothing counts
        return float(loss), dict(zip(parameters, packed.parts, strict=True))

    def _memory(self) -> "_Memory":
        """Return memory for packed parameters and slots; where another thread has it, other memory."""
        try:
            return self._spare.pop()
        except IndexError:
            slots = len(self._work.optimizer.slots)
            return Packed(self._shapes, self._dtype), Packed(slots * self._shapes, self._dtype)

    def _score(self, sums: FloatArray, part: "_Part") -> Score:
        by_kind, outputs = sums.T, _FIRST_SUMS + self._outputs
        loss, weight, correct, log_loss = by_kind[:_FIRST_SUMS]
        return Score(
            loss / weight,
            part.targets.scores(
                self._work.loss,
                {
                    "weight": weight,
                    "correct": correct,
                    "log_loss": log_loss,
                    "squares": by_kind[_FIRST_SUMS:outputs].T,
                    "sizes": by_kind[outputs:].T,
                    "pinball": loss,
                },
            ),
        )

    def _seed(self, model: tuple[int, ...]) -> int:
        seed = self._work.seed
        return seed if isinstance(seed, int) else seed[model[0]]

    def _parts(self, part: "_Part", order: IntArray, batch_size: int) -> Iterator[slice]:
        """Cut work into whole batches whose inputs are in memory, so few that a signal is soon heard."""
        batches = max(1, _WORK // (batch_size * self._weights))
        for rows in part.inputs.over(order, batch_size):
            end = -(-rows.stop // batch_size)
            for start in range(rows.start // batch_size, end, batches):
                yield slice(start, min(start + batches, end))


class _Part:
    """Examples of one part as the compiled code takes them."""

    def __init__(self, name: str, examples: Examples, work: Work, batch_size: int, share: int) -> None:
        network, loss = work.network, work.loss
        scale = work.split.target_scale
        self.targets = targets = Targets.of(name, examples, loss, network, scale, as_labels=True)
        self.width = loss.width(network.outputs)
        self.inputs = inputs = Inputs(examples, work.split.standardizer, network.dtype, batch_size, share)
        self.order = np.arange(len(examples), dtype=np.int64)
        if targets.values.ndim == 1 and not inputs.in_file:
            # Examples of one class share more of their zeros, and are scored faster side by side.
            self.order = np.argsort(targets.values, kind="stable").astype(np.int64)
        self.arrays = (
            inputs.arrays,
            np.ascontiguousarray(targets.values),
            targets.weights,
            inputs.scale,
            inputs.shift,
            inputs.per_example,
            inputs.folded,
            inputs.scaled,
        )
