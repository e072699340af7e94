"""What losses are judged by, by name: units, which way is better, and how a page words it."""

from dataclasses import dataclass


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
    def unit_of_difference(self) -> str:
        """Of a difference of two such numbers: percentages differ by points."""
        return "points" if self.unit == "%" else self.unit

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
