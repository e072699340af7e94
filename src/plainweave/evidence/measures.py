"""Measures: what a run is asked for, by name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from statistics import fmean

import numpy as np

from plainweave.evidence.statistics import Estimate, estimate_difference
from plainweave.experiments import Experiment, RunRecord
from plainweave.experiments.unsaid import possible_losses
from plainweave.losses import METRICS, Loss, Metric, metric

LOSS = "loss"
_LAST_EPOCHS = 10
# Of runs of other losses these are numbers of other kinds.
_OF_ONE_LOSS = (LOSS, "pinball loss")
_DECIMALS = {"nats": 3, "": None}


@dataclass(frozen=True, repr=False)
class Measure:
    """One number of a run.

    Attributes:
        name: for people and files, "test accuracy".
        unit: of the number: "%", "nats", "epochs" or "s"; "" where it has none, or the targets' own. That of
            a loss is told by the runs, see `among`.
        of: takes it from a record; NaN where it is not finite.
        paired: whether two networks are compared seed by seed. A seed gives all networks one split and one
            order. What these do to both cancels in a paired difference, so it pays where they decide much:
            for what is measured on the validation examples, whose choice is the split's. For 13 networks
            of 30 seeds each, paired differences of validation accuracy had 0.55 of the variance of unpaired
            ones (mean correlation 0.46), those of test accuracy 0.96 (correlation 0.04): there pairing
            gains next to nothing and costs degrees of freedom. It is decided here, never by the data at hand.
        counts: whether it is a count of examples or epochs, so that runs may agree by chance.
        tested: whether it is taken on the test examples, so that runs that were not tested have none.
        validated: whether it is taken on validation examples, so that runs without have none.
        score: what it is made of, "loss" or the name of a metric, which the run's loss must have; "" for
            what every run has.
        decimals: of the number, in text; None for four digits.
    """

    name: str
    unit: str
    of: Callable[[RunRecord], float]
    paired: bool = True
    counts: bool = False
    tested: bool = False
    validated: bool = False
    score: str = ""
    decimals: int | None = 2

    def __repr__(self) -> str:
        return f"Measure({self.name!r})"

    @property
    def unit_of_difference(self) -> str:
        """Of a difference of two such numbers: percentages differ by points."""
        return "points" if self.unit == "%" else self.unit

    @property
    def is_of_one_loss(self) -> bool:
        """Whether it can't be compared between runs of several losses."""
        return self.score in _OF_ONE_LOSS

    @property
    def higher_is_better(self) -> bool:
        """Whether more of it is better."""
        return metric(self.score).higher_is_better

    def written(self, value: float, sign: str = "") -> str:
        """Return a value as text, without the unit; with the sign "+" it always has one."""
        if self.decimals is None:
            return f"{value:{sign}#.4g}".rstrip(".")
        return f"{value:{sign}.{self.decimals}f}"

    def is_of(self, record: RunRecord) -> bool:
        """Whether a run has such a number."""
        return (
            (record.test is not None or not self.tested)
            and (len(record.history.validation) > 0 or not self.validated)
            and self.fits(record.experiment)
        )

    def fits(self, experiment: Experiment) -> bool:
        """Whether the loss of an experiment has what is measured, or one that it may come to be."""
        metrics = (Loss.named(loss).metrics for loss in possible_losses(experiment.loss))
        return self.score in ("", LOSS) or any(self.score in names for names in metrics)

    def among(self, experiments: Iterable[Experiment]) -> "Measure":
        """Return the measure in the unit of the experiments' loss."""
        units = {experiment.loss_function.unit for experiment in experiments}
        return self.in_unit(units.pop()) if len(units) == 1 else self

    def in_unit(self, unit: str) -> "Measure":
        """Return the measure in the unit of a loss, if it is one of the loss."""
        if self.score != LOSS or unit == self.unit:
            return self
        return replace(self, unit=unit, decimals=_DECIMALS.get(unit))

    def values(self, runs: Mapping[int, RunRecord]) -> dict[int, float]:
        """Return the number of each seed's run, without the runs that have none."""
        return {seed: self.of(record) for seed, record in runs.items() if self.is_of(record)}

    def difference(
        self, first: Mapping[int, float], second: Mapping[int, float], confidence: float
    ) -> Estimate | None:
        """Estimate the difference of two networks' `values`, paired or not; None if there is none."""
        return estimate_difference(first, second, confidence, paired=self.paired, may_agree=self.counts)


