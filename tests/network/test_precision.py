"""Standardized inputs are as exact as docs/conventions.md says, in both engines, against 50 digits."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import plainweave as pw
from measured import standardized
from plainweave.data import STANDARDIZATIONS
from precision import DIGITS, ENGINES, Exact, largest, units

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


@pytest.mark.parametrize("standardize", [kind for kind in STANDARDIZATIONS if kind != "none"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FAR)
def test_standardized_inputs(name: str, kind: str, standardize: str) -> None:
    parts, x, distances = far_from_zero(name, kind, standardize)
    for engine, dtype in ENGINES:
        inputs = standardized(engine, parts, dtype)
        sizes = [
            1 + abs(each) + (far if dtype is np.float64 else 0)
            for each, far in zip(x, distances, strict=True)
        ]
        assert inputs.dtype == dtype
        assert units(inputs.ravel(), x, sizes).max() <= largest("standardized input, x", engine, dtype), (
            engine
        )
