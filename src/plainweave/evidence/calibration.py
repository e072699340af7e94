"""Whether a classifier is as often right as it says: confidence against accuracy, with counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plainweave.arrays import FloatArray, IntArray
from plainweave.evidence.statistics import Estimate, estimate, in_words

BINS = 10  # of equal width, from 0 to 1


@dataclass(frozen=True)
class ConfidenceBin:
    """The test examples whose predicted class has a probability within one tenth, of one seed's network.

    Attributes:
        examples: how many there are.
        correct: of how many the predicted class is the true one.
        confidence: mean probability of the predicted class; 0 without examples.
    """

    examples: int
    correct: int
    confidence: float

    def __post_init__(self) -> None:
        if self.correct > self.examples:
            raise ValueError(f"{self.correct} of {self.examples} examples are correct")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"a confidence is {self.confidence:g}; expected a number from 0 to 1")

    @property
    def accuracy(self) -> float:
        """The share of correct ones; NaN without examples."""
        return self.correct / self.examples if self.examples else math.nan


@dataclass(frozen=True, repr=False)
class Calibration:
    """Confidence against accuracy on the test examples.

    Attributes:
        seeds: for each of them its bins, by rising confidence.
    """

    seeds: tuple[tuple[ConfidenceBin, ...], ...]

    def __repr__(self) -> str:
        return f"Calibration(error {in_words(self.error)})"

    def __post_init__(self) -> None:
        for bins in self.seeds:
            if len(bins) != BINS or not any(one.examples for one in bins):
                raise ValueError(f"a calibration has {len(bins)} bins; expected {BINS}, with examples")

    @property
    def error(self) -> Estimate:
        """The expected calibration error: sum_b n_b / n |accuracy_b - confidence_b|, mean over seeds."""
        return estimate([_error(bins) for bins in self.seeds])


def calibration_of(probabilities: Sequence[FloatArray], labels: IntArray) -> Calibration:
    """Return the calibration of each seed's probabilities (examples, classes) of the classes (examples,)."""
    return Calibration(tuple(_bins(of_seed, labels) for of_seed in probabilities))


def _bins(probabilities: FloatArray, labels: IntArray) -> tuple[ConfidenceBin, ...]:
    confidence = np.minimum(probabilities.max(axis=-1).astype(np.float64), 1.0)
    is_correct = probabilities.argmax(axis=-1) == labels
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    examples, correct, sums = (
        np.bincount(place, weights, minlength=BINS) for weights in (None, is_correct, confidence)
    )
    means = np.divide(sums, examples, out=np.zeros(BINS), where=examples > 0)
    return tuple(
        ConfidenceBin(int(n), int(right), min(float(mean), 1.0))
        for n, right, mean in zip(examples, correct, means, strict=True)
    )


def _error(bins: Sequence[ConfidenceBin]) -> float:
    distances = (abs(one.correct - one.examples * one.confidence) for one in bins)
    return sum(distances) / sum(one.examples for one in bins)