def of_test(name: str) -> Measure:
    """Return the measure of "loss" or a metric on the test examples, "test accuracy"."""
    return _of_test(_metric(name))


def of_validation(name: str) -> Measure:
    """Return that on the validation examples, "validation accuracy" or "best validation loss"."""
    return _of_validation(_metric(name))


def score_names(experiment: Experiment) -> tuple[str, ...]:
    """Return the names of what an experiment's network is scored by, the most telling first."""
    return (*experiment.loss_function.metrics, LOSS)


def common_score(first: Experiment, second: Experiment) -> str | None:
    """Return the most telling score by which two networks can be compared; None if they have none.

    The losses of networks trained by several are numbers of several kinds.
    """
    for name in score_names(first):
        if name in score_names(second) and kind_of_score(name, first.loss) == kind_of_score(
            name, second.loss
        ):
            return name
    return None


def kind_of_score(name: str, loss: str) -> tuple[str, str]:
    """Return what is alike where scores can be compared: their name, and where it matters, the loss."""
    return name, loss if name in _OF_ONE_LOSS else ""


def measures() -> dict[str, Measure]:
    """Return all measures by name; metrics of a loss of one's own are those in `METRICS`."""
    scored = [of(name) for name in (*METRICS, LOSS) for of in (of_test, of_validation)]
    return {measure.name: measure for measure in (*scored, *_OTHERS)}


def _metric(name: str) -> Metric:
    return Metric(LOSS, "nats", decimals=_DECIMALS["nats"]) if name == LOSS else metric(name)


@cache
def _of_test(scored: Metric) -> Measure:
    def of(record: RunRecord) -> float:
        return _number((record.test or {}).get(scored.name))

    return replace(_scored(scored, of), name=f"test {scored.name}", paired=False, tested=True)


@cache
def _of_validation(scored: Metric) -> Measure:
    nothing = {"accuracy": 0.0}  # where no loss was ever finite

    def of(record: RunRecord) -> float:
        return _number((record.best_validation or nothing).get(scored.name))

    name = f"validation {scored.name}"
    best = f"best {name}" if scored.name == LOSS else name
    return replace(_scored(scored, of), name=best, validated=True)


def _scored(scored: Metric, of: Callable[[RunRecord], float]) -> Measure:
    return Measure(
        scored.name,
        scored.unit,
        of,
        counts=scored.unit == "%",
        score=scored.name,
        decimals=scored.decimals,
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _of_losses(name: str, of: Callable[[RunRecord], float]) -> Measure:
    return Measure(name, "nats", of, validated=True, score=LOSS, decimals=_DECIMALS["nats"])


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
TEST_ACCURACY = of_test("accuracy")
VALIDATION_ACCURACY = of_validation("accuracy")
LOSS_GAP = _of_losses("loss gap", _loss_gap)
LOSS_DISTANCE = _of_losses("loss distance", lambda record: abs(_loss_gap(record)))
CLIMB = _of_losses("climb", _climb)
BEST_EPOCH = Measure("best epoch", "epochs", lambda record: record.best_epoch, counts=True)
EPOCHS = Measure("epochs", "epochs", lambda record: record.epochs, counts=True)
SECONDS = Measure("seconds", "s", lambda record: record.seconds, paired=False)

_OTHERS = (LOSS_GAP, LOSS_DISTANCE, CLIMB, BEST_EPOCH, EPOCHS, SECONDS)
