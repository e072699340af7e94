"""Calls of the compiled code whose arguments fit each other."""

from itertools import pairwise
from typing import Any

import numpy as np

from plainweave.engine import kernels
from plainweave.extension import extension

Stream = np.random.Generator
Arguments = dict[str, Any]

PROGRAM = (
    *("kernel", "precision", "network", "loss", "rule", "batch", "training", "validation", "threads"),
    "filling",
)
METHODS = {
    "epoch": (
        *("parameters", "slots", "order", "table", "factors", "largest_norm", "mask_key", "sums"),
        *("trace", "epochs", "kept", "scored", "until", "goes_on", "is_gone_on_with"),
    ),
    "score": ("parameters", "order", "sums"),
    "gradients": ("parameters", "order", "mask_key", "sums", "gradients"),
    "forward": ("steps", "x", "out", "threads", "kernel"),  # which takes no program
}
COLUMNS, SLOTS = (7, 9), ((0, 1), (2,))  # of the rules
SIZES = (1, 2, 3, 5, 16, 17, 63, 64, 65, 130)


def made(call: Arguments) -> Any:
    """Make the program of a call."""
    return extension().program(*(call[name] for name in PROGRAM if name in call))  # type: ignore[union-attr]


def run(call: Arguments) -> None:
    """Make a program and hand it the rest of the call."""
    method = call["method"]
    getattr(extension() if method == "forward" else made(call), method)(
        *(call[name] for name in METHODS[method] if name in call)
    )


