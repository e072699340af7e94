"""Numbers against 50 digits: where functions are measured, in what units, and how exact they must be."""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import mpmath
import numpy as np
from numpy.typing import NDArray

from plainweave.engine import kernels
from plainweave.named import Named

Numbers: TypeAlias = NDArray[Any]
Exact: TypeAlias = list[Any]  # of mpmath's numbers

DIGITS: Any = mpmath.MPContext()
DIGITS.dps = 50
NUMPY = "numpy"
DTYPES: list[Any] = [np.float32, np.float64]
# NumPy and every instruction set, each in two precisions
ENGINES: list[tuple[str, Any]] = [(engine, dtype) for engine in [NUMPY, *kernels()] for dtype in DTYPES]

_CONVENTIONS = Path(__file__).parents[1] / "docs" / "conventions.md"


def largest(function: str, engine: str, dtype: Any) -> float:
    """Return the largest error that docs/conventions.md has for a function."""
    return _table()[function][2 * (engine != NUMPY) + DTYPES.index(dtype)]


@cache
def _table() -> dict[str, list[float]]:
    """The largest errors by function: of NumPy in float32 and float64, and of the compiled engine."""
    section = _CONVENTIONS.read_text(encoding="utf-8").partition("## How exact")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    return {name: [float(each) for each in bounds] for name, _, *bounds in rows}


def ours(registry: Mapping[str, type[Named]]) -> set[str]:
    """Return the names of the package's own parts, without those that tests define."""
    return {name for name, part in registry.items() if part.__module__.startswith("plainweave.")}


def points(dtype: type, count: int, seed: int = 0) -> Numbers:
    """Return numbers of all sizes: edges, a dense grid where functions bend, and bit patterns at random."""
    stream, limits = np.random.default_rng(seed), np.finfo(dtype)
    whole: Any = np.uint32 if dtype is np.float32 else np.uint64
    patterns: Numbers = stream.integers(0, np.iinfo(whole).max, count, dtype=whole, endpoint=True).view(dtype)
    reach = -1.1 * math.log(float(limits.smallest_subnormal))  # from where on exp(-x) is 0
    grid = np.concatenate([stream.uniform(-each, each, count) for each in (1, 10, reach)])
    edges = [0, 1, limits.max, limits.tiny, limits.smallest_subnormal, limits.eps]
    edges += [each * math.log(2) for each in (125.2, 125.4, 126, 126.5, 127, 128, 149, 1022, 1024, 1074)]
    both = np.concatenate([np.array([*edges, 2e-4, 0.625, 9, 18, 88, 104]), grid])
    found: Numbers = np.concatenate([both, -both]).astype(dtype)
    return np.concatenate([found, patterns[np.isfinite(patterns)], np.array([-0.0], dtype)])


def normal(x: Numbers) -> NDArray[np.bool_]:
    """Tell which numbers the compiled engine does not take as 0."""
    return np.asarray((np.abs(x) >= np.finfo(x.dtype).tiny) | (x == 0))


def units(given: Numbers, right: Exact, sizes: Exact | None = None, small_terms: int = 0) -> Numbers:
    """Return errors in units of the last place of the right values, or of other sizes.

    The unit is what lies between neighbouring numbers of the precision of `given`. What is below the smallest
    normal number may be taken as 0: the value, and as many small terms as were added up.
    """
    limits = np.finfo(given.dtype)
    tiny = DIGITS.mpf(float(limits.tiny))
    errors = []
    for each, correct, size in zip(given, right, sizes or right, strict=True):
        may_be_0 = small_terms + (abs(correct) < tiny * (1 + 4 * float(limits.eps)))
        error = abs(DIGITS.mpf(float(each)) - correct) - may_be_0 * tiny
        exponent = max(DIGITS.frexp(abs(size))[1] - 1, int(limits.minexp))
        errors.append(max(0.0, float(DIGITS.ldexp(error, int(limits.nmant) - exponent))))
    return np.array(errors)
