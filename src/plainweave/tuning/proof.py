"""The proof: the best and the starting settings, from seeds that the search never used, tested once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from plainweave.evidence import Estimate, Measure, difference
from plainweave.experiments import RunRecord


@dataclass(frozen=True)
class Proof:
    """What tuning gained.

    Attributes:
        start, best: ids of the experiments.
        measure: by which they are compared, on the test examples.
        gain: best less start, mean over seeds, paired by seed, with its 95 % interval; None where the search
            found nothing better than the start.
    """

    start: str
    best: str
    measure: Measure
    gain: Estimate | None

    @property
    def helped(self) -> bool | None:
        """Whether the best settings are better; None where the interval holds 0, or there is none."""
        gain = self.gain
        if gain is None or gain.low is None or gain.high is None or gain.low <= 0 <= gain.high:
            return None
        return (gain.mean > 0) is self.measure.higher_is_better

    @property
    def line(self) -> str:
        """Whether tuning helped, by how much, and how sure that is."""
        gain, measure = self.gain, self.measure
        if gain is None:
            return "Tuning found nothing better than the starting settings, by validation."
        seeds = f"{gain.n} fresh {'seed' if gain.n == 1 else 'seeds'}, paired"
        if math.isnan(gain.mean):
            return f"Whether tuning helped is open: a run diverged and has no {measure.name}, over {seeds}."
        unit = f" {measure.unit_of_difference}".rstrip()
        effect = f"{measure.name} {measure.written(gain.mean, '+')}{unit}"
        if gain.low is None or gain.high is None:
            return f"Whether tuning helped is open: {effect} over {seeds}, without an interval."
        ends = " to ".join(measure.written(end, "+") for end in (gain.low, gain.high))
        verdict = {True: "Tuning helped", False: "Tuning did harm", None: "Tuning is not shown to help"}
        return f"{verdict[self.helped]}: {effect}, 95 % interval {ends}, over {seeds}."


def prove(start: Sequence[RunRecord], best: Sequence[RunRecord]) -> Proof:
    """Compare the runs of the best settings with those of the starting ones, seed by seed.

    The seeds of both are the same, and share splits: the differences are paired, whatever is measured.

    Raises:
        RecordError: they have no seed or no score in common.
    """
    if start[0].experiment.id == best[0].experiment.id:
        measure = difference(start, best).measure
        return Proof(start[0].experiment.id, best[0].experiment.id, measure, None)
    compared = difference(best, start)
    measure = replace(compared.measure, paired=True)
    values = [measure.values({record.seed: record for record in records}) for records in (best, start)]
    gain = measure.difference(values[0], values[1], compared.effect.confidence)
    return Proof(compared.second, compared.first, measure, gain)
