"""The examples of a fit: those trained on, and those held out."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.sparse import csr_array
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

from plainweave.arrays import FloatArray, RawArray, as_dense, is_sparse
from plainweave.data import Examples, Split, Standardizer
from plainweave.data.sizes import SMALLEST
from plainweave.engine import Score
from plainweave.estimators.objective import offsets_of
from plainweave.losses import Loss, Quantile, SoftmaxCrossEntropy
from plainweave.network import Network


@dataclass(frozen=True)
class Part:
    """Checked examples, with targets as scikit-learn has them.

    Attributes:
        X: inputs (examples, features), an array or a sparse one.
        y: targets (examples, outputs): of classes whether each is it, or numbers.
        weights: (examples,), or None where each weighs 1.
    """

    X: RawArray
    y: RawArray
    weights: FloatArray | None = None

    def __len__(self) -> int:
        return int(self.X.shape[0])

    def examples(self, loss: Loss) -> Examples:
        """Return them as the engine takes them; numbers of any size, as in scikit-learn."""
        inputs = csr_array(self.X) if is_sparse(self.X) else self.X
        labelled = isinstance(loss, SoftmaxCrossEntropy)
        targets = self.y.argmax(axis=1) if labelled else self.y.astype(np.float64, copy=False)
        weights = self.weights
        largest = 0.0 if weights is None else float(weights.max())
        if weights is not None and 0 < largest < SMALLEST:  # means are the same of weights of any size
            weights = weights / largest
        return Examples.of_checked(inputs, targets, weights)

    def offset(self, loss: Loss) -> float:
        """Return what scikit-learn's loss of these examples has beside ours."""
        offsets = offsets_of(loss, self.y)
        return 0.0 if offsets is None else float(np.average(offsets, weights=self.weights))

    def score(self, score: Score, network: Network, loss: Loss) -> float:
        """Return what scikit-learn's `score` would be of these examples, from the engine's score.

        That is the share of examples with every label right, or R2; not a number where predictions are not
        finite. Several quantiles, and a loss of one's own without either, are judged by minus the loss.
        """
        if "accuracy" in score.metrics:
            if self.y.shape[1] > 1 and not isinstance(loss, SoftmaxCrossEntropy):
                right = np.all(loss.predict(network.forward(self._dense())[0]) == self.y, axis=1)
                return float(np.average(right, weights=self.weights))
            share = float(score.accuracy) / 100
            return share if self.weights is not None else round(share * len(self)) / len(self)
        if "r2" in score.metrics:
            return float(score["r2"]) if np.isfinite(score["absolute error"]) else float("nan")
        if isinstance(loss, Quantile) and len(loss.levels) == 1 and np.isfinite(score.loss):
            predicted = loss.predict(network.forward(self._dense())[0])
            return float(r2_score(self.y, predicted, sample_weight=self.weights))
        return -float(score.loss) if np.isfinite(score.loss) else float("nan")

    def _dense(self) -> FloatArray:
        return cast(FloatArray, as_dense(self.X))


@dataclass(frozen=True)
class Parts:
    """A training part, and one to validate on or none."""

    training: Part
    validation: Part | None = None

    @classmethod
    def held_out(
        cls, part: Part, fraction: float, random_state: np.random.RandomState, *, stratify: bool
    ) -> "Parts":
        """Hold out a share of examples, the same as scikit-learn would.

        Raises:
            ValueError: fewer than 2 would be held out; or a class has too few to be split.
        """
        arrays = [part.X, part.y, *([] if part.weights is None else [part.weights])]
        halves = train_test_split(
            *arrays,
            random_state=random_state,
            test_size=fraction,
            stratify=part.y if stratify else None,
        )
        parts = cls(Part(*halves[::2]), Part(*halves[1::2]))
        if parts.validation is None or len(parts.validation) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        return parts

    def split(self, loss: Loss) -> Split:
        """Return the parts as the engine takes them; nothing is standardized."""
        validation = None if self.validation is None else self.validation.examples(loss)
        return Split.of_checked(self.training.examples(loss), validation, Standardizer.identity())
