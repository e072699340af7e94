"""What losses of numbers have in common: predictions, and metrics of their residuals."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from plainweave.arrays import FloatArray, IntArray
from plainweave.losses.batch import per_weight, weighted_sum
from plainweave.losses.elementwise import Elementwise
from plainweave.network.floats import as_floats


class Regression(Elementwise):
    """A loss of numbers, one for each output, with R2 and the mean absolute error as its metrics.

    R2 is 1 - sum w (t - y)^2 / sum w (t - mean t)^2 for predictions y, the mean over the outputs. Where all
    targets of an output are the same, it is 1 if y is, too, and else 0 (as scikit-learn's `r2_score`).
    """

    def numbers(self, outputs: FloatArray) -> FloatArray:
        """Return the predictions y (..., batch, outputs)."""
        return outputs

    def tally(
        self, outputs: FloatArray, targets: FloatArray, weights: FloatArray | None = None
    ) -> dict[str, FloatArray]:
        """Return sums (..., outputs) for residuals r = y - t: of w r^2, "squares", and of w |r|, "sizes"."""
        residuals = np.subtract(self.numbers(outputs), targets, dtype=np.float64).swapaxes(-2, -1)
        weights = None if weights is None else weights[..., np.newaxis, :]
        return {
            "squares": weighted_sum(np.square(residuals), weights),
            "sizes": weighted_sum(np.abs(residuals), weights),
        }

    def totals(self, targets: FloatArray, weights: FloatArray | None = None) -> dict[str, FloatArray]:
        """Return the sums (..., outputs) of w (t - mean t)^2, "deviations".

        They are taken from the target of an example that counts: then equal targets have exactly 0.
        """
        t = np.asarray(targets, np.float64)
        w = np.broadcast_to(1.0 if weights is None else weights.astype(np.float64), t.shape[:-1])
        heaviest = w.argmax(axis=-1)[..., np.newaxis, np.newaxis]
        t = (t - np.take_along_axis(t, heaviest, axis=-2)).swapaxes(-2, -1)
        w = w[..., np.newaxis, :]
        center = np.vecdot(t, w) / np.where(w.any(axis=-1), w.sum(axis=-1), 1)
        return {"deviations": np.vecdot(np.square(t - center[..., np.newaxis]), w)}

    @property
    def metrics(self) -> tuple[str, ...]:
        """R2 and the mean absolute error, both of the predictions."""
        return ("r2", "absolute error")

    def scores(self, sums: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return R2 and the mean absolute error, means over the outputs."""
        squares, deviations = np.broadcast_arrays(sums["squares"], sums["deviations"])
        of_equal_targets = np.where(squares == 0, 0.0, 1.0)
        unexplained = np.divide(squares, deviations, out=of_equal_targets, where=deviations > 0)
        r2 = np.where(sums["weight"] > 0, 1 - unexplained.mean(axis=-1), np.nan)
        return {"r2": r2, "absolute error": per_weight(sums["sizes"].mean(axis=-1), sums["weight"])}

    def in_units(self, sums: Mapping[str, FloatArray], spread: FloatArray) -> Mapping[str, FloatArray]:
        """Return the sums with those of distances in the targets' units; R2 has none."""
        return {**sums, "sizes": sums["sizes"] * spread}

    def predict(self, outputs: npt.ArrayLike) -> FloatArray | IntArray:
        """Return the predictions y (..., batch, outputs), (..., batch) of a single output."""
        return super().predict(self.numbers(as_floats("outputs", outputs)))