def right_call(stream: Stream, large: bool = False) -> Arguments:
    """Return arguments that fit each other; `large` takes longer."""
    if stream.random() < 0.2:
        return _right_forward(stream, large)
    precision = str(stream.choice(["float32", "float64"]))
    sizes = [int(stream.choice(SIZES)) for _ in range(stream.integers(2, 5))]
    if stream.random() < 0.2:
        sizes[1:] = [130, 130, sizes[-1]]  # wide
    loss = _loss(stream, sizes)
    rows, examples = (
        (3000, 3000) if large else (int(stream.choice([1, 2, 64, 150])), int(stream.integers(200)))
    )
    method = str(stream.choice(["epoch", "epoch", "score", "gradients"]))
    rule = int(stream.integers(2))
    slots = int(stream.choice(SLOTS[rule]))
    batch = int(stream.choice([1, 7, 64, 100, 2**62]))
    parameters, slot_numbers = _parameters(stream, precision, sizes, slots)
    epochs = int(stream.choice([1, 1, 2, 3])) if method == "epoch" and examples else 1
    steps = epochs * -(-(examples if method != "gradients" else examples + 1) // min(batch, rows))
    order = stream.integers(0, rows, epochs * examples if method != "gradients" else examples + 1)
    traced = stream.random() < 0.5
    is_scored = method == "epoch" and stream.random() < 0.3
    layers = [_layer(stream, number, pair) for number, pair in enumerate(pairwise(sizes))]
    has_scale = len(parameters) > sum((inputs + 1) * units for inputs, units in pairwise(sizes))
    return {
        "method": method,
        "kernel": stream.choice(kernels()).item(),
        "precision": precision,
        "network": (has_scale, layers),
        "loss": loss,
        "rule": (rule, slots),
        "batch": batch,
        "training": _part(stream, precision, sizes, loss, rows),
        "validation": _part(stream, precision, sizes, loss, rows) if is_scored or method == "score" else None,
        "threads": int(stream.choice([1, 1, 2, 3, 7])),
        "parameters": parameters,
        "slots": slot_numbers,
        "order": order,
        "table": stream.random((steps, COLUMNS[rule])) / 10,
        "factors": stream.random((2 * len(layers) + has_scale, COLUMNS[rule])),
        "largest_norm": float(stream.choice([0.0, 0.0, 1.0])),
        "mask_key": int(stream.integers(2**63)) if method == "epoch" or stream.random() < 0.5 else None,
        "sums": np.zeros(((1 + is_scored) * epochs, 4 + 2 * sizes[-1])),
        "trace": np.zeros((steps, 2)) if traced else None,
        "epochs": epochs,
        "kept": np.zeros((epochs, parameters.size), precision) if stream.random() < 0.3 else None,
        "scored": stream.integers(0, rows, int(stream.integers(200))) if is_scored else None,
        "until": stream.random(6 + steps // epochs) if traced and stream.random() < 0.3 else None,
        "goes_on": False,  # from no call before
        "is_gone_on_with": bool(stream.random() < 0.3),
        "gradients": np.zeros_like(parameters),
    }


def _right_forward(stream: Stream, large: bool) -> Arguments:
    precision = str(stream.choice(["float32", "float64"]))
    sizes = [int(stream.choice(SIZES)) for _ in range(stream.integers(2, 5))]
    rows = 3000 if large else int(stream.choice([0, 1, 2, 8, 150]))
    steps: list[Any] = [(13, stream.normal(size=sizes[0]).astype(precision))] if stream.random() < 0.3 else []
    for inputs, units in pairwise(sizes):
        weight, bias = stream.normal(size=(inputs, units)), stream.normal(size=(1, units))
        steps.append((12, weight.astype(precision), bias.astype(precision)))
        steps.append((int(stream.integers(12)), 0.1))
    x = stream.normal(size=(rows, sizes[0])).astype(precision)
    return {
        "method": "forward",
        "steps": tuple(steps) if stream.random() < 0.5 else (*steps, (14,)),
        "x": x if stream.random() < 0.7 else np.asfortranarray(x)[::-1],
        "out": np.zeros((rows, sizes[-1]), precision),
        "threads": int(stream.choice([1, 1, 2, 3, 2**62])),
        "kernel": stream.choice(kernels()).item() if stream.random() < 0.5 else None,
    }


def _layer(stream: Stream, number: int, pair: tuple[int, int]) -> tuple[Any, ...]:
    return (*pair, int(stream.integers(12)), 0.1, float(stream.choice([0.0, 0.0, 0.5])), 3 * number + 2)


def _parameters(stream: Stream, precision: str, sizes: list[int], slots: int) -> tuple[Any, Any]:
    count = sum((inputs + 1) * units for inputs, units in pairwise(sizes)) + sizes[0] * int(
        stream.integers(2)
    )
    parameters = stream.normal(size=count).astype(precision)
    if stream.random() < 0.1:
        parameters[stream.integers(count)] = stream.choice([np.nan, np.inf, 1e38, 1e-40])
    return parameters, np.zeros(slots * count, precision) if slots else None


def _loss(stream: Stream, sizes: list[int]) -> tuple[Any, ...]:
    """The loss of a network of these sizes; of quantiles the last size becomes twice as much."""
    code, width = int(stream.integers(7)), sizes[-1]
    largest = float(stream.choice([np.inf, 36.0, 0.1]))
    if code != 5:
        return code, float(stream.choice([0.0, 0.1])), np.zeros(0), width, largest
    sizes[-1] *= 2
    return code, 0.0, np.array([0.2, 0.7]), width, largest


def _part(
    stream: Stream, precision: str, sizes: list[int], loss: tuple[Any, ...], rows: int
) -> tuple[Any, ...]:
    code, *_, width, _ = loss
    targets: Any = stream.random((rows, width)).astype(precision)
    if code == 0 and stream.random() < 0.7:
        targets = stream.integers(0, width, rows).astype(np.int32)
    weights = stream.random(rows).astype(precision) if stream.random() < 0.3 else None
    scale, shift = stream.normal(size=(2, sizes[0])).astype(precision)
    flags = (bool(each) for each in stream.integers(2, size=3))
    return _inputs(stream, precision, rows, sizes[0]), targets, weights, scale, shift, *flags


def _inputs(stream: Stream, precision: str, rows: int, features: int) -> tuple[Any, ...]:
    share = stream.choice([0.4, 1.1])  # that is not zero; with all the engine takes another way
    dense = stream.integers(int(share > 1), 256, (rows, features)) * (stream.random((rows, features)) < share)
    kind = stream.integers(4)
    if kind < 2:
        return (dense.astype(np.uint8 if kind else precision),)
    if kind == 2:  # of which some are in memory, as those of a file are
        stored = dense[: stream.integers(1, rows + 1)].astype(stream.choice(["uint8", precision]))
        return stored, stream.integers(0, len(stored), rows)
    starts = np.concatenate([[0], np.cumsum(np.count_nonzero(dense, axis=1))])
    return starts, dense.nonzero()[1].astype(np.int32), dense[dense.nonzero()].astype(precision)
