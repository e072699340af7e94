"""Trainings by both engines, and what is the same of two."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import plainweave as pw
from plainweave.engine import kernels
from plainweave.engine.compiled import CompiledProgram
from plainweave.engine.program import Program, Work
from plainweave.engine.reference import NumPyProgram
from plainweave.randomness import epoch_order

BOTH = pytest.mark.parametrize("engine", ["numpy", *(["compiled"] if kernels() else [])])

Numbers = np.ndarray[Any, np.dtype[np.floating]]

STANDARDIZATIONS = ["all-pixels", "per-pixel", "per-image"]
KINDS = ["bytes", "dense bytes", "float32", "float64", "int16", "sparse", "far from zero"]
CLASSES = 5


def made(
    kind: str = "bytes",
    examples: int = 210,
    features: int = 70,
    standardize: str = "all-pixels",
    targets: Any = None,
    weights: Any = None,
) -> pw.Split:
    """Examples of 5 classes, or with other targets, whose inputs depend on the class."""
    stream = np.random.default_rng(0)
    labels = stream.integers(0, CLASSES, examples)
    raw = stream.integers(1, 256, (examples, features)) * (stream.random((examples, features)) < 0.5)
    raw[:, ::3] = np.minimum(raw[:, ::3] + 25 * labels[:, np.newaxis], 255)
    inputs: Any = {
        "bytes": lambda: raw.astype(np.uint8),
        "dense bytes": lambda: np.maximum(raw, 1).astype(np.uint8),
        "float32": lambda: (raw / 100).astype(np.float32),
        "float64": lambda: np.sin(raw),
        "int16": lambda: (raw - 90).astype(np.int16),
        "sparse": lambda: scipy.sparse.csr_array(raw.astype(np.float64)),  # type: ignore[no-untyped-call]
        "far from zero": lambda: (raw % 4 + 250).astype(np.uint8),
    }[kind]()
    given = labels.astype(np.uint8) if targets is None else targets
    return pw.split(pw.Examples(inputs, given, weights), standardize=standardize)


class Training:
    """A network trained by one engine for some epochs.

    Attributes:
        network: as it ended.
        slots: what its optimizer keeps.
        scores: of every epoch, training and validation in turn.
        program: the one that trained it.
    """

    def __init__(
        self,
        parts: pw.Split,
        optimizer: pw.Optimizer,
        *,
        kernel: str | None = None,
        engine: str = "compiled",
        loss: pw.Loss | None = None,
        hidden: tuple[int, ...] = (12, 9),
        outputs: int = CLASSES,
        batch_size: int = 32,
        seed: int | list[int] = 0,
        epochs: int = 2,
        filling: int = 0,
        **settings: Any,
    ) -> None:
        features = parts.training.inputs.shape[1]
        self.network = pw.Network(features, hidden, outputs, seed=seed, **settings)
        work = Work(self.network, loss or pw.SoftmaxCrossEntropy(), optimizer, parts, batch_size, seed)
        self.program: Program = (
            NumPyProgram(work) if engine == "numpy" else CompiledProgram(work, kernel, filling)
        )
        self.slots = {slot: _zeros(self.network.parameters) for slot in optimizer.slots}
        self.scores = []
        for epoch in range(1, epochs + 1):
            order = epoch_order(seed, epoch, len(parts.training))
            steps = -(-order.shape[-1] // batch_size)
            table = optimizer.steps((epoch - 1) * steps, steps, np.ones(steps))
            self.scores += [self.program.epoch(epoch, order, table, self.slots), self.program.validate()]

    @property
    def numbers(self) -> dict[str, Numbers]:
        """All arrays by name: parameters, and what the optimizer keeps of each."""
        kept = {f"{slot} of {name}": value for slot, of in self.slots.items() for name, value in of.items()}
        return {**self.network.parameters, **kept}


def _zeros(arrays: Mapping[str, Numbers]) -> dict[str, Numbers]:
    return {name: np.zeros_like(value) for name, value in arrays.items()}


def assert_engines_agree(parts: pw.Split, optimizer: pw.Optimizer | None = None, **settings: Any) -> None:
    """Train by both and compare all numbers and scores: in float64 to 1e-10, in float32 to rounding."""
    optimizer = optimizer or pw.SGD(0.05, momentum=0.9)
    kernel = settings.pop("kernel", None)
    compiled = Training(parts, optimizer, kernel=kernel, **settings)
    numpy = Training(parts, optimizer, engine="numpy", **settings)
    exact = numpy.network.dtype == np.float64
    for name, value in numpy.numbers.items():
        size = np.abs(value).max()
        bounds = {"rtol": 0, "atol": 1e-10 * size} if exact else {"rtol": 2e-4, "atol": 5e-5 * max(1, size)}
        np.testing.assert_allclose(compiled.numbers[name], value, **bounds, err_msg=name)
    for ours, theirs in zip(compiled.scores, numpy.scores, strict=True):
        assert ours is not None
        assert theirs is not None
        np.testing.assert_allclose(ours.loss, theirs.loss, rtol=1e-10 if exact else 1e-4)
        assert ours.metrics.keys() == theirs.metrics.keys()
        for metric, value in theirs.metrics.items():
            bounds = {"rtol": 1e-10, "atol": 1e-10} if exact else {"rtol": 1e-4, "atol": 2e-4}
            np.testing.assert_allclose(ours.metrics[metric], value, **bounds, err_msg=metric)


def assert_same_numbers(one: Training, other: Training) -> None:
    """Assert that two trainings ended with the same bytes."""
    for name, value in one.numbers.items():
        assert value.tobytes() == other.numbers[name].tobytes(), name
    for ours, theirs in zip(one.scores, other.scores, strict=True):
        assert ours == theirs
