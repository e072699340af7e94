"""What losses are judged by, by name: units, which way is better, and how a page words it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray


@dataclass(frozen=True)
class Metric:
    """A number that says how well outputs fit targets. One of a loss of one's own may be put into `METRICS`.

    Attributes:
        name: for people, files and settings.
        unit: "%" or "nats"; "" where it has none, or the targets' own.
        higher_is_better: or else lower.
        meaning: in a few words, for a page.
        decimals: of the number in a table; None for four digits, where its size is the targets'.
    """

    name: str
    unit: str = ""
    higher_is_better: bool = False
    meaning: str = ""
    decimals: int | None = None

    @property
    def label(self) -> str:
        """The name with its unit, "accuracy (%)"."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def written(self, value: float) -> str:
        """Return a value as a table has it, without the unit: "97.31"."""
        return f"{value:.4g}" if self.decimals is None else f"{value:.{self.decimals}f}"


METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "%", True, "the share of right answers", 2),
        Metric("log loss", "nats", False, "the cross-entropy without label smoothing", 4),
        Metric("r2", "", True, "the share of the targets' variance that the predictions explain", 4),
        Metric("absolute error", "", False, "the mean distance of predictions from targets"),
        Metric(
            "pinball loss",
            "",
            False,
            "the mean distance of quantiles from targets, weighted by the level; of several targets that "
            "were standardized in their standard deviations",
        ),
    )
}


def metric(name: str) -> Metric:
    """Return the metric of a name; one that is unknown, as of a loss of one's own, has no unit."""
    return METRICS.get(name, Metric(name))


def score_in_words(name: str, value: FloatArray | float) -> str:
    """Return a score as a line has it, "97.31 %"; those of a stack from the lowest to the highest."""
    known, values = metric(name), np.asarray(value, np.float64)
    finite = values[np.isfinite(values)]
    ends = dict.fromkeys(map(known.written, (finite.min(), finite.max()))) if finite.size else ["not finite"]
    return " ".join(filter(None, [" to ".join(ends), known.unit]))


def scores_in_words(scores: Mapping[str, FloatArray] | Mapping[str, float]) -> str:
    """Return scores as a line has them, "loss 0.09, accuracy 97.31 %"."""
    return ", ".join(f"{name} {score_in_words(name, value)}" for name, value in scores.items())
