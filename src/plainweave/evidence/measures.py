"""Measures: what a run is asked for, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from plainweave.evidence.statistics import Estimate, estimate_difference
from plainweave.experiments import RunRecord

_LAST_EPOCHS = 10


@dataclass(frozen=True)
class Measure:
    """One number of a run.

    Attributes:
        name: for people and files, "test accuracy".
        unit: of the number: "%", "nats", "epochs" or "s".
        of: takes it from a record; NaN where the run has none.
        paired: whether two networks are compared seed by seed. A seed gives all networks one split and one
            order. What these do to both cancels in a paired difference, so it pays where they decide much:
            for what is measured on the validation examples, whose choice is the split's. For 13 networks
            of 10 seeds each, paired differences of validation accuracy had 0.41 of the variance of unpaired
            ones (mean correlation 0.64), those of test accuracy 0.99 (correlation 0.00): there pairing
            gains nothing and costs degrees of freedom. It is decided here, never by the data at hand.
        counts: whether it is a count of examples or epochs, so that runs may agree by chance.
        tested: whether it is taken on the test examples, so that runs that were not tested have none.
    """

    name: str
    unit: str
    of: Callable[[RunRecord], float]
    paired: bool = True
    counts: bool = False
    tested: bool = False

    @property
    def unit_of_difference(self) -> str:
        """Of a difference of two such numbers: percentages differ by points."""
        return "points" if self.unit == "%" else self.unit

    def values(self, runs: Mapping[int, RunRecord]) -> dict[int, float]:
        """Return the number of each seed's run, without the runs that have none."""
        return {
            seed: self.of(record)
            for seed, record in runs.items()
            if record.test_accuracy is not None or not self.tested
        }

    def difference(
        self, first: Mapping[int, float], second: Mapping[int, float], confidence: float
    ) -> Estimate | None:
        """Estimate the difference of two networks' `values`, paired or not; None if there is none."""
        return estimate_difference(first, second, confidence, paired=self.paired, may_agree=self.counts)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _loss_gap(record: RunRecord) -> float:
    """Validation loss less training loss, mean over the last ten epochs."""
    history = record.history
    return float(
        fmean(history.validation_loss[-_LAST_EPOCHS:]) - fmean(history.training_loss[-_LAST_EPOCHS:])
    )


def _climb(record: RunRecord) -> float:
    """Validation loss, mean over the last ten epochs, less its lowest mean over any ten."""
    losses = np.asarray(record.history.validation_loss)
    width = min(_LAST_EPOCHS, len(losses))
    means = np.convolve(losses, np.full(width, 1 / width), mode="valid")
    return float(means[-1] - means.min())


# Of the kept weights, if nothing else is said.
TEST_ACCURACY = Measure(
    "test accuracy", "%", lambda record: _number(record.test_accuracy), paired=False, counts=True, tested=True
)
TEST_LOSS = Measure("test loss", "nats", lambda record: _number(record.test_loss), paired=False, tested=True)
VALIDATION_ACCURACY = Measure(
    "validation accuracy", "%", lambda record: record.validation_accuracy, counts=True
)
BEST_VALIDATION_LOSS = Measure(
    "best validation loss", "nats", lambda record: _number(record.best_validation_loss)
)
LOSS_GAP = Measure("loss gap", "nats", _loss_gap)
LOSS_DISTANCE = Measure("loss distance", "nats", lambda record: abs(_loss_gap(record)))
CLIMB = Measure("climb", "nats", _climb)
BEST_EPOCH = Measure("best epoch", "epochs", lambda record: record.best_epoch, counts=True)
EPOCHS = Measure("epochs", "epochs", lambda record: record.epochs, counts=True)
SECONDS = Measure("seconds", "s", lambda record: record.seconds, paired=False)

MEASURES = {
    measure.name: measure
    for measure in (
        TEST_ACCURACY,
        TEST_LOSS,
        VALIDATION_ACCURACY,
        BEST_VALIDATION_LOSS,
        LOSS_GAP,
        LOSS_DISTANCE,
        CLIMB,
        BEST_EPOCH,
        EPOCHS,
        SECONDS,
    )
}
