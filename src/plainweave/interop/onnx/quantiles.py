"""Numbers by the share of the training part below them, as quantiles of the standard normal distribution.

ONNX has no inverse of the normal distribution: it is Wichura's algorithm AS 241 (1988, "The percentage points
of the normal distribution", Applied Statistics 37), right to 16 digits.
"""

from collections.abc import Sequence

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data.tables.number_column import EDGE
from plainweave.interop.onnx.graph import DOUBLE, INT64, Graph

# Numerator and denominator by powers: of 0.180625 - (p - 1/2)^2 within, of sqrt(-log p) - 1.6 in the tails.
_WITHIN = np.array(
    [
        [3.3871328727963666080, 1],
        [1.3314166789178437745e2, 4.2313330701600911252e1],
        [1.9715909503065514427e3, 6.8718700749205790830e2],
        [1.3731693765509461125e4, 5.3941960214247511077e3],
        [4.5921953931549871457e4, 2.1213794301586595867e4],
        [6.7265770927008700853e4, 3.9307895800092710610e4],
        [3.3430575583588128105e4, 2.8729085735721942674e4],
        [2.5090809287301226727e3, 5.2264952788528545610e3],
    ]
)
_TAILS = np.array(
    [
        [1.42343711074968357734, 1],
        [4.63033784615654529590, 2.05319162663775882187],
        [5.76949722146069140550, 1.67638483018380384940],
        [3.64784832476320460504, 6.89767334985100004550e-1],
        [1.27045825245236838258, 1.48103976427480074590e-1],
        [2.41780725177450611770e-1, 1.51986665636164571966e-2],
        [2.27238449892691845833e-2, 5.47593808499534494600e-4],
        [7.74545014278341407640e-4, 1.05075007164441684324e-9],
    ]
)
_NEAR = 0.425  # how far from 1/2 the tails begin


def add_normal(graph: Graph, x: str, landmarks: Sequence[Sequence[float]]) -> str:
    """Add what makes numbers x (rows, columns) of float64 normal, by landmarks of each column.

    p = the share of the training part below x, linear between landmarks, which stand at equal steps of p from
    0 to 1. A number that several landmarks are has the mean of their first p and of their last one.
    """
    steps = np.array([len(each) - 1 for each in landmarks], np.float64)
    size = 2 ** int(np.ceil(np.log2(max(map(len, landmarks)) + 1)))
    table = np.full((len(landmarks), size), np.inf)
    for row, each in zip(table, landmarks, strict=True):
        row[: len(each)] = each
    flat, starts = graph.constant(table.ravel()), np.arange(len(landmarks)) * size
    below = _count(graph, x, flat, starts, size, or_equal=False)
    up_to = _count(graph, x, flat, starts, size, or_equal=True)
    # of the landmark before x, so that there is one after it
    before = graph.add("Min", _as_double(graph, up_to, -1), steps - 1)
    before = graph.add("Max", before, np.array(0.0))
    place = graph.add("Add", graph.cast(before, INT64), starts)
    low = graph.add("Gather", flat, place)
    high = graph.add("Gather", flat, graph.add("Add", place, np.array(1)))
    part = graph.add("Div", graph.add("Sub", x, low), graph.add("Sub", high, low))
    within = graph.add("Add", before, _kept(graph, part, 0.0, 1.0))
    of_equals = graph.add("Mul", _as_double(graph, graph.add("Add", below, up_to), -1), np.array(0.5))
    is_landmark = graph.add("Less", graph.cast(below, DOUBLE), graph.cast(up_to, DOUBLE))
    p = graph.add("Div", graph.add("Where", is_landmark, of_equals, within), steps)
    z = _add_quantile(graph, _kept(graph, p, EDGE, 1 - EDGE))
    return graph.add("Where", graph.add("IsNaN", x), np.array(np.nan), z)


def _count(graph: Graph, x: str, flat: str, starts: FloatArray, size: int, *, or_equal: bool) -> str:
    """Return how many landmarks are below x, or up to it: by halves, as a dictionary is searched."""
    found = graph.constant(np.zeros(1, np.int64))
    step = size // 2
    while step:
        tried = graph.add("Add", found, np.array(step))
        last = graph.add("Gather", flat, graph.add("Add", tried, starts - 1))
        fits = graph.add("Not", graph.add("Less", x, last)) if or_equal else graph.add("Less", last, x)
        found = graph.add("Where", fits, tried, found)
        step //= 2
    return found


def _as_double(graph: Graph, count: str, less: float) -> str:
    return graph.add("Add", graph.cast(count, DOUBLE), np.array(float(less)))


def _kept(graph: Graph, x: str, low: float, high: float) -> str:
    """Return x within bounds; ONNX Runtime has `Clip` of float64 only in later opsets."""
    return graph.add("Max", graph.add("Min", x, np.array(high)), np.array(low))


def _add_quantile(graph: Graph, p: str) -> str:
    """Return the standard normal's quantile of p (rows, columns), from 1e-7 to 1 - 1e-7."""
    q = graph.add("Sub", p, np.array(0.5))
    square = graph.add("Mul", q, q)
    within = graph.add("Mul", q, _ratio(graph, graph.add("Sub", np.array(_NEAR**2), square), _WITHIN))
    smaller = graph.add("Min", p, graph.add("Sub", np.array(1.0), p))
    depth = graph.add("Sqrt", graph.add("Neg", graph.add("Log", smaller)))
    tail = _ratio(graph, graph.add("Sub", depth, np.array(1.6)), _TAILS)
    tail = graph.add("Mul", graph.add("Sign", q), tail)
    is_within = graph.add("Less", graph.add("Abs", q), np.array(_NEAR))
    return graph.add("Where", is_within, within, tail)


def _ratio(graph: Graph, r: str, powers: FloatArray) -> str:
    """Return the ratio of two polynomials of r, by Horner's rule."""
    over, under = (graph.constant(np.array(powers[-1, column])) for column in (0, 1))
    for row in powers[-2::-1]:
        over = graph.add("Add", graph.add("Mul", over, r), np.array(row[0]))
        under = graph.add("Add", graph.add("Mul", under, r), np.array(row[1]))
    return graph.add("Div", over, under)
