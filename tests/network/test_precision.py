"""Every function is as exact as docs/conventions.md says, in both engines, against 50 digits."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import plainweave as pw
from plainweave.data import STANDARDIZATIONS
from plainweave.engine import kernels
from precision import (
    DIGITS,
    EXACT,
    Exact,
    ExactSoftmax,
    Numbers,
    exact,
    of_compiled,
    of_numpy,
    points,
    softmax_of_compiled,
    standardized_by_compiled,
    units,
)

CONVENTIONS = Path(__file__).parents[2] / "docs" / "conventions.md"
DTYPES = [np.float32, np.float64]
ENGINES: list[Any] = [*DTYPES, *kernels()]  # NumPy in two precisions, and every instruction set


@cache
def table() -> dict[str, list[float]]:
    """The largest errors by function, for NumPy in both precisions and the compiled engine."""
    section = CONVENTIONS.read_text(encoding="utf-8").partition("## How exact")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    return {name: [float(each) for each in bounds] for name, _, *bounds in rows}


def largest(function: str, engine: Any) -> float:
    [bounds] = [bounds for name, bounds in table().items() if name.startswith(function)]
    return bounds[ENGINES.index(engine) if engine in DTYPES else 2]


def dtype_of(engine: Any) -> Any:
    return engine if engine in DTYPES else np.float32


@cache
def right(name: str, dtype: Any) -> tuple[Numbers, Exact, Exact, Exact]:
    """Points, and the values, derivatives and sizes there."""
    x = points(dtype, 200)
    return (x, *exact(name, x))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", EXACT)
def test_activations(name: str, engine: Any) -> None:
    x, values, derivatives, sizes = right(name, dtype_of(engine))
    if engine in DTYPES:
        y, dy = of_numpy(name, x)
    else:  # which takes what is below the smallest normal number as 0, and adds up all units
        taken = (np.abs(x) < 1e34) & ((np.abs(x) >= np.finfo(np.float32).tiny) | (x == 0))
        values, derivatives, sizes = (
            [each for each, take in zip(column, taken, strict=True) if take]
            for column in (values, derivatives, sizes)
        )
        y, dy = of_compiled(engine, name, x[taken])
    first, second = {
        "relu": ("relu, identity", "relu, identity"),
        "identity": ("relu, identity", "relu, identity"),
        "leaky-relu": ("leaky-relu", "leaky-relu"),
        "tanh": ("tanh", "its derivative, 1 - y²"),
        "sigmoid": ("sigmoid", "its derivative, y - y²"),
    }[name]
    assert y.dtype == dy.dtype == dtype_of(engine)
    assert units(y, values).max() <= largest(first, engine)
    assert units(dy, derivatives, sizes).max() <= largest(second, engine)


@cache
def examples(dtype: Any) -> tuple[Numbers, list[int], list[ExactSoftmax]]:
    """Logits (examples, 5) of all sizes, near and far from 0, with ties; labels, and what is right."""
    stream = np.random.default_rng(0)
    logits = stream.normal(size=(210, 5)) * 10.0 ** stream.uniform(-4, 2, (210, 1))
    logits[::3] += 10.0 ** stream.uniform(-3, 6, (70, 1)) * stream.choice([-1, 1], (70, 1))
    logits[::5, 1] = logits[::5, 3]
    logits[:7] = np.array([1, 5, 10, 20, 40, 80, 500])[:, np.newaxis] * [-1, 1, -1, -1, -1]
    logits, labels = logits.astype(dtype), stream.integers(0, 5, 210).tolist()
    labels[:7] = [1] * 7
    return logits, labels, [ExactSoftmax.of(*each) for each in zip(logits, labels, strict=True)]


@pytest.mark.parametrize("engine", ENGINES)
def test_softmax_and_the_loss(engine: Any) -> None:
    logits, labels, found = examples(dtype_of(engine))
    targets = np.eye(5, dtype=logits.dtype)[labels]
    probabilities: Numbers | None = None
    if engine in DTYPES:
        probabilities = pw.softmax(logits)
        loss = pw.SoftmaxCrossEntropy()
        pairs = [
            loss.value_and_gradient(*each) for each in zip(logits[:, None], targets[:, None], strict=True)
        ]
        losses = np.array([value for value, _ in pairs])
        gradients = np.concatenate([gradient for _, gradient in pairs])
        np.testing.assert_array_equal(
            losses, [loss.value(*each) for each in zip(logits[:, None], targets[:, None], strict=True)]
        )
    else:
        losses, gradients = softmax_of_compiled(engine, logits, labels)
    assert losses.dtype == gradients.dtype == logits.dtype
    exact_p = [p for each in found for p in each.probabilities]
    sizes = [size for each in found for size in each.sizes]
    if probabilities is not None:
        assert units(probabilities.ravel(), exact_p, sizes).max() <= largest("softmax", engine)
    error = units(losses, [each.loss for each in found], [each.loss_size for each in found], small_terms=4)
    assert error.max() <= largest("loss", engine)
    one_hot = [DIGITS.mpf(float(each)) for each in targets.ravel()]
    error = units(
        gradients.ravel(),
        [p - t for p, t in zip(exact_p, one_hot, strict=True)],
        [size + t for size, t in zip(sizes, one_hot, strict=True)],
    )
    assert error.max() <= largest("gradient", engine)


FAR: dict[str, tuple[float, float]] = {
    "at home": (0, 1),
    "near": (7, 1),
    "kelvin": (300, 5),
    "years": (2000, 20),
    "pascal": (1e5, 100),
    "a million": (1e6, 1),
    "seconds since 1970": (1.7e9, 1e5),
    "seconds since 1970, within minutes": (1.7e9, 60),
    "milliseconds since 1970": (1.7e12, 6e4),
    "nearly the largest": (9e14, 1e7),
}
KINDS = ["float64", "int64", "sparse", "with zeros"]


def far_from_zero(name: str, kind: str, standardize: str) -> tuple[pw.Split, Exact, Exact]:
    """Training inputs (30, 4); to 50 digits, what they become, and their means in deviations."""
    mean, deviation = FAR[name]
    raw: Any = mean + deviation * np.random.default_rng(0).normal(size=(30, 4))
    if kind == "with zeros":  # which leaves every second image, and no feature, as far as it was
        raw[::2, :3] = 0
    if kind == "int64":
        raw = np.round(raw).astype(np.int64)
    whole = [[DIGITS.mpf(float(each)) for each in row] for row in raw]
    groups = {
        "all-pixels": [[(n, f) for n in range(30) for f in range(4)]],
        "per-pixel": [[(n, f) for n in range(30)] for f in range(4)],
        "per-image": [[(n, f) for f in range(4)] for n in range(30)],
    }[standardize]
    x: dict[tuple[int, int], tuple[Any, Any]] = {}
    for group in groups:
        values = [whole[n][f] for n, f in group]
        center = sum(values) / len(values)
        spread = DIGITS.sqrt(sum((each - center) ** 2 for each in values) / len(values)) or 1
        x |= {(n, f): ((whole[n][f] - center) / spread, abs(center / spread)) for n, f in group}
    if kind == "sparse":
        raw = scipy.sparse.csr_array(raw)
    examples = pw.Examples(raw, np.arange(30) % 2)
    standardizer = pw.Standardizer.fit(standardize, raw)
    parts = pw.Split(examples, examples, standardizer, np.arange(30))
    ordered = [x[place] for place in sorted(x)]
    return parts, [each for each, _ in ordered], [far for _, far in ordered]


@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FAR)
def test_standardized_inputs(name: str, kind: str, standardize: str) -> None:
    parts, x, distances = far_from_zero(name, kind, standardize)
    raw = parts.training.inputs
    given: dict[Any, Numbers] = {engine: parts.standardizer(raw, engine) for engine in DTYPES}
    given |= {kernel: standardized_by_compiled(kernel, parts) for kernel in kernels()}
    for engine, inputs in given.items():
        sizes = [
            1 + abs(each) + (far if engine is np.float64 else 0)
            for each, far in zip(x, distances, strict=True)
        ]
        assert units(inputs.ravel(), x, sizes).max() <= largest("standardized", engine), engine
