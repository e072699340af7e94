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
from plainweave.data import Examples, Split, Standardizer
from plainweave.engine.checks import check_scoring, check_training
from plainweave.engine.inputs import Inputs
from plainweave.engine.score import Score
from plainweave.engine.threads import one_blas_thread
from plainweave.network import Identity, LeakyReLU, Linear, Network, ReLU, Sigmoid, Tanh
from plainweave.optimizers import SGD, Rate

_CODES = {Identity: 0, Tanh: 1, Sigmoid: 2, ReLU: 3, LeakyReLU: 4}  # as _compiled.c has them
_LARGEST = 2**30  # units of a layer that the compiled code takes
_BATCH = 256  # examples scored together
_WORK = 4 * 10**9  # examples times weights of one call: about a tenth of a second


def kernels() -> list[str]:
    """Return the instruction sets that the engine can use here, best first; none if it is not built."""
    module = _module()
    return module.kernels() if module else []


def obstacle(network: Network, split: Split, optimizer: SGD) -> str | None:
    """Return why the engine can't train a network on a split by an optimizer, or None if it can.

    What is of a class of the user's own may mean anything, and is trained by its own methods, on NumPy.
    """
    if not kernels():
        return "the compiled engine is not built"
    if network.dtype != np.float32:
        return f"the network is of {network.dtype}, not float32"
    for part, known in (
        (network, (Network,)),
        (optimizer, (SGD,)),
        (split.training, (Examples,)),
        (split.validation, (Examples,)),
        (split.standardizer, (Standardizer,)),
        *((layer, (Linear, *_CODES)) for layer in network.layers),
    ):
        if type(part) not in known:
            return f"it does not know {type(part).__name__}"
    kinds = [isinstance(layer, Linear) for layer in network.layers]
    if kinds != [number % 2 == 0 for number in range(len(kinds))] or not kinds[-1]:
        return "it knows linear layers with an activation between each two"
    if max(network.inputs, *network.hidden, network.outputs) > _LARGEST:
        return f"a layer has more than {_LARGEST} units"
    return None


class CompiledEngine:
    """Trains and scores on a split whose inputs are laid out once for the compiled code.

    Args:
        split: what to train and validate on.
        kernel: the instruction set; the best one if not given.
    """

    def __init__(self, split: Split, kernel: str | None = None) -> None:
        self._kernel = kernel or kernels()[0]
        self._split = split
        self._training = Inputs(split.training, split.standardizer)
        self._validation = Inputs(split.validation, split.standardizer)
        # Examples of one class share more of their zeros, and are scored faster side by side.
        self._by_label = np.argsort(split.validation.labels, kind="stable").astype(np.int64)

    def train_epoch(
        self,
        network: Network,
        optimizer: SGD,
        velocity: dict[str, FloatArray],
        order: IntArray,
        batch_size: int,
        running: BoolArray | None = None,
    ) -> Score:
        """Take one step for each mini-batch; see `reference.train_epoch`."""
        check_training(network, velocity, order, batch_size, running, self._split.training)
        order = np.broadcast_to(order.astype(np.int64), (*network.stack, order.shape[-1]))
        is_first = not velocity
        velocities = velocity or {name: np.zeros_like(value) for name, value in network.parameters.items()}
        losses, correct = np.zeros(network.stack), np.zeros(network.stack)
        for model in np.ndindex(network.stack):
            if running is not None and not running[model]:
                continue
            weights = tree.packed(network.parameters, model)
            packed_velocity = tree.packed(velocities, model) if optimizer.momentum else None
            rates = _rates(optimizer, model)
            rows = np.ascontiguousarray(order[model])
            if is_first and packed_velocity is not None and optimizer.dampening:
                # The very first step takes the gradient whole, as torch.optim.SGD does.
                undampened = (*rates[:2], 1.0, *rates[3:])
                head, rows = rows[:batch_size], rows[batch_size:]
                losses[model], correct[model] = self._train(
                    network, optimizer, weights, packed_velocity, head, batch_size, undampened
                )
            for part in _parts(rows, batch_size, network):
                loss, count = self._train(
                    network, optimizer, weights, packed_velocity, part, batch_size, rates
                )
                losses[model] += loss
                correct[model] += count
            tree.unpack(weights, network.parameters, model)
            if packed_velocity is not None:
                tree.unpack(packed_velocity, velocities, model)
        if optimizer.momentum:
            velocity.update(velocities)
        return Score(losses / order.shape[-1], 100 * correct / order.shape[-1])

    def validate(self, network: Network) -> Score:
        """Score on the validation part."""
        check_scoring(network, "validation", self._split.validation)
        losses, correct = np.zeros(network.stack), np.zeros(network.stack)
        for model in np.ndindex(network.stack):
            weights = tree.packed(network.parameters, model)
            for part in _parts(self._by_label, _BATCH, network):
                loss, count = self._run(
                    self._validation, network, weights, None, part, (False, False), _BATCH, (0.0,) * 5
                )
                losses[model] += loss
                correct[model] += count
        examples = len(self._by_label)
        return Score(losses / examples, 100 * correct / examples)

    def _train(
        self,
        network: Network,
        optimizer: SGD,
        weights: FloatArray,
        velocity: FloatArray | None,
        rows: IntArray,
        batch_size: int,
        rates: tuple[float, ...],
    ) -> tuple[float, int]:
        flags = (True, optimizer.nesterov)
        return self._run(self._training, network, weights, velocity, rows, flags, batch_size, rates)

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


def _rates(optimizer: SGD, model: tuple[int, ...]) -> tuple[float, float, float, float, float]:
    """Return learning rate, momentum, 1 - dampening, and decay of weights and biases, of one model."""

    def own(rate: Rate) -> float:
        return float(np.asarray(rate)[model if np.ndim(rate) else ()])

    decay = own(optimizer.weight_decay)
    bias_decay = decay if optimizer.decay_biases else 0.0
    return own(optimizer.learning_rate), optimizer.momentum, 1 - optimizer.dampening, decay, bias_decay


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
