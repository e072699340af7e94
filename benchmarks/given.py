"""What every side is given: examples, Fashion-MNIST or made up, their orders, and the initial weights."""

from typing import Any, NamedTuple

import numpy as np
from work import Work

import plainweave as pw
from plainweave.arrays import IntArray
from plainweave.randomness import epoch_order

_VALIDATION_SHARE = 0.25  # of the training examples, beside them
_APART = 5  # deviations of the examples of a class, from the middle of all to that of the class


class Arrays(NamedTuple):
    """What peers are given: inputs standardized, and targets; labels, or numbers (examples, outputs)."""

    x: Any
    targets: Any
    x_validation: Any
    targets_validation: Any


def arrays_of(work: Work) -> Arrays:
    """Return the training and the validation part in float32, labels in int64."""
    parts = parts_of(work)
    arrays = []
    for part in (parts.training, validation_of(parts)):
        targets = np.asarray(part.targets)
        if work.loss == "softmax":
            targets = targets.astype(np.int64)
        else:
            targets = targets.astype(np.float32).reshape(len(targets), -1)
        arrays += [parts.standardizer(part.inputs), targets]
    return Arrays(*arrays)


def parts_of(work: Work) -> pw.Split:
    """Return the examples; plainweave gets their inputs as they are."""
    return _fashion(work) if work.data == "fashion-mnist" else _made(work)


def network_of(work: Work) -> pw.Network:
    """Return the network, or the stack, with its initial weights."""
    return pw.Network(
        work.features,
        work.hidden,
        work.outputs,
        activation=work.activation,
        scale=work.scale,
        seed=list(range(work.models)) if work.models > 1 else 0,
    )


def orders_of(work: Work, turn: int, examples: int) -> IntArray:
    """Return the order of the examples in each epoch of a turn (epochs, examples)."""
    if work.batch_size >= examples:
        return np.tile(np.arange(examples), (work.epochs, 1))
    first = (turn - 1) * work.epochs + 1
    return np.stack([epoch_order(0, first + number, examples) for number in range(work.epochs)])


def validation_of(parts: pw.Split) -> pw.Examples:
    """Return the validation part, which all splits here have."""
    assert parts.validation is not None
    return parts.validation


def _fashion(work: Work) -> pw.Split:
    """Load Fashion-MNIST and give it the size and the density asked for."""
    parts = pw.split(pw.load_dataset("fashion-mnist").train, seed=0)
    if work.examples is not None:
        parts = pw.Split(
            parts.training[np.arange(work.examples) % len(parts.training)],
            parts.validation,
            parts.standardizer,
            parts.validation_rows,
        )
    if work.density is not None:
        for number, part in enumerate((parts.training, validation_of(parts))):
            bright = np.random.default_rng(number).random(part.inputs.shape) < work.density
            part.inputs[...] = np.where(bright, np.maximum(part.inputs, 1), 0)
    return parts


def _made(work: Work) -> pw.Split:
    """Make examples up that a network can learn from."""
    assert work.examples is not None
    random = np.random.default_rng(0)
    total = work.examples + round(_VALIDATION_SHARE * work.examples)
    x = random.standard_normal((total, work.features), np.float32)
    if work.data == "exponentials":
        from scipy.linalg import expm  # here, for it takes memory that would be told of every side

        targets = expm(x.reshape(-1, 2, 2)).reshape(-1, 4)
    else:
        classes = max(2, work.outputs)
        targets = random.integers(classes, size=total)
        centers = random.standard_normal((classes, work.features), np.float32)
        x += _APART * centers[targets] / np.linalg.norm(centers, axis=1)[targets, None]
    training, validation = (
        pw.Examples(x[rows], targets[rows]) for rows in (slice(work.examples), slice(work.examples, None))
    )
    return pw.Split.of(training, validation)
