"""The compiled engine's Python side: what it covers, and how arrays reach it.

It means what `reference` means and agrees with it to float32 rounding. Each model of a stack is trained
by itself, so a member is bitwise equal to the network trained alone.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from plainweave import tree
from plainweave.arrays import BoolArray, FloatArray, IntArray, RawArray, is_sparse
from plainweave.data import Examples, Split, Standardizer
from plainweave.data.standardizer import far_examples
from plainweave.engine.checks import check_scoring, check_training
from plainweave.engine.score import Score
from plainweave.engine.threads import one_blas_thread
from plainweave.network import Identity, LeakyReLU, Linear, Network, ReLU, Sigmoid, Tanh
from plainweave.optimizers import SGD, Rate

_CODES = {Identity: 0, Tanh: 1, Sigmoid: 2, ReLU: 3, LeakyReLU: 4}  # as _compiled.c has them
_LARGEST = 2**30  # units of a layer that the compiled code takes
_BATCH = 256  # examples scored together
_WORK = 4 * 10**9  # examples times weights of one call: about a tenth of a second
_FEWEST_ZEROS = 0.1  # of floating-point inputs; below, nothing is gained by skipping them


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
    for each, known in (
        (network, (Network,)),
        (optimizer, (SGD,)),
        (split.training, (Examples,)),
        (split.validation, (Examples,)),
        (split.standardizer, (Standardizer,)),
        *((layer, (Linear,)) for layer in network.layers),
        *((activation, _CODES) for activation in network.activations),
    ):
        if type(each) not in known:
            return f"it does not know {type(each).__name__}"
    if max(network.inputs, *network.hidden, network.classes) > _LARGEST:
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
        self._training = _Inputs(split.training, split.standardizer)
        self._validation = _Inputs(split.validation, split.standardizer)
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
        first = not velocity
        speeds = velocity or {name: np.zeros_like(value) for name, value in network.parameters.items()}
        losses, right = np.zeros(network.stack), np.zeros(network.stack)
        for model in np.ndindex(network.stack):
            if running is not None and not running[model]:
                continue
            weights = tree.packed(network.parameters, model)
            speed = tree.packed(speeds, model) if optimizer.momentum else None
            decay = _of_model(optimizer.weight_decay, model)
            rates = (
                _of_model(optimizer.learning_rate, model),
                optimizer.momentum,
                1 - optimizer.dampening,
                decay,
                decay if optimizer.decay_biases else 0.0,
            )
            rows = np.ascontiguousarray(order[model])
            if first and speed is not None and optimizer.dampening:
                # The very first step takes the gradient whole, as torch.optim.SGD does.
                begin = (*rates[:2], 1.0, *rates[3:])
                head, rows = rows[:batch_size], rows[batch_size:]
                scored = self._train(network, optimizer, weights, speed, head, batch_size, begin)
                losses[model], right[model] = scored
            for part in _parts(rows, batch_size, network):
                scored = self._train(network, optimizer, weights, speed, part, batch_size, rates)
                losses[model] += scored[0]
                right[model] += scored[1]
            tree.unpack(weights, network.parameters, model)
            if speed is not None:
                tree.unpack(speed, speeds, model)
        if optimizer.momentum:
            velocity.update(speeds)
        return Score(losses / order.shape[-1], 100 * right / order.shape[-1])

    def validate(self, network: Network) -> Score:
        """Score on the validation part."""
        check_scoring(network, "validation", self._split.validation)
        losses, right = np.zeros(network.stack), np.zeros(network.stack)
        for model in np.ndindex(network.stack):
            weights = tree.packed(network.parameters, model)
            for part in _parts(self._by_label, _BATCH, network):
                scored = self._run(
                    self._validation, network, weights, None, part, (False, False), _BATCH, (0.0,) * 5
                )
                losses[model] += scored[0]
                right[model] += scored[1]
        count = len(self._by_label)
        return Score(losses / count, 100 * right / count)

    def _train(
        self,
        network: Network,
        optimizer: SGD,
        weights: FloatArray,
        speed: FloatArray | None,
        rows: IntArray,
        batch_size: int,
        rates: tuple[float, ...],
    ) -> tuple[float, int]:
        flags = (True, optimizer.nesterov)
        return self._run(self._training, network, weights, speed, rows, flags, batch_size, rates)

    def _run(
        self,
        inputs: "_Inputs",
        network: Network,
        weights: FloatArray,
        speed: FloatArray | None,
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
            scored: tuple[float, int] = module.run(
                self._kernel,
                _layers(network),
                weights,
                speed,
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
        return scored


def _parts(rows: IntArray, batch_size: int, network: Network) -> Iterator[IntArray]:
    """Cut an epoch into whole batches for calls so short that a signal between them is soon heard."""
    weights = sum(inputs * units for inputs, units, _, _ in _layers(network))
    batches = max(1, _WORK // (batch_size * weights))
    for start in range(0, len(rows), batches * batch_size):
        yield rows[start : start + batches * batch_size]


class _Inputs:
    """Examples as the compiled code takes them: x = raw * scale - shift.

    Float32 would lose the digits of inputs whose mean is far from 0. These are standardized here, once, in
    float64: features, which then have a scale of 1 and a shift of 0, or examples, of which their own mean
    and deviation are then 0 and 1.

    Where many inputs are zero, the shift is folded away: what is multiplied is raw * scale, zero where raw
    is zero, and the shift's part of every product is taken off after it: by no more than `FAR` times the
    difference.
    """

    def __init__(self, examples: Examples, standardizer: Standardizer) -> None:
        raw, (count, features) = examples.inputs, examples.inputs.shape
        self.per_example = standardizer.kind == "per-image"
        self.scaled = standardizer.kind == "per-pixel"
        far_rows, far_columns = np.ones(count, dtype=bool), np.ones(features, dtype=bool)
        if self.per_example:
            far_rows = far_examples(raw)
            own, scale, shift = standardizer, np.ones(features), np.ones(features)
        else:
            scale, shift, far_columns = (
                np.broadcast_to(each, features).copy()
                for each in (standardizer.scale, standardizer.shift, standardizer.far)
            )
            own = standardizer
            if far_columns.any():
                own = Standardizer("per-pixel", scale[far_columns], shift[far_columns])
                scale[far_columns], shift[far_columns] = 1, 0
        if far_rows.any() and far_columns.any():
            raw = _standardized(raw, far_rows, far_columns, own)
        self.scale, self.shift = scale.astype(np.float32), shift.astype(np.float32)
        self.arrays, density = _as_arrays(raw)
        self.folded = density < 1 - _FEWEST_ZEROS
        self.labels = examples.labels.astype(np.int32)


def _standardized(raw: RawArray, rows: BoolArray, columns: BoolArray, standardizer: Standardizer) -> RawArray:
    """Return inputs (examples, features) in float32, with those of some rows and columns standardized."""
    if is_sparse(raw):
        sparse = raw.tocsr().astype(np.float32)
        row_of_each = np.repeat(np.arange(len(rows)), np.diff(sparse.indptr))
        sparse.data[rows[row_of_each] & columns[sparse.indices]] = 0
        standardized = standardizer(raw.tocsr()[rows][:, columns])
        row, column = np.flatnonzero(rows), np.flatnonzero(columns)
        places = (np.repeat(row, len(column)), np.tile(column, len(row)))
        return sparse + type(sparse)((standardized.ravel(), places), raw.shape)
    dense: FloatArray = raw.astype(np.float32)
    for start in range(0, len(rows), _BATCH):
        part = slice(start, start + _BATCH)
        at = np.ix_(rows[part], columns)
        dense[part][at] = standardizer(raw[part][at])
    return dense


def _as_arrays(raw: RawArray) -> tuple[tuple[Any, ...], float]:
    """Return the inputs as bytes, float32 or the parts of a sparse matrix, and the share that is not zero."""
    if is_sparse(raw):
        rows = raw.tocsr()
        rows.check_format(full_check=True)
        arrays = (
            rows.indptr.astype(np.int64),
            rows.indices.astype(np.int32),
            rows.data.astype(np.float32),
        )
        return arrays, rows.nnz / max(1, rows.shape[0] * rows.shape[1])
    dense = np.ascontiguousarray(raw, np.uint8 if raw.dtype == np.uint8 else np.float32)
    return (dense,), np.count_nonzero(dense) / dense.size


def _layers(network: Network) -> list[tuple[int, int, int, float]]:
    """Return (inputs, units, activation, slope) of each layer; the last one has no activation."""
    activations = [*network.activations, Identity()]
    return [
        (*layer.weight.shape[-2:], _CODES[type(each)], each.slope if isinstance(each, LeakyReLU) else 0.0)
        for layer, each in zip(network.layers, activations, strict=True)
    ]


def _largest_layer(network: Network) -> int:
    """Return the weights of the largest layer after the first."""
    return max((inputs * units for inputs, units, _, _ in _layers(network)[1:]), default=0)


def _of_model(rate: Rate, model: tuple[int, ...]) -> float:
    """Return a setting that all models share, or that each has of its own."""
    return float(np.asarray(rate)[model if np.ndim(rate) else ()])


@cache
def _module() -> ModuleType | None:
    try:
        return import_module("plainweave.engine._compiled")
    except ImportError:
        return None


@cache
def _sgemm() -> Any:
    """Return SciPy's single-precision matrix product, for C; None if it takes other types than are known."""
    module = _module()
    sgemm = import_module("scipy.linalg.cython_blas").__pyx_capi__["sgemm"]
    return sgemm if module and f'"{module.SGEMM}"' in repr(sgemm) else None
