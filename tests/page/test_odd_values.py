"""Pictures of numbers that are all alike, huge or next to nothing."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from plainweave.arrays import FloatArray
from plainweave.evidence import Trial, estimate
from plainweave.page.agreement import errors_against_predicted, histogram_of_errors, predicted_against_true
from plainweave.page.axis import Axis
from plainweave.page.curves import Curve, limits_of_means
from plainweave.page.panels import Frame, overlay
from plainweave.page.reliability import importances
from plainweave.page.searches import history

STREAM = np.random.default_rng(0)
VALUES: dict[str, FloatArray] = {
    "zeros": np.zeros(50),
    "one": np.array([3.0]),
    "alike": np.full(700, 1e17),
    "alike to who sees them": 1e17 + 16.0 * (np.arange(700) % 3),
    "huge": STREAM.normal(size=700) * 1e140,
    "denormal": STREAM.random(700) * 5e-320,
    "the smallest": np.full(50, 5e-324),
    "close and far from 0": 1e8 + STREAM.normal(size=50) * 1e-7,
}


def _curves(values: FloatArray) -> None:
    curve = Curve("training", values, None, None)
    limits = limits_of_means([curve], higher_is_better=False)
    overlay(Frame.large(len(values), limits), {"a": (0, curve)}, 1, "text")


def _search(values: FloatArray) -> None:
    trials = [
        Trial(number=number, state="complete", score=float(value), epochs=1, seconds=1.0, settings={})
        for number, value in enumerate(values)
    ]
    history(trials, "score", "text", higher_is_better=True)


PICTURES: dict[str, Callable[[FloatArray], object]] = {
    "histogram": lambda values: histogram_of_errors("id", values[np.newaxis], "text"),
    "against true": lambda values: predicted_against_true("id", values, values[np.newaxis], "text"),
    "errors": lambda values: errors_against_predicted("id", values[np.newaxis], values[np.newaxis], "text"),
    "importances": lambda values: importances(["a"], [estimate(values[:5].tolist())], "label", "text"),
    "curves": _curves,
    "search": _search,
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("kind", VALUES)
def test_every_number_is_drawn(kind: str, picture: str) -> None:
    PICTURES[picture](VALUES[kind])


@pytest.mark.parametrize("kind", VALUES)
def test_an_axis_holds_its_values_and_can_be_divided(kind: str) -> None:
    values = VALUES[kind].tolist()
    axis = Axis.around(values)
    assert axis.low < min(values) <= max(values) < axis.high
    assert 0 < axis.share(values[0]) < 1
    assert len({axis.text(tick) for tick in axis.ticks}) == len(axis.ticks)


def test_running_means_of_a_line_are_the_line() -> None:
    curve = Curve("validation", np.linspace(90.0, 1.0, 90), None, None)
    svg = overlay(Frame.large(90, (0.0, 100.0)), {"a": (0, curve)}, 7, "text").svg
    raw, smooth = re.findall(r'class="line line-0 (?:raw|smooth)"[^>]* d="([^"]+)"', svg)
    assert raw.startswith(smooth)
    assert raw.count("L") - smooth.count("L") == 3  # whose means would reach beyond the end
