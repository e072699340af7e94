"""What a network makes of each column: how much worse it predicts once that column is shuffled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from plainweave.arrays import FloatArray
from plainweave.data import Dataset, Examples
from plainweave.evidence.columns import column_names, evenly, reordered
from plainweave.evidence.statistics import Estimate, estimate
from plainweave.losses import metric
from plainweave.randomness import shuffles_generator
from plainweave.storage.forms import Range
from plainweave.training import Model

_MOST_EXAMPLES, _MOST_COLUMNS, _MOST_SHUFFLES = 2000, 100, 5
_LARGEST = 1e100  # loss of a score
_MOST_PREDICTIONS = 2_000_000  # of all shuffled examples; some seconds


@dataclass(frozen=True)
class ColumnImportance:
    """A column, and by how much each seed's score is worse without it; below 0 where it is better."""

    name: str
    losses: tuple[Annotated[float, Range(-_LARGEST, _LARGEST)], ...]

    @property
    def mean(self) -> Estimate:
        """The mean over seeds, with its interval."""
        return estimate(self.losses)


@dataclass(frozen=True)
class Importance:
    """Permutation importance on the test examples (Breiman 2001).

    The values of one column change places among the examples, so that they tell nothing of the targets,
    and all else stays. What two columns tell alike neither seems to tell: then one makes up for the other.

    Attributes:
        score: that gets worse, the name of a metric or "loss".
        examples: how many test examples were used.
        shuffles: of each column and seed, whose mean is taken.
        columns: in the order of the data.
    """

    score: str
    examples: int
    shuffles: int
    columns: tuple[ColumnImportance, ...]


def importance_of(
    models: Sequence[Model], seeds: Sequence[int], score: str, dataset: Dataset
) -> Importance | None:
    """Shuffle one column after the other.

    Args:
        models: of the same experiment.
        seeds: that they were trained from, which also shuffle.
        score: the name of a metric of their loss, or "loss".
        dataset: with the test examples.

    Returns:
        None for images, whose pixels are no columns, for more than a hundred columns, and where a score is
        not finite or larger than 1e100 in size.
    """
    columns = dataset.features
    if dataset.image_shape is not None or columns > _MOST_COLUMNS:
        return None
    test = dataset.test[evenly(len(dataset.test), _MOST_EXAMPLES)]
    shuffles = max(1, min(_MOST_SHUFFLES, _MOST_PREDICTIONS // (columns * len(models) * len(test))))
    losses = np.stack(
        [
            _losses(model, seed, score, test, columns, shuffles)
            for model, seed in zip(models, seeds, strict=True)
        ],
        axis=-1,
    )
    if not (np.abs(losses) < _LARGEST).all():
        return None
    return Importance(
        score,
        len(test),
        shuffles,
        tuple(
            ColumnImportance(name, tuple(of_column))
            for name, of_column in zip(column_names(dataset), losses.tolist(), strict=True)
        ),
    )


def _losses(model: Model, seed: int, score: str, test: Examples, columns: int, shuffles: int) -> FloatArray:
    """Return by how much the score is worse without each column (columns,)."""
    sign = -1 if metric(score).higher_is_better else 1
    whole = float(model.evaluate(test)[score])
    worse = [
        sum(float(model.evaluate(one)[score]) - whole for one in _shuffled(test, column, seed, shuffles))
        for column in range(columns)
    ]
    return sign * np.array(worse, np.float64) / shuffles + 0.0  # which makes 0 of -0


def _shuffled(test: Examples, column: int, seed: int, shuffles: int) -> Iterator[Examples]:
    stream = shuffles_generator(seed, column)
    for _ in range(shuffles):
        yield reordered(test, column, stream.permutation(len(test)))
