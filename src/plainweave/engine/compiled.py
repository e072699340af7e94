"""The compiled engine's Python side: what it covers, and how arrays reach it.

It means what `reference` means and agrees with it to float32 rounding. Each model of a stack is trained
by itself, so a member is bitwise equal to the network trained alone.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache
from importlib import import_module
from types import ModuleType

import numpy as np

from plainweave import tree
from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.data import Examples, Standardizer
from plainweave.engine.checks import check_epoch, check_work, encoded
from plainweave.engine.inputs import Inputs
from plainweave.engine.program import Work
from plainweave.engine.score import Score
from plainweave.engine.threads import one_blas_thread
from plainweave.losses import SoftmaxCrossEntropy
from plainweave.network import (
    Identity,
    LeakyReLU,
    Linear,
    Network,
    ReLU,
    Sigmoid,
    Tanh,
    check_parameters,
)
from plainweave.optimizers import SGD, Slots
from plainweave.optimizers.schedule import Constant

_CODES = {Identity: 0, Tanh: 1, Sigmoid: 2, ReLU: 3, LeakyReLU: 4}  # as _compiled.c has them
_LARGEST = 2**30  # units of a layer that the compiled code takes
_BATCH = 256  # examples scored together
_WORK = 4 * 10**9  # examples times weights of one call: about a tenth of a second


def kernels() -> list[str]:
    """Return the instruction sets that the engine can use here, best first; none if it is not built."""
    module = _module()
    return module.kernels() if module else []


def obstacle(work: Work) -> str | None:
    """Return why the engine can't do some work, or None if it can.

    What is of a class of the user's own may mean anything, and is trained by its own methods, on NumPy.
    """
    network, split, optimizer = work.network, work.split, work.optimizer
    if not kernels():
        return "the compiled engine is not built"
    if network.dtype != np.float32:
        return f"the network is of {network.dtype}, not float32"
    parts = [split.training, *([] if split.validation is None else [split.validation])]
    for part, known in (
        (network, (Network,)),
        (work.loss, (SoftmaxCrossEntropy,)),
        (optimizer, (SGD,)),
        *((examples, (Examples,)) for examples in parts),
        (split.standardizer, (Standardizer,)),
        *((layer, (Linear, *_CODES)) for layer in network.layers),
    ):
        if type(part) not in known:
            return f"it does not know {type(part).__name__}"
    if any(examples.weights is not None or examples.targets.ndim > 1 for examples in parts):
        return "it does not know weights and soft targets"
    factors = optimizer.rate_factors or optimizer.decay_factors
    if np.any(optimizer.l1) or optimizer.clip_norm or factors or type(optimizer.schedule) is not Constant:
        return "it does not know these settings of SGD"
    if work.loss != SoftmaxCrossEntropy():
        return "it does not know label smoothing"
    if max(network.inputs, *network.hidden, network.outputs) > _LARGEST:
        return f"a layer has more than {_LARGEST} units"
    return None


class CompiledProgram:
    """A program whose inputs are laid out once for the compiled code, see `Program`.

    Args:
        work: what to do.
        kernel: the instruction set; the best one if not given.
    """

    def __init__(self, work: Work, kernel: str | None = None) -> None:
        check_work(work)
        self._work = work
        self._kernel = kernel or kernels()[0]
        split = work.split
        encoded("training", split.training, work.loss, work.network)
        self._training = Inputs(split.training, split.standardizer)
        self._validation: Inputs | None = None
        if split.validation is not None:
            encoded("validation", split.validation, work.loss, work.network)
            self._validation = Inputs(split.validation, split.standardizer)
            # Examples of one class share more of their zeros, and are scored faster side by side.
            self._by_label = np.argsort(split.validation.labels, kind="stable").astype(np.int64)

    def epoch(
        self,
        number: int,
        order: IntArray,
        table: FloatArray,
        slots: Slots,
        running: BoolArray | None = None,
    ) -> Score:
        """Take one step for each mini-batch."""
        work, network = self._work, self._work.network
        optimizer = work.optimizer
        assert isinstance(optimizer, SGD)
        check_epoch(work, order, table, slots, running)
        order = np.broadcast_to(order.astype(np.int64), (*network.stack, order.shape[-1]))
        table = np.broadcast_to(table, (*network.stack, *table.shape[-2:]))
        velocities = slots.get("velocity")
        losses, correct = np.zeros(network.stack), np.zeros(network.stack)
        for model in np.ndindex(network.stack):
            if running is not None and not running[model]:
                continue
            weights = tree.packed(network.parameters, model)
            packed_velocity = tree.packed(velocities, model) if velocities else None
            rows = np.ascontiguousarray(order[model])
            first, last = (_rates(optimizer, row) for row in table[model][[0, -1]])
            parts = [(first, part) for part in _parts(rows, work.batch_size, network)]
            if first != last:  # the very first step takes the gradient whole, as torch.optim.SGD does
                parts = [(first, rows[: work.batch_size])]
                parts += [(last, part) for part in _parts(rows[work.batch_size :], work.batch_size, network)]
            for rates, part in parts:
                loss, count = self._run(
                    self._training,
                    network,
                    weights,
                    packed_velocity,
                    part,
                    (True, optimizer.nesterov),
                    work.batch_size,
                    rates,
                )
                losses[model] += loss
                correct[model] += count
            tree.unpack(weights, network.parameters, model)
            if velocities and packed_velocity is not None:
                tree.unpack(packed_velocity, velocities, model)
        return _score(losses, correct, order.shape[-1])

    def validate(self) -> Score | None:
        """Score on the validation part."""
        network = self._work.network
        if self._validation is None:
            return None
        check_parameters(network)
        losses, correct = np.zeros(network.stack), np.zeros(network.stack)
        for model in np.ndindex(network.stack):
            weights = tree.packed(network.parameters, model)
            for part in _parts(self._by_label, _BATCH, network):
                loss, count = self._run(
                    self._validation, network, weights, None, part, (False, False), _BATCH, (0.0,) * 5
                )
                losses[model] += loss
                correct[model] += count
        return _score(losses, correct, len(self._by_label))

    def _run(
        self,
        inputs: Inputs,
        network: Network,
        weights: FloatArray,
        velocity: FloatArray | None,
        rows: IntArray,
        flags: tuple[bool, bool],
        batch_size: int,
        rates: tuple[float, ...],
    ) -> tuple[float, int]:
        module = _module()
        assert module is not None
        sgemm = _sgemm() if _largest_layer(network) >= module.LARGE else None
        training, nesterov = flags
        with one_blas_thread() if sgemm else nullcontext():
            loss_and_correct: tuple[float, int] = module.run(
                self._kernel,
                _layers(network),
                weights,
                velocity,
                inputs.arrays,
                inputs.labels,
                rows,
                inputs.scale,
                inputs.shift,
                (training, inputs.per_example, inputs.folded, inputs.scaled, nesterov),
                batch_size,
                rates,
                sgemm,
            )
        return loss_and_correct


def _parts(rows: IntArray, batch_size: int, network: Network) -> Iterator[IntArray]:
    """Cut an epoch into whole batches for calls so short that a signal between them is soon heard."""
    weights = sum(inputs * units for inputs, units, _, _ in _layers(network))
    batches = max(1, _WORK // (batch_size * weights))
    for start in range(0, len(rows), batches * batch_size):
        yield rows[start : start + batches * batch_size]


def _layers(network: Network) -> list[tuple[int, int, int, float]]:
    """Return (inputs, units, activation, slope) of each layer; the last one has no activation."""
    activations = [*network.activations, Identity()]
    return [
        (*layer.weight.shape[-2:], _CODES[type(part)], part.slope if isinstance(part, LeakyReLU) else 0.0)
        for layer, part in zip(network.linear, activations, strict=True)
    ]


def _largest_layer(network: Network) -> int:
    """Return the weights of the largest layer after the first."""
    return max((inputs * units for inputs, units, _, _ in _layers(network)[1:]), default=0)


def _score(losses: FloatArray, correct: FloatArray, examples: int) -> Score:
    return Score(losses / examples, {"accuracy": 100 * correct / examples})


def _rates(optimizer: SGD, row: FloatArray) -> tuple[float, float, float, float, float]:
    """Return learning rate, momentum, 1 - dampening, and decay of weights and biases, of one step."""
    rate, decay, _, _, momentum, share, _ = row.tolist()
    return rate, momentum, share, decay, decay if optimizer.decay_biases else 0.0


@cache
def _module() -> ModuleType | None:
    try:
        return import_module("plainweave.engine._compiled")
    except ImportError:
        return None


@cache
def _sgemm() -> object:
    """Return SciPy's single-precision matrix product, for C; None if it takes other types than are known."""
    module = _module()
    sgemm = import_module("scipy.linalg.cython_blas").__pyx_capi__["sgemm"]
    return sgemm if module and f'"{module.SGEMM}"' in repr(sgemm) else None
